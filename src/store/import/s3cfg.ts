/**
 * Takes over the configuration of s3cmd.
 *
 * The format is that of S3/Config.py in github.com/s3tools/s3cmd: `key = value` in one section,
 * `#` comments, optional double quotes, `$NAME` for a variable of the environment.
 *
 * @module
 */
import { join } from "node:path";
import { registerSecret } from "../../redaction.ts";
import type { Environment } from "../environment.ts";
import type { ProfileSettings } from "../profiles.ts";
import { type Imported, isAmazon, present, readToolFile, withScheme } from "./imported.ts";

/** `bucket_location` values from before regions had their names. */
const OLD_LOCATIONS: Readonly<Record<string, string>> = { US: "us-east-1", EU: "eu-west-1" };

/**
 * The one identity in `~/.s3cfg`.
 *
 * @param path the file, instead of S3CMD_CONFIG or `~/.s3cfg`
 * @throws {ConfigurationError} when there is no file
 */
export async function importS3cfg(environment: Environment, path?: string): Promise<Imported> {
  const place = path ?? environment.get("S3CMD_CONFIG") ?? join(environment.home, ".s3cfg");
  const file = await readToolFile("s3cmd", [place], () => 0o077);
  const options = parse(file.text, environment);
  const get = (name: string) => options.get(name) || undefined;
  for (const name of ["secret_key", "access_token", "gpg_passphrase"]) registerSecret(get(name));
  const warnings: string[] = [];
  const settings = present({ ...keysOf(), ...addressOf(), caBundle: get("ca_certs_file") });
  if (/^(true|yes|on|1)$/i.test(get("signature_v2") ?? "")) {
    warnings.push("It signs with version 2, which is not supported: version 4 will be used.");
  }
  if (/^(true|yes|on|1)$/i.test(get("encrypt") ?? "")) {
    warnings.push("Files that s3cmd encrypted with GPG are read as they are stored, encrypted.");
  }
  if (get("proxy_host") !== undefined) {
    warnings.push("Its proxy is not taken over: set HTTPS_PROXY.");
  }
  return {
    path: file.path,
    profiles: [{ profile: "s3cmd", from: "s3cmd", settings, warnings }],
    skipped: [],
    warnings: file.warnings,
  };

  function keysOf(): ProfileSettings {
    const [accessKeyId, secretAccessKey] = [get("access_key"), get("secret_key")];
    if (secretAccessKey === "_KEYRING_") {
      warnings.push("Its secret is in the keyring of the system and has to be typed again.");
    } else if (accessKeyId !== undefined && secretAccessKey !== undefined) {
      return { accessKeyId, secretAccessKey, sessionToken: get("access_token") };
    } else {
      warnings.push("It has no keys; s3cmd takes them from the environment or the machine.");
    }
    return {};
  }

  function addressOf(): ProfileSettings {
    const location = get("bucket_location");
    const region = location === undefined || location in OLD_LOCATIONS
      ? OLD_LOCATIONS[location ?? ""]
      : location;
    const host = get("host_base");
    if (host === undefined || isAmazon(host)) return { region };
    const plain = /^(false|no|off|0)$/i.test(get("use_https") ?? "");
    return {
      // us-east-1 from `US`, the tool's default, says nothing about a service that is not AWS.
      region: location === "US" ? undefined : region,
      endpoint: withScheme(host, plain ? "http" : "https"),
      addressing: /%\(bucket\)/.test(get("host_bucket") ?? "") ? "virtual" : "path",
    };
  }
}

function parse(text: string, environment: Environment): Map<string, string> {
  const options = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, key, raw] = /^\s*(\w+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key === undefined) continue;
    const value = raw.trim().replace(/^"(.*)"$/, "$1");
    options.set(key, value.startsWith("$") ? environment.get(value.slice(1)) ?? "" : value);
  }
  return options;
}

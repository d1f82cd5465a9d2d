/**
 * Takes over S3 remotes of rclone.
 *
 * Format and places: https://rclone.org/docs/#config-file and https://rclone.org/s3/.
 *
 * @module
 */
import { join } from "node:path";
import { ConfigurationError } from "../../errors.ts";
import { registerSecret } from "../../redaction.ts";
import type { Environment } from "../environment.ts";
import { profileNameFrom, type ProfileSettings } from "../profiles.ts";
import {
  type Imported,
  type ImportedProfile,
  isAmazon,
  present,
  readToolFile,
  withScheme,
} from "./imported.ts";

/** Providers for which rclone itself turns path style off (`force_path_style`, rclone.org/s3). */
const VIRTUAL_HOST_PROVIDERS = new Set(["alibaba", "huaweiobs", "netease", "tencentcos"]);

/** Options with secrets that have no place in a profile. */
const OTHER_SECRETS = ["sse_customer_key", "sse_customer_key_base64", "ibm_api_key"];

/**
 * The remotes of type `s3`.
 *
 * @param path the file, instead of RCLONE_CONFIG or rclone's own places
 * @throws {ConfigurationError} when there is no file, or it is encrypted
 */
export async function importRclone(environment: Environment, path?: string): Promise<Imported> {
  const file = await readToolFile(
    "rclone",
    path === undefined ? places(environment) : [path],
    () => 0o077,
  );
  refuseEncrypted(file.text, file.path);
  const profiles: ImportedProfile[] = [];
  const skipped: { from: string; reason: string }[] = [];
  for (const [remote, options] of remotes(file.text)) {
    const type = options.get("type") ?? "unknown";
    if (type === "s3") profiles.push(take(remote, options));
    else skipped.push({ from: remote, reason: `a remote of type ${type}, not s3` });
  }
  return { path: file.path, profiles, skipped, warnings: file.warnings };
}

function places(environment: Environment): string[] {
  const given = environment.get("RCLONE_CONFIG");
  if (given !== undefined) return [given];
  const folders = [
    environment.get("APPDATA"),
    environment.get("XDG_CONFIG_HOME"),
    join(environment.home, ".config"),
  ].filter((folder) => folder !== undefined);
  return [
    ...folders.map((folder) => join(folder, "rclone", "rclone.conf")),
    join(environment.home, ".rclone.conf"),
  ];
}

function refuseEncrypted(text: string, path: string): void {
  const first = text.split(/\r?\n/).map((line) => line.trim())
    .find((line) => line !== "" && !/^[#;]/.test(line));
  if (first?.startsWith("RCLONE_ENCRYPT_V") !== true) return;
  throw new ConfigurationError(`${path} is encrypted`, {
    uri: path,
    hint: "Write it out in the clear for a moment: (umask 077; rclone config show > clear.conf), " +
      "give clear.conf as the file, and delete it afterwards.",
  });
}

function remotes(text: string): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/).map((raw) => raw.trim())) {
    if (line === "" || /^[#;]/.test(line)) continue;
    const header = /^\[(.+)\]$/.exec(line);
    if (header !== null) {
      current = found.get(header[1].trim()) ?? new Map();
      found.set(header[1].trim(), current);
      continue;
    }
    const [, key, value] = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (key !== undefined) current?.set(key, value.replace(/^("""|`)(.*)\1$/, "$2"));
  }
  return found;
}

function take(remote: string, options: ReadonlyMap<string, string>): ImportedProfile {
  const get = (name: string) => options.get(name) || undefined;
  const yes = (name: string) => /^(true|yes|on|1)$/i.test(get(name) ?? "");
  for (const name of ["secret_access_key", "session_token", ...OTHER_SECRETS]) {
    registerSecret(get(name));
  }
  const provider = get("provider")?.toLowerCase() ?? "";
  const endpoint = get("endpoint");
  const warnings: string[] = [];
  const keys = keysOf();
  if (endpoint === undefined && provider !== "aws" && provider !== "") {
    warnings.push(
      `It names no endpoint; requests would go to AWS, not to ${get("provider")}: give --endpoint.`,
    );
  }
  if (yes("v2_auth") || get("region") === "other-v2-signature") {
    warnings.push("It signs with version 2, which is not supported: version 4 will be used.");
  }
  const lost = OTHER_SECRETS.filter((name) => get(name) !== undefined);
  if (lost.length > 0) warnings.push(`${lost.join(", ")} cannot be kept in a profile.`);
  const aws = endpoint === undefined || isAmazon(endpoint);
  return {
    profile: profileNameFrom(remote, "rclone"),
    from: remote,
    settings: present({
      ...keys,
      region: get("region") === "other-v2-signature" ? undefined : get("region"),
      endpoint: endpoint === undefined || aws ? undefined : withScheme(endpoint, "https"),
      addressing: addressing(),
      roleArn: get("role_arn"),
      sourceProfile: get("role_arn") === undefined ? undefined : get("profile"),
    }),
    warnings,
  };

  function keysOf(): ProfileSettings {
    const accessKeyId = get("access_key_id");
    const secretAccessKey = get("secret_access_key");
    if (accessKeyId !== undefined && secretAccessKey !== undefined) {
      return { accessKeyId, secretAccessKey, sessionToken: get("session_token") };
    }
    if (accessKeyId !== undefined || secretAccessKey !== undefined) {
      warnings.push("It has only one half of the key pair, which is left out.");
    } else if (!yes("env_auth")) {
      warnings.push("It has no keys: rclone reads it anonymously, so use it with --anonymous.");
    } else if (get("profile") !== undefined) {
      warnings.push(
        `It takes its keys from the AWS profile ${get("profile")}: that one can be used as it is.`,
      );
    } else {
      warnings.push("It takes its keys from the environment or the machine; none are in the file.");
    }
    return {};
  }

  function addressing(): "path" | "virtual" | undefined {
    if (VIRTUAL_HOST_PROVIDERS.has(provider)) return "virtual";
    if (get("force_path_style") === undefined || aws) return undefined;
    return yes("force_path_style") ? "path" : "virtual";
  }
}

/**
 * Takes over the password file of s3fs.
 *
 * The format is that of s3fs(1), "AUTHENTICATION": `KEY:SECRET` or `bucket:KEY:SECRET` a line,
 * `#` comments; the older `AWSAccessKeyId=` and `AWSSecretKey=` lines are read too.
 *
 * @module
 */
import { join } from "node:path";
import { ConfigurationError } from "../../errors.ts";
import { registerSecret } from "../../redaction.ts";
import type { Environment } from "../environment.ts";
import { profileNameFrom } from "../profiles.ts";
import { type Imported, type ImportedProfile, readToolFile } from "./imported.ts";

const SYSTEM_FILE = "/etc/passwd-s3fs";
const NO_ADDRESS = "s3fs has the address among its mount options (url=…), not in this file: give " +
  "--endpoint unless it is AWS.";

/**
 * The key pairs, one profile each.
 *
 * @param path the file, instead of `~/.passwd-s3fs` and `/etc/passwd-s3fs`
 * @throws {ConfigurationError} when there is no file, or a line of another form
 */
export async function importPasswdS3fs(environment: Environment, path?: string): Promise<Imported> {
  const places = path === undefined
    ? [join(environment.home, ".passwd-s3fs"), SYSTEM_FILE]
    : [path];
  const file = await readToolFile(
    "s3fs",
    places,
    (place) => place === SYSTEM_FILE ? 0o027 : 0o077,
  );
  const profiles: ImportedProfile[] = [];
  const old = new Map<string, string>();
  for (const [index, line] of file.text.split(/\r?\n/).map((raw) => raw.trim()).entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name, value] = /^(AWSAccessKeyId|AWSSecretKey)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      if (name === "AWSSecretKey") registerSecret(value);
      old.set(name, value);
      continue;
    }
    profiles.push(takeLine(line, index + 1, file.path));
  }
  const [accessKeyId, secretAccessKey] = [old.get("AWSAccessKeyId"), old.get("AWSSecretKey")];
  if (accessKeyId && secretAccessKey) {
    profiles.push({
      profile: "s3fs",
      from: "AWSAccessKeyId",
      settings: { accessKeyId, secretAccessKey },
      warnings: [NO_ADDRESS],
    });
  }
  return { path: file.path, profiles, skipped: [], warnings: file.warnings };
}

/** The first and the last colon count, as in s3fs. */
function takeLine(line: string, number: number, path: string): ImportedProfile {
  const [first, last] = [line.indexOf(":"), line.lastIndexOf(":")];
  const bucket = first === last ? undefined : line.slice(0, first);
  const accessKeyId = line.slice(first === last ? 0 : first + 1, last);
  const secretAccessKey = line.slice(last + 1);
  if (first < 0 || accessKeyId === "" || secretAccessKey === "" || bucket === "") {
    throw new ConfigurationError(`line ${number} of ${path} is not KEY:SECRET`, {
      uri: path,
      position: { line: number, column: 1 },
      hint: "A line is KEY:SECRET or bucket:KEY:SECRET; see s3fs(1).",
    });
  }
  registerSecret(secretAccessKey);
  return {
    profile: bucket === undefined ? "s3fs" : profileNameFrom(`s3fs-${bucket}`, "s3fs"),
    from: bucket ?? "all buckets",
    settings: { accessKeyId, secretAccessKey, ...(bucket === undefined ? {} : { bucket }) },
    warnings: [NO_ADDRESS],
  };
}

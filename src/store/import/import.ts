/**
 * Takes over what a person has configured for another tool.
 *
 * @module
 */
import type { Environment } from "../environment.ts";
import type { Imported } from "./imported.ts";
import { importPasswdS3fs } from "./passwd_s3fs.ts";
import { importRclone } from "./rclone.ts";
import { importS3cfg } from "./s3cfg.ts";

/** The tools whose files are understood. */
export const IMPORT_SOURCES = ["rclone", "s3cfg", "passwd-s3fs"] as const;

/** A tool whose file is understood. */
export type ImportSource = typeof IMPORT_SOURCES[number];

const READERS: Readonly<Record<ImportSource, typeof importRclone>> = {
  rclone: importRclone,
  s3cfg: importS3cfg,
  "passwd-s3fs": importPasswdS3fs,
};

/**
 * Reads the file of `source`; write what it gives with `writeProfile`.
 *
 * @param path the file, instead of the tool's own places
 * @throws {ConfigurationError} when there is no file, or one that cannot be read
 */
export async function importProfiles(
  source: ImportSource,
  environment: Environment,
  path?: string,
): Promise<Imported> {
  return await READERS[source](environment, path);
}

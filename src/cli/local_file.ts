/**
 * Local files that appear whole or not at all.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { TargetExistsError, UsageError } from "../errors.ts";
import { localFileError } from "./errno.ts";

/** What to do when the file is there: replace it, or refuse. */
export type IfFileExists = "error" | "overwrite";

/**
 * Calls `write` with a temporary name in the file's folder, then renames it to `path`. When `write`
 * fails, nothing is left and an old file stays as it was.
 *
 * @throws {TargetExistsError} when the file exists and may not be replaced
 */
export async function writeWhole<T>(
  path: string,
  ifExists: IfFileExists,
  write: (temporary: string) => Promise<T>,
): Promise<T> {
  await refuseTarget(path, ifExists);
  const temporary = join(
    dirname(path),
    `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.tmp`,
  );
  try {
    const result = await write(temporary);
    await Deno.rename(temporary, path);
    return result;
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // it may never have been made
    throw localFileError(error, "write", path);
  }
}

async function refuseTarget(path: string, ifExists: IfFileExists): Promise<void> {
  const info = await Deno.stat(path).catch(() => undefined); // absent is the usual case
  if (info?.isDirectory) throw new UsageError(`${path} is a folder, not a file`, { uri: path });
  if (info !== undefined && ifExists === "error") {
    throw new TargetExistsError(`${path} exists`, {
      uri: path,
      hint: "Use --if-exists overwrite to replace it.",
    });
  }
}

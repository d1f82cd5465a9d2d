/**
 * How much a folder holds.
 *
 * @module
 */
import { join } from "node:path";

/** Bytes of all files below `path`; undefined when there is no such folder. */
export async function folderSize(path: string): Promise<number | undefined> {
  let bytes = 0;
  try {
    for await (const entry of Deno.readDir(path)) {
      const child = join(path, entry.name);
      if (entry.isDirectory) bytes += await folderSize(child) ?? 0;
      // A file may go away meanwhile: then it holds nothing.
      else if (entry.isFile) bytes += (await Deno.stat(child).catch(() => undefined))?.size ?? 0;
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return bytes;
}

/**
 * What the origin serves: the files of a folder, and objects made of a pattern.
 *
 * @module
 */
import { openSync, readSync } from "node:fs";
import { join } from "node:path";

/** An object of the origin. */
export interface OriginObject {
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  /** Fills `into` with the bytes from `offset` on; gives how many. */
  read(into: Uint8Array, offset: number): number;
}

/** Objects by key, and the keys in the order of a listing. */
export interface Bucket {
  readonly objects: ReadonlyMap<string, OriginObject>;
  readonly keys: readonly string[];
}

const PATTERN = Uint8Array.from(
  { length: 1 << 20 },
  (_, index) => Math.imul(index, 2654435761) >>> 24,
);

/** Fixed, so that a restarted origin has the objects that a cache remembers. */
const PATTERN_TIME = new Date("2026-01-01T00:00:00Z");

/** Every file under `folder`, by its path. */
export async function bucketOf(folder: string, patterns: Record<string, number>): Promise<Bucket> {
  const objects = new Map<string, OriginObject>();
  await addFolder(objects, folder, "");
  for (const [key, size] of Object.entries(patterns)) objects.set(key, patternObject(key, size));
  return { objects, keys: [...objects.keys()].sort(byBytes) };
}

async function addFolder(
  objects: Map<string, OriginObject>,
  folder: string,
  prefix: string,
): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) await addFolder(objects, path, `${prefix}${name}/`);
    if (isFile) objects.set(prefix + name, await fileObject(path));
  }
}

async function fileObject(path: string): Promise<OriginObject> {
  const { size, mtime } = await Deno.stat(path);
  let descriptor: number | undefined;
  return {
    size,
    etag: `"${size.toString(16)}-${mtime!.getTime().toString(16)}"`,
    lastModified: mtime!,
    read(into, offset) {
      descriptor ??= openSync(path, "r");
      return readSync(descriptor, into, 0, into.byteLength, offset);
    },
  };
}

/** `size` bytes that are never held. */
export function patternObject(key: string, size: number): OriginObject {
  return {
    size,
    etag: `"pattern-${key.length}-${size}"`,
    lastModified: PATTERN_TIME,
    read(into, offset) {
      for (let at = 0; at < into.byteLength;) {
        const start = (offset + at) % PATTERN.byteLength;
        const piece = PATTERN.subarray(start, start + into.byteLength - at);
        into.set(piece, at);
        at += piece.byteLength;
      }
      return into.byteLength;
    },
  };
}

/** S3 lists keys by their bytes in UTF-8. */
function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

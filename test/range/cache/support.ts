/** Objects whose bytes follow from their ETag, and a folder for a cache of them. */
import type { Chunks, ObjectPlace, ObjectState } from "../../../src/range/block_cache.ts";
import type { Extent } from "../../../src/range/range.ts";
import { joinChunks } from "../../../src/range/source.ts";
import { type CacheOptions, openCache } from "../../../src/range/cache/open_cache.ts";
import type { LayeredCache } from "../../../src/range/cache/layered_cache.ts";
import { readSettings } from "../../../src/settings.ts";

export const PLACE: ObjectPlace = {
  store: "https://s3.example.org",
  principal: "key AKEXAMPLE",
  bucket: "b",
  key: "data/part=0/x.parquet",
  versionId: undefined,
};

/** A state of an object. */
export function objectOf(size: number, etag = "e1", place: Partial<ObjectPlace> = {}): ObjectState {
  return { ...PLACE, ...place, etag, size };
}

/** The bytes of an object: each depends on where it is and on the object's key and ETag. */
export function contentOf({ key, etag }: ObjectState, { offset, length }: Extent): Uint8Array {
  let seed = 7;
  for (const letter of `${key} ${etag}`) seed = (seed * 31 + letter.charCodeAt(0)) >>> 0;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const at = offset + i;
    bytes[i] = Math.imul(at ^ seed, 2654435761) >>> 24;
  }
  return bytes;
}

/** `bytes` in chunks of `size`, each with a buffer of its own, as they come from a socket. */
export function chunksOf(bytes: Uint8Array, size = 1000): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; at += size) chunks.push(bytes.slice(at, at + size));
  return chunks;
}

/** Puts the right bytes of `extent` into the cache. */
export function fill(
  cache: LayeredCache,
  object: ObjectState,
  extent: Extent,
  kind: "index" | "bulk" = "bulk",
): void {
  cache.keep(object, extent.offset, chunksOf(contentOf(object, extent), 64 * 1024), kind);
}

/** What the cache gives of `extent`: each piece that it holds, with its bytes or without. */
export async function readHeld(cache: LayeredCache, object: ObjectState, extent: Extent) {
  const held = await cache.held(object, extent);
  return await Promise.all(held.map(async (piece) => {
    const chunks: Chunks | undefined = await cache.load(object, piece);
    return { ...piece, bytes: chunks && joinChunks(chunks) };
  }));
}

/** A folder of its own, gone afterwards. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dipper-cache-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A cache below `directory`, whatever the environment says. */
export function openIn(directory: string, options: CacheOptions = {}): Promise<LayeredCache> {
  return openCache(
    { directory, size: 2 ** 30, disk: "on", ...options },
    readSettings((name) => name === "HOME" ? "/nonexistent" : undefined),
  );
}

/** Every file below `folder`. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesBelow(path));
    else found.push(path);
  }
  return found.sort();
}

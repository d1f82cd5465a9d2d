/**
 * Without a cache, the bytes that came with an opening are kept as long as its source lives.
 *
 * @module
 */
import type { BlockCache, Chunks } from "./block_cache.ts";
import { NO_CACHE } from "./no_cache.ts";
import { type Extent, intersect } from "./range.ts";
import { sliceChunks } from "./source.ts";

/** A cache of one piece of one object. */
export function partCache(part: Extent & { readonly chunks: Chunks }): BlockCache {
  return {
    ...NO_CACHE,
    held: (_object, extent) => {
      const found = intersect(extent, part);
      return found === undefined ? [] : [{ ...found, tier: "memory" }];
    },
    load: (_object, { offset, length }) => {
      const start = offset - part.offset;
      return sliceChunks(part.chunks, start, start + length);
    },
  };
}

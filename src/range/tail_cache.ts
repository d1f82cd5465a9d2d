/**
 * Without a cache, the tail that came with an opening is kept as long as its source lives.
 *
 * @module
 */
import type { BlockCache, Chunks } from "./block_cache.ts";
import { NO_CACHE } from "./no_cache.ts";
import { type Extent, intersect } from "./range.ts";
import { sliceChunks } from "./source.ts";

/** A cache of one piece of one object. */
export function tailCache(tail: Extent & { readonly chunks: Chunks }): BlockCache {
  return {
    ...NO_CACHE,
    held: (_object, extent) => {
      const found = intersect(extent, tail);
      return found === undefined ? [] : [{ ...found, tier: "memory" }];
    },
    load: (_object, { offset, length }) => {
      const start = offset - tail.offset;
      return sliceChunks(tail.chunks, start, start + length);
    },
  };
}

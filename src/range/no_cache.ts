/**
 * The cache that keeps nothing.
 *
 * @module
 */
import type { BlockCache } from "./block_cache.ts";

/** Always misses. */
export const NO_CACHE: BlockCache = {
  held: () => [],
  load: () => undefined,
  keep: () => {},
  recall: () => undefined,
  remember: () => {},
  settled: () => Promise.resolve(),
};

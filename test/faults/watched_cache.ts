/**
 * A cache that remembers what it was handed, so that all of it can be held against the pattern.
 *
 * @module
 */
import type { BlockCache, ObjectState } from "../../src/range/block_cache.ts";
import { byteLength } from "../../src/range/source.ts";
import { Pattern } from "./pattern.ts";

/** What a cache holds of one run, compared. */
export interface CacheCheck {
  /** Bytes that the cache gave back. */
  readonly bytes: number;
  /** Where one was not the object's: never. */
  readonly wrong: readonly string[];
}

/** `cache`, watched during one run. */
export class WatchedCache implements BlockCache {
  readonly #cache: BlockCache;
  readonly #states = new Map<string, ObjectState>();

  constructor(cache: BlockCache) {
    this.#cache = cache;
  }

  /** The states of objects of which it was handed anything. */
  get states(): readonly ObjectState[] {
    return [...this.#states.values()];
  }

  held: BlockCache["held"] = (...args) => this.#cache.held(...args);
  load: BlockCache["load"] = (...args) => this.#cache.load(...args);
  recall: BlockCache["recall"] = (...args) => this.#cache.recall(...args);
  remember: BlockCache["remember"] = (...args) => this.#cache.remember(...args);
  settled: BlockCache["settled"] = () => this.#cache.settled();
  keep: BlockCache["keep"] = (state, ...args) => {
    this.#states.set(JSON.stringify(state), state);
    this.#cache.keep(state, ...args);
  };
}

/** Reads all that `cache` has of `states` and compares it with what `seedOf` their ETags makes. */
export async function checkCache(
  cache: BlockCache,
  states: readonly ObjectState[],
  seedOf: (state: ObjectState) => number,
): Promise<CacheCheck> {
  const wrong: string[] = [];
  let bytes = 0;
  for (const state of states) {
    const pattern = Pattern.of(seedOf(state));
    for (const piece of await cache.held(state, { offset: 0, length: state.size })) {
      const chunks = await cache.load(state, piece);
      if (chunks === undefined) continue; // evicted meanwhile
      bytes += piece.length;
      const at = byteLength(chunks) === piece.length
        ? pattern.firstDifference(piece.offset, chunks)
        : piece.offset;
      if (at !== undefined) wrong.push(`${state.bucket}/${state.key} ${state.etag} at ${at}`);
    }
  }
  return { bytes, wrong };
}

/**
 * Which files of the cache have to go. Pure.
 *
 * @module
 */
import type { BlockClass } from "../block_cache.ts";

/** A file, as eviction sees it. */
export interface Evictable {
  readonly kind: BlockClass;
  /** Bytes on disk. */
  readonly bytes: number;
  /** When it was last used, in milliseconds of any clock. */
  readonly used: number;
}

/** Footers and headers are safe from bulk data up to this part of the bound. */
export const INDEX_SHARE = 1 / 4;

/**
 * Picks files until at most `goal` bytes are left, least recently used first: of bulk data while index
 * data keeps within its share of `goal`, else of index data, then of whatever is left.
 */
export function chooseVictims<T extends Evictable>(all: readonly T[], goal: number): T[] {
  const oldestFirst = (kind: BlockClass) =>
    all.filter((file) => file.kind === kind).sort((a, b) => a.used - b.used);
  const queues = { index: oldestFirst("index"), bulk: oldestFirst("bulk") };
  const next = { index: 0, bulk: 0 };
  const bytes = { index: sum(queues.index), bulk: sum(queues.bulk) };
  const victims: T[] = [];
  while (bytes.index + bytes.bulk > goal && victims.length < all.length) {
    const bulkLeft = next.bulk < queues.bulk.length;
    const indexLeft = next.index < queues.index.length;
    const overShare = bytes.index > goal * INDEX_SHARE && indexLeft;
    const kind: BlockClass = bulkLeft && !overShare ? "bulk" : indexLeft ? "index" : "bulk";
    const victim = queues[kind][next[kind]++];
    bytes[kind] -= victim.bytes;
    victims.push(victim);
  }
  return victims;
}

function sum(files: readonly Evictable[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}

/**
 * A cache that keeps what it likes and loses what it has said to hold.
 *
 * @module
 */
import type { BlockCache, Chunks, HeldBlock, ObjectFacts } from "../../../src/range/block_cache.ts";
import { endOf, intersect } from "../../../src/range/range.ts";
import { byteLength, sliceChunks } from "../../../src/range/source.ts";

/** @param loss part of what is loaded that is gone by then */
export function forgetfulCache(random: () => number, loss: number): BlockCache {
  const kept: { offset: number; length: number; chunks: Chunks; etag: string | undefined }[] = [];
  const facts = new Map<string, ObjectFacts>();
  return {
    held: ({ etag }, extent) => {
      const found: HeldBlock[] = [];
      const sorted = kept.filter((each) => each.etag === etag).sort((a, b) => a.offset - b.offset);
      for (const block of sorted) {
        const start = found.length === 0 ? extent.offset : endOf(found.at(-1)!);
        const rest = { offset: start, length: endOf(extent) - start };
        const part = rest.length > 0 ? intersect(block, rest) : undefined;
        if (part !== undefined) found.push({ ...part, tier: random() < 0.5 ? "memory" : "disk" });
      }
      return random() < 0.5 ? found : Promise.resolve(found);
    },
    load: (_object, { offset, length }) => {
      const block = kept.find((each) => each.offset <= offset && endOf(each) >= offset + length);
      if (block === undefined || random() < loss) return undefined;
      const start = offset - block.offset;
      const chunks = sliceChunks(block.chunks, start, start + length);
      return random() < 0.5 ? chunks : Promise.resolve(chunks);
    },
    keep: ({ etag }, offset, chunks) => {
      if (random() < 0.7) kept.push({ offset, length: byteLength(chunks), chunks, etag });
    },
    recall: (place) => facts.get(JSON.stringify(place)),
    remember: (place, known) => void facts.set(JSON.stringify(place), known),
    settled: () => Promise.resolve(),
  };
}

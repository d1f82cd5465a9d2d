import assert from "node:assert/strict";
import fc from "fast-check";
import { ExtentMap } from "../../../src/range/cache/extent_map.ts";
import { endOf } from "../../../src/range/range.ts";

const anExtent = fc.record({
  offset: fc.integer({ min: 0, max: 60 }),
  length: fc.integer({ min: 1, max: 20 }),
});

Deno.test("an extent map holds what was put in first, byte by byte, until it is taken away", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ extent: anExtent, removes: fc.boolean() }), { maxLength: 30 }),
    anExtent,
    (steps, asked) => {
      const map = new ExtentMap<number>();
      const model = new Map<number, { value: number; at: number }>();
      const placed = new Map<number, { offset: number; length: number }>();
      steps.forEach(({ extent, removes }, step) => {
        if (removes && placed.size > 0) {
          const [[value, whole]] = placed;
          placed.delete(value);
          map.remove(whole, value);
          for (const [at, held] of model) if (held.value === value) model.delete(at);
          return;
        }
        placed.set(step, extent);
        const taken = map.insert(extent, step);
        const bytes = taken.flatMap(({ offset, length }) =>
          Array.from({ length }, (_, i) => offset + i)
        );
        const free = Array.from({ length: extent.length }, (_, i) => extent.offset + i)
          .filter((at) => !model.has(at));
        assert.deepEqual(bytes, free);
        for (const at of free) model.set(at, { value: step, at: at - extent.offset });
      });
      const seen = new Map<number, { value: number; at: number }>();
      let last = asked.offset;
      for (const piece of map.overlapping(asked)) {
        assert.ok(piece.offset >= last && endOf(piece) <= endOf(asked) && piece.length > 0);
        last = endOf(piece);
        for (let i = 0; i < piece.length; i++) {
          seen.set(piece.offset + i, { value: piece.value, at: piece.start + i });
        }
      }
      const expected = new Map(
        [...model].filter(([at]) => at >= asked.offset && at < endOf(asked))
          .sort(([a], [b]) => a - b),
      );
      assert.deepEqual(seen, expected);
    },
  ));
});

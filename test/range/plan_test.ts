import assert from "node:assert/strict";
import fc from "fast-check";
import { assemble } from "../../src/range/assemble.ts";
import { coalesce } from "../../src/range/coalesce.ts";
import { planRead } from "../../src/range/plan.ts";
import { contains, endOf, type Extent, intersect, mergeExtents } from "../../src/range/range.ts";
import { joinChunks } from "../../src/range/source.ts";
import { split } from "../../src/range/split.ts";

const limits = { gap: 10, cap: 100, partSize: 50 };
const at = (offset: number, length: number): Extent => ({ offset, length });

Deno.test("near extents become one request, far ones do not", () => {
  assert.deepEqual(coalesce([at(50, 5), at(0, 5), at(15, 5)], limits), [at(0, 20), at(50, 5)]);
});

Deno.test("what is put together stays under the cap: many small reads do not become a large one", () => {
  const many = Array.from({ length: 30 }, (_, index) => at(index * 10, 5));
  const joined = coalesce(many, limits);
  assert.deepEqual(joined.map(({ length }) => length), [95, 95, 95]);
});

Deno.test("an extent over the cap stays whole", () => {
  assert.deepEqual(coalesce([at(0, 500), at(505, 1)], limits), [at(0, 500), at(505, 1)]);
});

Deno.test("a large extent is split into equal parts, with no small rest", () => {
  assert.deepEqual(split(at(7, 100), 50), [at(7, 50), at(57, 50)]);
  assert.deepEqual(split(at(0, 74), 50), [at(0, 74)]);
  assert.deepEqual(split(at(0, 76), 50), [at(0, 38), at(38, 38)]);
  assert.deepEqual(split(at(0, 0), 50), []);
});

Deno.test("a plan takes what is held, joins what is under way, and asks for the rest", () => {
  const plan = planRead({
    wanted: [at(0, 40), at(60, 20), at(65, 200)],
    held: [{ ...at(0, 10), tier: "memory" }, { ...at(100, 50), tier: "disk" }],
    underWay: [at(5, 20), at(60, 15)],
    limits,
  });
  assert.deepEqual(plan.held.map(({ tier }) => tier), ["memory", "disk"]);
  assert.deepEqual(plan.shared, [{ ...at(10, 15), from: 0 }, { ...at(60, 15), from: 1 }]);
  assert.deepEqual(plan.missing, [at(25, 15), at(75, 25), at(150, 115)]);
  assert.deepEqual(plan.requests, [at(25, 15), at(75, 25), at(150, 58), at(208, 57)]);
});

const extents = fc.array(
  fc.record({ offset: fc.nat(400), length: fc.integer({ min: 1, max: 150 }) }),
  {
    maxLength: 6,
  },
);

Deno.test("whatever is held and under way, a plan brings every byte once", () => {
  fc.assert(fc.property(extents, extents, extents, fc.nat(20), (wanted, cached, underWay, gap) => {
    const held = mergeExtents(wanted).flatMap((extent) =>
      mergeExtents(cached).flatMap((each) => intersect(each, extent) ?? [])
    ).map((extent) => ({ ...extent, tier: "memory" as const }));
    const plan = planRead({ wanted, held, underWay, limits: { ...limits, gap } });
    const parts = [...plan.held, ...plan.shared, ...plan.missing];
    const total = (all: readonly Extent[]) => all.reduce((sum, { length }) => sum + length, 0);
    assert.deepEqual(mergeExtents(parts), mergeExtents(wanted));
    assert.equal(total(parts), total(mergeExtents(wanted)));
    for (const piece of plan.shared) assert.ok(contains(underWay[piece.from], piece));
    assert.equal(total(plan.requests), total(mergeExtents(plan.requests)));
    for (const extent of plan.missing) {
      assert.ok(mergeExtents(plan.requests).some((request) => contains(request, extent)));
    }
    for (const { length } of plan.requests) assert.ok(length <= limits.partSize * 1.5);
  }));
});

Deno.test("pieces go back together in the order of what was asked for", () => {
  const data = Uint8Array.from({ length: 300 }, (_, index) => index);
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.nat(250), fc.nat(50)).map(([offset, length]) => at(offset, length))),
    fc.uniqueArray(fc.integer({ min: 1, max: 299 })),
    (wanted, cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), 300];
      const pieces = edges.slice(1).map((end, index) => ({
        ...at(edges[index], end - edges[index]),
        chunks: [data.subarray(edges[index], end)],
      }));
      const got = assemble(wanted, pieces.reverse()).map(joinChunks);
      assert.deepEqual(got, wanted.map((extent) => data.slice(extent.offset, endOf(extent))));
    },
  ));
});

Deno.test("a byte that is missing is never passed over", () => {
  const piece = { ...at(0, 10), chunks: [new Uint8Array(10)] };
  assert.throws(() => assemble([at(5, 10)], [piece]), { name: "InternalError" });
  assert.throws(() => assemble([at(15, 1)], [piece]), { name: "InternalError" });
});

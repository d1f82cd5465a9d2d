import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BENCH_SIZES,
  benchPlan,
  FEW_BYTES,
  sizeText,
} from "../../../src/objects/store_bench/plan.ts";

const MIB = 2 ** 20;

Deno.test("a plan begins with a few bytes and says what it moves", () => {
  const size = fc.integer({ min: 1, max: 2 ** 40 });
  fc.assert(fc.property(fc.array(size), fc.integer({ min: 1, max: 20 }), (sizes, repeat) => {
    const { steps, traffic, scratch } = benchPlan(sizes, repeat);
    assert.equal(steps[0].bytes, FEW_BYTES);
    assert.deepEqual(new Set(steps.map(({ bytes }) => bytes)), new Set([FEW_BYTES, ...sizes]));
    assert.equal(steps.length, new Set([FEW_BYTES, ...sizes]).size);
    assert.ok(steps.every(({ times }) => times >= repeat));
    assert.equal(traffic, steps.reduce((sum, { bytes, times }) => sum + 2 * bytes * times, 0));
    assert.equal(scratch, 2 * Math.max(FEW_BYTES, ...sizes));
  }));
});

Deno.test("without a word no object is above 100 MiB, and less than 1 GiB moves", () => {
  const { steps, traffic } = benchPlan();
  assert.deepEqual(steps.map(({ bytes }) => bytes), [FEW_BYTES, ...BENCH_SIZES]);
  assert.equal(steps.at(-1)!.bytes, 100 * MIB);
  assert.ok(traffic < 2 ** 30);
});

Deno.test("sizes that no object has are refused", () => {
  for (const size of [0, -1, NaN, 6 * 2 ** 40]) {
    assert.throws(() => benchPlan([MIB, size]), { tag: "usage" });
  }
});

Deno.test("sizes are written as the guides do", () => {
  const texts = [1, 1023, 1024, 100 * 1024, 1.5 * MIB, 10 * 2 ** 30].map(sizeText);
  assert.deepEqual(texts, ["1 B", "1023 B", "1 KiB", "100 KiB", "1.5 MiB", "10 GiB"]);
});

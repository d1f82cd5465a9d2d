import assert from "node:assert/strict";
import fc from "fast-check";
import { measured, median, spread } from "../../../src/objects/store_bench/statistics.ts";

const times = fc.array(fc.double({ min: 1e-6, max: 1e4, noNaN: true }), { minLength: 1 });

Deno.test("a median has as many values above it as below, in any order of them", () => {
  fc.assert(fc.property(times, (values) => {
    const middle = median(values);
    const below = values.filter((value) => value < middle).length;
    const above = values.filter((value) => value > middle).length;
    assert.ok(below <= values.length / 2 && above <= values.length / 2);
    assert.equal(median(values.toReversed()), middle);
  }));
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

Deno.test("values that are all the same have no spread, and a single outlier is none", () => {
  fc.assert(fc.property(fc.integer({ min: 3, max: 20 }), (length) => {
    const values = Array.from({ length }, () => 0.5);
    assert.equal(spread(values), 0);
    assert.equal(spread([...values, 100]), 0);
  }));
});

Deno.test("the time of a call is left out of the net rate", () => {
  const few = [0.1, 0.1, 0.1];
  const { median: middle, mibPerSecond, netMibPerSecond } = measured(2 ** 20, [0.6, 0.6, 9], few);
  assert.equal(middle, 0.6);
  assert.ok(Math.abs(mibPerSecond - 1 / 0.6) < 1e-9);
  assert.ok(Math.abs(netMibPerSecond! - 2) < 1e-9);
});

Deno.test("what is no more than noise gives no net rate, and a net rate is never the lower", () => {
  assert.equal(measured(1024, [0.1], [0.1, 0.1, 0.1]).netMibPerSecond, undefined);
  assert.equal(measured(1024, [0.15], [0.05, 0.1, 0.15]).netMibPerSecond, undefined);
  fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 40 }), times, times, (bytes, took, few) => {
    const { mibPerSecond, netMibPerSecond } = measured(bytes, took, few);
    assert.ok(netMibPerSecond === undefined || netMibPerSecond >= mibPerSecond);
  }));
});

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { geometricMean, median, percentile } from "../../bench/report/statistics.ts";

const numbers = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 50 });

Deno.test("the median is the middle value, or lies between the two in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.ok(Number.isNaN(median([])));
  fc.assert(fc.property(numbers, (values) => {
    const middle = median(values);
    const below = values.filter((value) => value < middle).length;
    const above = values.filter((value) => value > middle).length;
    assert.ok(below <= values.length / 2 && above <= values.length / 2);
  }));
});

Deno.test("the geometric mean of ratios and of their inverses is one", () => {
  assert.ok(Math.abs(geometricMean([0.5, 2, 4, 0.25]) - 1) < 1e-12);
  fc.assert(fc.property(numbers, (values) => {
    const mean = geometricMean([...values, ...values.map((value) => 1 / value)]);
    assert.ok(Math.abs(mean - 1) < 1e-9);
  }));
});

Deno.test("a percentile is one of the values, and enough of them do not exceed it", () => {
  assert.equal(percentile(Array.from({ length: 200 }, (_, index) => index + 1), 0.99), 198);
  assert.equal(percentile([5], 0.5), 5);
  fc.assert(fc.property(numbers, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
    const found = percentile(values, share);
    assert.ok(values.includes(found));
    const covered = values.filter((value) => value <= found).length;
    assert.ok(covered >= share * values.length - 1e-9);
  }));
});

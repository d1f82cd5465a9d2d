import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance, nearestNames } from "../../src/store/nearest.ts";

Deno.test("the edit distance is a distance", () => {
  const word = fc.stringMatching(/^[a-c]{0,8}$/);
  fc.assert(fc.property(word, word, (a, b) => {
    const distance = editDistance(a, b);
    return distance === editDistance(b, a) && (distance === 0) === (a === b) &&
      distance <= Math.max(a.length, b.length) && distance >= Math.abs(a.length - b.length);
  }));
  assert.equal(editDistance("laek", "lake"), 1);
  assert.equal(editDistance("kitten", "sitting"), 3);
  assert.equal(editDistance("kitten", "sitting", 2), Infinity);
});

Deno.test("near names, nearest first; nothing when nothing is near", () => {
  const names = ["climate-data", "climate-dada", "Climate-Data", "clim", "other"];
  assert.deepEqual(nearestNames("climate-data", names).slice(0, 3), [
    "Climate-Data",
    "climate-data",
    "climate-dada",
  ]);
  assert.deepEqual(nearestNames("zzz", names), []);
  assert.deepEqual(nearestNames("ab", ["cd"]), []);
  assert.deepEqual(nearestNames("x".repeat(1000), ["y".repeat(1000)]), []);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { chooseVictims, INDEX_SHARE } from "../../../src/range/cache/eviction.ts";

const files = fc.array(fc.record({
  kind: fc.constantFrom<"index" | "bulk">("index", "bulk"),
  bytes: fc.integer({ min: 1, max: 100 }),
  used: fc.integer({ min: 0, max: 1000 }),
}));
const sum = (some: readonly { bytes: number }[]) => some.reduce((all, { bytes }) => all + bytes, 0);

Deno.test("eviction reaches its goal with the least recently used of a class, and no more", () => {
  fc.assert(fc.property(files, fc.integer({ min: 0, max: 2000 }), (all, goal) => {
    const victims = chooseVictims(all, goal);
    const left = all.filter((file) => !victims.includes(file));
    assert.ok(sum(left) <= goal);
    assert.ok(victims.length === 0 || sum(left) + victims.at(-1)!.bytes > goal);
    for (const kind of ["index", "bulk"] as const) {
      const gone = victims.filter((file) => file.kind === kind).map(({ used }) => used);
      const stays = left.filter((file) => file.kind === kind).map(({ used }) => used);
      assert.ok(Math.max(...gone, -1) <= Math.min(...stays, Infinity));
    }
    // Index data within its share goes only when there is no bulk data left.
    const index = all.filter(({ kind }) => kind === "index");
    if (sum(index) <= goal * INDEX_SHARE) {
      assert.ok(victims.every(({ kind }) => kind === "bulk"));
    }
  }));
});

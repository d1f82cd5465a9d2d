import assert from "node:assert/strict";
import { ColumnUse } from "../../../src/gateway/ahead/column_use.ts";

function used(groups: readonly number[], file = 0): ColumnUse {
  const use = new ColumnUse(() => 100, () => 1);
  for (const group of groups) use.took("a", { file, group });
  return use;
}

Deno.test("a scan from the start is followed as far as it has come", () => {
  assert.equal(used([0]).reach("a"), undefined);
  assert.deepEqual(used([0, 1]).reach("a"), { after: { file: 0, group: 1 }, groups: 2 });
  const sixteen = [5, 3, 0, 1, 2, 4, 9, 8, 7, 6, 10, 12, 11, 15, 13, 14];
  assert.deepEqual(used(sixteen).reach("a"), { after: { file: 0, group: 15 }, groups: 16 });
  assert.deepEqual(used([0, 1, 1, 1]).reach("a")?.groups, 2);
});

Deno.test("what a filter leaves is followed with care, what jumps about is not", () => {
  assert.equal(used([24, 25]).reach("a"), undefined);
  assert.equal(used([24, 25, 26, 27, 28, 29, 30, 31]).reach("a")?.groups, 2);
  assert.equal(used([0, 7, 15, 31]).reach("a"), undefined);
  assert.equal(used([3, 50, 12]).reach("a"), undefined);
  assert.equal(used([0, 1]).reach("b"), undefined);
});

Deno.test("row groups are followed over files", () => {
  const use = new ColumnUse(() => 2, () => 60);
  for (let file = 0; file < 5; file++) {
    for (const group of [0, 1]) use.took("a", { file, group });
  }
  assert.deepEqual(use.reach("a"), { after: { file: 4, group: 1 }, groups: 10 });
  const sparse = new ColumnUse(() => 2, () => 60);
  for (const file of [0, 7, 20]) sparse.took("a", { file, group: 0 });
  assert.equal(sparse.reach("a"), undefined);
});

Deno.test("the rows of a top list, looked up after the scan, are not taken for a scan", () => {
  const use = new ColumnUse(() => 20, () => 1);
  for (let group = 0; group < 20; group++) use.took("a", { file: 0, group });
  for (const group of [0, 1, 2]) use.took("b", { file: 0, group });
  assert.equal(use.reach("b"), undefined);
});

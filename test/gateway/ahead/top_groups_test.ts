import assert from "node:assert/strict";
import { readForTop } from "../../../src/gateway/ahead/top_groups.ts";

const GROUPS = 60;
const ROWS = 1000;

const groups = (of: (index: number) => readonly [number, number]) =>
  Array.from({ length: GROUPS }, (_, index) => {
    const [min, max] = of(index);
    return { min: BigInt(min), max: BigInt(max), rows: ROWS };
  });
const places = (read: readonly boolean[]) => read.flatMap((is, index) => is ? [index] : []);
const first = (count: number) => Array.from({ length: count }, (_, index) => index);

Deno.test("of a sorted table, the row groups that DuckDB begins with are read, or all", () => {
  const ascending = groups((i) => [i * ROWS, (i + 1) * ROWS - 1]);
  const read = (order: "ascending" | "descending", rows: number) =>
    places(readForTop(ascending, { order, rows }));
  assert.deepEqual(read("ascending", 5), first(16));
  assert.deepEqual(read("ascending", 18 * ROWS), first(GROUPS));
  assert.deepEqual(read("descending", 5), first(GROUPS));
});

Deno.test("of a table in no order, later row groups are read that may have a better row", () => {
  const bests = (i: number) => 10_000 + (i * 37) % 61;
  const mixed = groups((i) => [0, bests(i)]);
  const read = (rows: number) => places(readForTop(mixed, { order: "descending", rows }));
  const second = first(4).map(bests).sort((a, b) => b - a)[1];
  assert.deepEqual(read(2), first(GROUPS).filter((i) => i < 16 || bests(i) >= second));
  assert.ok(read(2).length < GROUPS);
  assert.deepEqual(read(5), first(GROUPS));
});

Deno.test("without statistics, all row groups are read", () => {
  const unknown = Array.from({ length: GROUPS }, () => ({
    min: undefined,
    max: undefined,
    rows: ROWS,
  }));
  assert.deepEqual(
    places(readForTop(unknown, { order: "ascending", rows: 1 })),
    first(GROUPS),
  );
});

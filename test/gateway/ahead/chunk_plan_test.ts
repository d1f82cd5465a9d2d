import assert from "node:assert/strict";
import type { ChunkMap } from "../../../src/gateway/ahead/chunk_map.ts";
import { chunksIn } from "../../../src/gateway/ahead/chunk_map.ts";
import { ChunkPlan } from "../../../src/gateway/ahead/chunk_plan.ts";
import { Scan } from "../../../src/gateway/ahead/scan.ts";

const CHUNK = 100_000;

/** Columns a, b, c in row groups that follow each other. */
function map(groups: number): ChunkMap {
  return {
    columns: ["a", "b", "c"],
    groups: Array.from(
      { length: groups },
      (_, g) => [0, 1, 2].map((c) => ({ offset: 4 + (g * 3 + c) * CHUNK, length: CHUNK })),
    ),
  };
}

function open(files: readonly (number | undefined)[]): { scan: Scan; plan: ChunkPlan } {
  const scan = new Scan();
  for (const [i, groups] of files.entries()) {
    const file = scan.add({ name: `${i}`, bucket: "b", key: `${i}`, size: 9e9, kind: "parquet" });
    file.map = groups === undefined ? undefined : map(groups);
  }
  return { scan, plan: new ChunkPlan(scan) };
}

const places = (pieces: ReturnType<ChunkPlan["next"]>) =>
  pieces.map(({ file, extent }) => [
    file.index,
    (extent.offset - 4) / CHUNK / 3 | 0,
    (extent.offset - 4) / CHUNK % 3,
    extent.length / CHUNK,
  ]);

Deno.test("the columns in use are fetched row group by row group, each once", () => {
  const { scan, plan } = open([20]);
  for (const group of [0, 1, 2]) {
    for (const column of ["a", "c"]) scan.use.took(column, { file: 0, group });
  }
  const first = places(plan.next(1e9));
  assert.deepEqual(first, [[0, 3, 0, 1], [0, 3, 2, 1], [0, 4, 0, 1], [0, 4, 2, 1], [0, 5, 0, 1], [
    0,
    5,
    2,
    1,
  ]]);
  assert.deepEqual(plan.next(1e9), []);
  for (const column of ["a", "c"]) scan.use.took(column, { file: 0, group: 3 });
  assert.deepEqual(places(plan.next(1e9)).map(([, group]) => group), [6, 6, 7, 7]);
});

Deno.test("columns side by side are one piece, and room ends the plan", () => {
  const { scan, plan } = open([20]);
  for (const group of [0, 1, 2, 3]) {
    for (const column of ["b", "c"]) scan.use.took(column, { file: 0, group });
  }
  assert.deepEqual(places(plan.next(3 * CHUNK)), [[0, 4, 1, 2], [0, 5, 1, 2]]);
  assert.deepEqual(plan.next(0), []);
  assert.deepEqual(places(plan.next(CHUNK)), [[0, 6, 1, 2]]);
});

Deno.test("a scan goes on in the next file, as far as footers are known", () => {
  const { scan, plan } = open([2, 0, 2, undefined, 2]);
  for (const group of [0, 1]) scan.use.took("a", { file: 0, group });
  assert.deepEqual(places(plan.next(1e9)), [[2, 0, 0, 1], [2, 1, 0, 1]]);
  for (const group of [0, 1]) scan.use.took("a", { file: 2, group });
  assert.deepEqual(plan.next(1e9), []);
  scan.files[3].map = map(2);
  assert.equal(plan.next(1e9).length, 4);
});

Deno.test("what a plan of the statement names is fetched from the start, in one go", () => {
  const { scan, plan } = open([3]);
  plan.expect(["a", "b"]);
  assert.deepEqual(places(plan.next(1e9)), [[0, 0, 0, 2], [0, 1, 0, 2], [0, 2, 0, 2]]);
  assert.deepEqual(plan.next(1e9), []);
  scan.use.took("c", { file: 0, group: 0 });
  assert.deepEqual(plan.next(1e9), []);
});

Deno.test("of a filtered scan, each row group is fetched as was chosen, and no other is followed", () => {
  const { scan, plan } = open([6]);
  scan.files[0].choices = ["none", "all", "filtered", "learned", "none", "all"];
  plan.expect(["a", "c"], ["a"]);
  const first = places(plan.next(1e9));
  assert.deepEqual(first, [[0, 1, 0, 1], [0, 1, 2, 1], [0, 2, 0, 1], [0, 5, 0, 1], [0, 5, 2, 1]]);
  assert.deepEqual(plan.next(1e9), []);
  for (const group of [1, 2]) scan.use.took("c", { file: 0, group });
  assert.deepEqual(plan.next(1e9), [], "a quarter of two row groups is none");
});

Deno.test("what a filter leaves open is learned from what is asked for", () => {
  const { scan, plan } = open([8]);
  scan.files[0].choices = [...Array(6).fill("filtered"), "none", "filtered"];
  plan.expect(["a", "c"], ["a"]);
  assert.equal(plan.next(1e9).length, 7);
  for (const group of [0, 1, 2, 3]) scan.use.took("c", { file: 0, group });
  assert.deepEqual(places(plan.next(1e9)), [[0, 4, 2, 1], [0, 5, 2, 1], [0, 7, 2, 1]]);
});

Deno.test("the chunks of a request are those that lie wholly in it", () => {
  const file = map(4);
  const at = (chunk: number) => 4 + chunk * CHUNK;
  assert.deepEqual(chunksIn(file, { offset: at(4), length: CHUNK }), [{ group: 1, column: 1 }]);
  assert.deepEqual(chunksIn(file, { offset: at(5) - 10, length: 2 * CHUNK + 20 }), [
    { group: 1, column: 2 },
    { group: 2, column: 0 },
  ]);
  assert.deepEqual(chunksIn(file, { offset: at(4) + 1, length: CHUNK }), []);
  assert.deepEqual(chunksIn(file, { offset: at(12), length: CHUNK }), []);
});

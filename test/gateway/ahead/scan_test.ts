import assert from "node:assert/strict";
import { Scan } from "../../../src/gateway/ahead/scan.ts";

function listing(count: number, size: number, kind: "parquet" | "rows" = "parquet"): Scan {
  const scan = new Scan();
  for (let i = 0; i < count; i++) {
    const key = `${i}.parquet`;
    scan.add({ name: key, bucket: "b", key, size, kind });
  }
  return scan;
}

const ROOM = 40 * 1024 * 1024;

Deno.test("the first touch fetches a few ends, the following ones more, until all are fetched", () => {
  const scan = listing(200, 3_000_000);
  const fetched: number[] = [];
  const touch = (index: number) => {
    scan.touched(scan.files[index]);
    const pieces = scan.firstPieces(ROOM);
    fetched.push(...pieces.map(({ file }) => file.index));
    return pieces.length;
  };
  assert.equal(touch(0), 16);
  assert.equal(touch(0), 0);
  for (let index = 1; index < 200; index++) touch(index);
  assert.deepEqual(fetched, Array.from({ length: 199 }, (_, i) => i + 1));
});

Deno.test("a statement that stops after one file has fetched no thousand", () => {
  const scan = listing(10_000, 3_000_000);
  scan.touched(scan.files[0]);
  assert.equal(scan.firstPieces(ROOM).length, 16);
  assert.equal(scan.firstPieces(ROOM).length, 0);
});

Deno.test("a statement that takes every tenth file is not followed", () => {
  const scan = listing(1000, 3_000_000);
  let pieces = 0;
  for (let index = 0; index < 1000; index += 10) {
    scan.touched(scan.files[index]);
    pieces += scan.firstPieces(ROOM).length;
  }
  assert.equal(pieces, 16);
});

Deno.test("small files are fetched whole, within a megabyte at first and the room always", () => {
  const scan = listing(500, 200_000, "rows");
  scan.touched(scan.files[0]);
  const pieces = scan.firstPieces(ROOM);
  assert.equal(pieces.length, 5);
  assert.deepEqual(pieces[0].extent, { offset: 0, length: 200_000 });
  const narrow = listing(500, 200_000, "rows");
  narrow.touched(narrow.files[0]);
  assert.equal(narrow.firstPieces(450_000).length, 2);
  assert.equal(narrow.firstPieces(0).length, 0);
});

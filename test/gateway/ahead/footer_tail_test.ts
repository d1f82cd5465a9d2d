import assert from "node:assert/strict";
import {
  fileKind,
  firstPiece,
  footerTail,
  openingPart,
} from "../../../src/gateway/ahead/footer_tail.ts";

Deno.test("files are known by their names", () => {
  assert.equal(fileKind("a/part=1/b.parquet"), "parquet");
  assert.equal(fileKind("A.PQ"), "parquet");
  assert.equal(fileKind("a.csv.gz"), "rows");
  assert.equal(fileKind("a.ndjson"), "rows");
  for (const key of ["a.gpkg", "parquet", "a.parquet/", "a.csv.bak", ""]) {
    assert.equal(fileKind(key), "other", key);
  }
});

Deno.test("a footer's tail is what DuckDB asks for", () => {
  // Sizes and requests as DuckDB 1.5.5 sent them.
  for (
    const [size, tail] of [[9_469, 9_469], [3_077_795, 16_384], [19_155_252, 32_768], [
      459_661_001,
      262_144,
    ]]
  ) {
    assert.equal(footerTail(size), tail);
  }
});

Deno.test("small files come whole, large ones by their end, others not at all", () => {
  assert.deepEqual(firstPiece("parquet", 9_000), { offset: 0, length: 9_000 });
  assert.deepEqual(firstPiece("parquet", 3_077_795), { offset: 3_061_411, length: 16_384 });
  assert.deepEqual(firstPiece("rows", 52_000), { offset: 0, length: 52_000 });
  assert.equal(firstPiece("rows", 50_000_000), undefined);
  assert.equal(firstPiece("other", 100), undefined);
  assert.equal(firstPiece("parquet", 0), undefined);
  assert.deepEqual(openingPart("a.parquet"), { tail: 262_144 });
  assert.deepEqual(openingPart("a.csv"), { start: 2_097_152 });
  assert.deepEqual(openingPart("a.gpkg"), {});
});

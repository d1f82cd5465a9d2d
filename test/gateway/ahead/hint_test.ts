import assert from "node:assert/strict";
import { expectedColumns } from "../../../src/gateway/ahead/hint.ts";

const PATHS = ["id", "place.x", "place.y", "tags.list.element"];

Deno.test("the columns of the only scan that fits a file are expected, with all their leaves", () => {
  const scans = [{ columns: ["place", "id"] }, { columns: ["other"] }];
  assert.deepEqual(expectedColumns({ scans }, PATHS, "a/b.parquet"), ["id", "place.x", "place.y"]);
  assert.deepEqual(
    expectedColumns({ scans: [{ columns: undefined }] }, PATHS, "a/b.parquet"),
    PATHS,
    "a/b.parquet",
  );
});

Deno.test("no scan or several that fit: nothing is expected", () => {
  assert.equal(expectedColumns({ scans: [] }, PATHS, "a/b.parquet"), undefined);
  assert.equal(
    expectedColumns({ scans: [{ columns: ["nothing"] }] }, PATHS, "a/b.parquet"),
    undefined,
  );
  const scans = [{ columns: ["id"] }, { columns: ["place"] }];
  assert.equal(expectedColumns({ scans }, PATHS, "a/b.parquet"), undefined);
});

Deno.test("a hive folder of the file's key is a column", () => {
  const hint = { scans: [{ columns: ["year", "id"] }] };
  assert.deepEqual(expectedColumns(hint, PATHS, "t/year=2024/x.parquet"), ["id"]);
  assert.equal(expectedColumns(hint, PATHS, "t/2024/x=1.parquet"), undefined);
});

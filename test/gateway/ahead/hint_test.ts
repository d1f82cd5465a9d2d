import assert from "node:assert/strict";
import { expectedColumns } from "../../../src/gateway/ahead/hint.ts";

const PATHS = ["id", "place.x", "place.y", "tags.list.element"];

Deno.test("the columns of the only scan that fits a file are expected, with all their leaves", () => {
  const scans = [{ columns: ["place", "id"] }, { columns: ["other"] }];
  assert.deepEqual(expectedColumns({ scans }, PATHS), ["id", "place.x", "place.y"]);
  assert.deepEqual(expectedColumns({ scans: [{ columns: undefined }] }, PATHS), PATHS);
});

Deno.test("no scan or several that fit: nothing is expected", () => {
  assert.equal(expectedColumns({ scans: [] }, PATHS), undefined);
  assert.equal(expectedColumns({ scans: [{ columns: ["nothing"] }] }, PATHS), undefined);
  const scans = [{ columns: ["id"] }, { columns: ["place"] }];
  assert.equal(expectedColumns({ scans }, PATHS), undefined);
});

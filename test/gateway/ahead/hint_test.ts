import assert from "node:assert/strict";
import { compare } from "../../../src/formats/predicate.ts";
import { expectedRead, type HintedScan } from "../../../src/gateway/ahead/hint.ts";

const PATHS = ["id", "place.x", "place.y", "tags.list.element"];

const read = (scans: readonly HintedScan[], key = "a/b.parquet") =>
  expectedRead({ scans }, PATHS, key);

Deno.test("the columns of the only scan that fits a file are expected, with all their leaves", () => {
  assert.deepEqual(read([{ columns: ["place", "id"] }, { columns: ["other"] }]), {
    columns: ["id", "place.x", "place.y"],
    filter: undefined,
  });
  assert.deepEqual(read([{ columns: undefined }])?.columns, PATHS);
  assert.deepEqual(read([{ columns: ["place.y"] }])?.columns, ["place.y"]);
});

Deno.test("no scan or several that fit: nothing is expected", () => {
  assert.equal(read([]), undefined);
  assert.equal(read([{ columns: ["nothing"] }]), undefined);
  assert.equal(read([{ columns: ["place.z"] }]), undefined);
  assert.equal(read([{ columns: ["id"] }, { columns: ["place"] }]), undefined);
});

Deno.test("a hive folder of the file's key is a column", () => {
  const scans = [{ columns: ["year", "id"] }];
  assert.deepEqual(read(scans, "t/year=2024/x.parquet")?.columns, ["id"]);
  assert.equal(read(scans, "t/2024/x=1.parquet"), undefined);
});

Deno.test("the columns of a filter are read as well, and are known as such", () => {
  const filter = { where: compare("place.x", ">", "1"), isWhole: true, mentioned: [] };
  assert.deepEqual(read([{ columns: ["id"], filter }]), {
    columns: ["id", "place.x"],
    filter: { ...filter, columns: ["place.x"] },
  });
  const foreign = { where: compare("other", ">", "1"), isWhole: true, mentioned: [] };
  assert.equal(read([{ columns: ["id"], filter: foreign }]), undefined);
});

Deno.test("of the words of a condition, those that name a leaf are columns", () => {
  const filter = { where: undefined, isWhole: false, mentioned: ["upper", "id", "place"] };
  assert.deepEqual(read([{ columns: [], filter }])?.columns, ["id"]);
});

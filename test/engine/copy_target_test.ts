import assert from "node:assert/strict";
import { copyTarget, endingOf, targetUri } from "../../src/engine/copy_target.ts";

Deno.test("the ending of the address says the format", () => {
  const cases: [string, string, boolean][] = [
    ["s3://b/x.parquet", "parquet", false],
    ["s3://b/x.PQ", "parquet", false],
    ["s3://b/x.geoparquet", "geoparquet", false],
    ["s3://b/x.geo.parquet", "geoparquet", false],
    ["s3://b/x.csv.gz", "csv", false],
    ["s3://b/x.ndjson", "json", false],
    ["s3://b/x", "parquet", true],
    ["s3://b/x/", "parquet", true],
    ["s3://b", "parquet", true],
    ["s3://b/x.csv/", "parquet", true],
  ];
  for (const [uri, format, isFolder] of cases) {
    const target = copyTarget(uri, {});
    assert.deepEqual([target.format, target.isFolder], [format, isFolder], uri);
  }
});

Deno.test("an option wins over the ending", () => {
  assert.equal(copyTarget("s3://b/x.csv", { format: "parquet" }).format, "parquet");
});

Deno.test("partitions make a folder of any address", () => {
  const target = copyTarget("s3://b/x", { partitionBy: ["a"] });
  assert.deepEqual([target.isFolder, targetUri(target)], [true, "s3://b/x/"]);
});

Deno.test("what does not go together is refused", () => {
  const refuse = (uri: string, options: Record<string, unknown>, tag = "usage") =>
    assert.throws(() => copyTarget(uri, options), { tag }, `${uri} ${JSON.stringify(options)}`);
  refuse("s3://b", { ifExists: "overwrite" });
  refuse("s3://b/", { ifExists: "overwrite" });
  refuse("s3://b/", { ifExists: "overwrite", partitionBy: ["a"] });
  refuse("s3://b/x.parquet", { ifExists: "append" });
  refuse("s3://b/x.parquet", { ifExists: "replace" });
  refuse("s3://b/x.parquet", { format: "xlsx" });
  refuse("s3://b/x/", { format: "json", partitionBy: ["a"] }, "unsupported");
  refuse("/tmp/x.parquet", {});
  refuse("https://host/x.parquet", {});
  refuse("s3://-bad-/x.parquet", {});
});

Deno.test("objects in a folder end as their format and packing do", () => {
  const ending = (options: Parameters<typeof copyTarget>[1]) =>
    endingOf(copyTarget("s3://b/x/", options));
  assert.equal(ending({ format: "geoparquet" }), "parquet");
  assert.equal(ending({ format: "parquet", compression: "gzip" }), "parquet");
  assert.equal(ending({ format: "csv" }), "csv");
  assert.equal(ending({ format: "csv", compression: "GZIP" }), "csv.gz");
  assert.equal(ending({ format: "json", compression: "zstd" }), "json.zst");
});

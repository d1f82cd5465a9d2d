import assert from "node:assert/strict";
import { isDipperError } from "../../src/errors.ts";
import { openBench, rejection } from "./support/session.ts";

const DATA = new URL("../../datasets/data/", import.meta.url);

async function describedError(work: Promise<unknown>) {
  const error = await rejection(work);
  assert.ok(isDipperError(error), String(error.stack));
  return error;
}

Deno.test("each kind of file is described", async () => {
  await using bench = await openBench();
  const { session, uri, store } = bench;
  await session.copyTo(
    "SELECT range AS n, 'x' AS t FROM range(250000)",
    uri("p.parquet"),
  );
  await store.put("c.csv", "a;b\n1;2020-01-01\n2;2020-01-02\n");
  await store.put("j.ndjson", '{"a":1,"b":{"c":[1]}}\n');
  await store.put(
    "g.geojson",
    await Deno.readFile(new URL("earthquakes/2018-02-07.geojson", DATA)),
  );
  const parquet = await session.describe(uri("p.parquet"));
  assert.deepEqual(parquet.columns, [{ name: "n", type: "BIGINT" }, {
    name: "t",
    type: "VARCHAR",
  }]);
  assert.deepEqual([parquet.format, parquet.rows, parquet.files], ["parquet", 250000, 1]);
  assert.ok(parquet.rowGroups! >= 2 && parquet.bytes! > 1000);
  const csv = await session.describe(uri("c.csv"));
  assert.deepEqual(csv.columns, [{ name: "a", type: "BIGINT" }, { name: "b", type: "DATE" }]);
  assert.deepEqual([csv.format, csv.rows, csv.files, csv.bytes], ["csv", undefined, 1, 30]);
  const json = await session.describe(uri("j.ndjson"));
  assert.deepEqual(json.columns, [
    { name: "a", type: "BIGINT" },
    { name: "b", type: "STRUCT(c BIGINT[])" },
  ]);
  const spatial = await session.describe(uri("g.geojson"));
  assert.deepEqual([spatial.format, spatial.crs, spatial.files], ["spatial", "EPSG:4979", 1]);
  assert.ok(spatial.rows! > 1);
  for (const { sql } of [parquet, csv, json, spatial]) {
    assert.ok((await session.query(sql, [], { limit: 1 })).rowCount === 1, sql);
  }
});

Deno.test("a pattern and a folder are described as one, without their bytes being read", async () => {
  await using bench = await openBench();
  const { session, uri } = bench;
  const sql = "SELECT range AS n, range % 2 AS part, md5(range::VARCHAR) AS t FROM range(100000)";
  const { bytes } = await session.copyTo(sql, uri("many"), { partitionBy: ["part"] });
  for (const address of ["many/", "many/**/*.parquet", "many/part=*/*"]) {
    if (address.endsWith("/*")) {
      assert.equal((await describedError(session.describe(uri(address)))).tag, "unsupported");
      continue;
    }
    bench.proxy.clear();
    const described = await session.describe(uri(address));
    assert.deepEqual(
      [described.files, described.rows, described.bytes],
      [2, 100000, bytes],
      address,
    );
    assert.ok(described.columns.some(({ name }) => name === "part"));
    assert.ok(
      described.report.bytes.read < bytes / 4,
      `${described.report.bytes.read} of ${bytes}`,
    );
  }
});

Deno.test("names with quotes and other signs are described", async () => {
  await using bench = await openBench();
  await bench.store.put("it's 100% «odd».csv", "a\n1\n");
  const described = await bench.session.describe(bench.uri("it's 100% «odd».csv"));
  assert.equal(described.bytes, 4);
  assert.equal((await bench.session.query(described.sql)).rowCount, 1);
});

Deno.test("what cannot be described says why", async () => {
  await using bench = await openBench();
  const { session, uri, store } = bench;
  await store.put("data.parquet", "no Parquet at all, only text");
  await store.put("geo.parquet", "x");
  await store.put("notes.doc", "x");
  await store.put("broken.gpkg", "no GeoPackage");
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [uri("dada.parquet"), "key_not_found", /data\.parquet/],
    [uri("missing.gpkg"), "key_not_found", /broken\.gpkg|Check|ls/],
    [uri("none/*.parquet"), "key_not_found", /pattern|ls/],
    [uri("none/"), "key_not_found", /pattern|ls/],
    [`s3://${store.bucket}x/data.parquet`, "bucket_not_found", new RegExp(store.bucket)],
    [`s3://${store.bucket}`, "key_not_found", /ls/],
    [uri("data.parquet"), "unreadable_file", /bytes|reader/],
    [uri("broken.gpkg"), "unreadable_file", /bytes|reader/],
    [uri("notes.doc"), "unsupported", /\.parquet/],
  ];
  for (const [address, tag, hint] of cases) {
    const error = await describedError(session.describe(address));
    assert.equal(error.tag, tag, `${address}: ${error.message}`);
    assert.match(error.hint ?? "", hint, `${address}: ${error.message}`);
  }
});

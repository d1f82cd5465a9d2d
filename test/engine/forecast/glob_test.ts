import assert from "node:assert/strict";
import { DuckDBInstance } from "@duckdb/node-api";
import { dirname, join } from "node:path";
import { globPattern, literalPrefix } from "../../../src/engine/forecast/glob.ts";

const KEYS = [
  "a.parquet",
  "b.parquet",
  "d/a.parquet",
  "d/e/a.parquet",
  "d/e/b+(1).parquet",
  "part=1/x.parquet",
  "part=12/x.parquet",
  "part=3/x.csv",
];

Deno.test("patterns name the keys that DuckDB finds", async () => {
  const folder = await Deno.makeTempDir();
  for (const key of KEYS) {
    await Deno.mkdir(dirname(join(folder, key)), { recursive: true });
    await Deno.writeTextFile(join(folder, key), "");
  }
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const patterns = [
    "*.parquet",
    "d/*",
    "**/*.parquet",
    "d/**",
    "part=*/*.parquet",
    "part=?/*",
    "part=[1-2]/x.parquet",
    "[!a].parquet",
    "d/e/b+(1)*",
  ];
  for (const pattern of patterns) {
    const found = await connection.runAndReadAll("SELECT file FROM glob($1)", [
      `${folder}/${pattern}`,
    ]);
    const expected = found.getRows().map(([file]) => String(file).slice(folder.length + 1)).sort();
    const fits = globPattern(pattern);
    assert.deepEqual(KEYS.filter((key) => fits.test(key)).sort(), expected, pattern);
  }
  connection.closeSync();
  instance.closeSync();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("what stands before the first wildcard is asked for", () => {
  assert.equal(literalPrefix("many/part=*/x.parquet"), "many/part=");
  assert.equal(literalPrefix("many/x.parquet"), undefined);
});

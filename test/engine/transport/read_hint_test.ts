import assert from "node:assert/strict";
import { splitStatements } from "../../../src/engine/sql/tokens.ts";
import { hintOf, isCheaplyPlanned } from "../../../src/engine/transport/read_hint.ts";
import { compare } from "../../../src/formats/predicate.ts";
import { openBench } from "../support/session.ts";

Deno.test("only what needs no more than the ends of Parquet files is planned beforehand", () => {
  const cheap = (sql: string, values: unknown[] = []) =>
    isCheaplyPlanned(splitStatements(sql)[0], values);
  assert.equal(cheap("SELECT sum(a) FROM 's3://b/x.parquet'"), true);
  assert.equal(cheap("SELECT sum(a) FROM read_parquet('s3://b/y=*/*')"), true);
  assert.equal(cheap("FROM read_parquet($1)", ["s3://b/x"]), true);
  assert.equal(cheap("COPY (FROM 's3://b/x.parquet') TO 's3://b/y.parquet'"), true);
  assert.equal(cheap("FROM 's3://b/x.csv'"), false);
  assert.equal(cheap("FROM 's3://b/x.parquet' JOIN read_csv('s3://b/y') USING (a)"), false);
  assert.equal(cheap("FROM read_parquet('s3://b/*.parquet', union_by_name = true)"), false);
  assert.equal(cheap("FROM ST_Read('s3://b/x.gpkg')"), false);
  assert.equal(cheap("SELECT 42"), false);
});

Deno.test("scans that go through files to their end are expected, no others", async () => {
  await using bench = await openBench();
  const { session, uri } = bench;
  await session.copyTo(
    "SELECT range AS a, range % 7 AS b, md5(range::VARCHAR) AS c FROM range(50000)",
    uri("x.parquet"),
  );
  const scansOf = async (sql: string) => {
    const plan = await session.query(`EXPLAIN (FORMAT JSON) ${sql}`);
    return hintOf(String(plan.rows()[0].explain_value)).scans;
  };
  const file = `'${uri("x.parquet")}'`;
  assert.deepEqual(await scansOf(`SELECT sum(a) FROM ${file}`), [{ columns: ["a"] }]);
  assert.deepEqual(await scansOf(`SELECT b, max(c) FROM ${file} GROUP BY b`), [
    { columns: ["b", "c"] },
  ]);
  assert.deepEqual(await scansOf(`COPY (FROM ${file}) TO '${uri("y.parquet")}'`), [
    { columns: ["a", "b", "c"] },
  ]);
  assert.deepEqual(await scansOf(`FROM ${file} LIMIT 10`), []);
  const where = compare("b", "=", "3");
  assert.deepEqual(await scansOf(`SELECT sum(a) FROM ${file} WHERE b = 3`), [
    { columns: ["a"], filter: { where, isWhole: true, mentioned: [] } },
  ]);
  assert.deepEqual(await scansOf(`SELECT count(*) FROM ${file} WHERE b = 3`), [
    { columns: [], filter: { where, isWhole: true, mentioned: [] } },
  ]);
  assert.deepEqual(await scansOf(`FROM ${file} WHERE b = 3 LIMIT 3`), []);
  assert.deepEqual(await scansOf(`FROM ${file} ORDER BY a DESC LIMIT 5 OFFSET 2`), [
    { columns: ["a"], top: { column: "a", order: "descending", rows: 7 } },
  ]);
  assert.deepEqual(await scansOf(`FROM ${file} WHERE b = 3 ORDER BY a LIMIT 5`), []);
  assert.deepEqual(await bench.keys(), ["x.parquet"], "planning a COPY writes nothing");
});

import assert from "node:assert/strict";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { BUCKET, type GatewayBench, openBench } from "./support/gateway.ts";
import { openDuck } from "./support/duckdb.ts";

const NAME = "statement-1";
const ROWS = 60_000;

async function open(bench: GatewayBench) {
  const key = bench.gateway.issueKey(NAME, { kind: "statement" });
  return await openDuck(bench.gateway.endpoint, key, 4);
}

async function keysOf({ direct }: GatewayBench): Promise<(string | undefined)[]> {
  const listing = await direct.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  return (listing.Contents ?? []).map(({ Key }) => Key);
}

/** A statement whose last rows fail, when most of the file is written. */
function failing(key: string, options = ""): string {
  return `COPY (SELECT CASE WHEN range < ${ROWS} THEN range ELSE error('half-way') END AS a,
    range % 3 AS p FROM range(${ROWS + 10})) TO 's3://${BUCKET}/${key}' ${options}`;
}

Deno.test("DuckDB reads through the gateway: nothing is asked for twice", async () => {
  await using bench = await openBench();
  using duck = await open(bench);
  await duck.run(`COPY (SELECT range AS a, 'x' || range AS b, hash(range) AS h FROM range(20000))
    TO 's3://${BUCKET}/part=0/a b.parquet'`);
  await duck.run(`COPY (SELECT range AS a, 'y' || range AS b, hash(range) AS h FROM range(20000))
    TO 's3://${BUCKET}/part=1/ż.parquet'`);
  bench.wire.clear();
  const one =
    `SELECT count(*)::INT AS n, sum(a)::INT AS s FROM 's3://${BUCKET}/part=0/a b.parquet'`;
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(await duck.run(one), [{ n: 20000, s: 199990000 }]);
  }
  assert.ok(bench.wire.requests.length <= 2, `${bench.wire.requests.length} requests`);
  bench.gateway.forget(NAME);
  bench.wire.clear();
  const all = `SELECT part, count(*)::INT AS n, min(b) AS b
    FROM 's3://${BUCKET}/*/*.parquet' GROUP BY part ORDER BY part`;
  assert.deepEqual(await duck.run(all), [{ part: "0", n: 20000, b: "x0" }, {
    part: "1",
    n: 20000,
    b: "y0",
  }]);
  const heads = bench.wire.requests.filter(({ method }) => method === "HEAD");
  assert.equal(heads.length, 0);
});

Deno.test("what DuckDB writes is there when its statement is committed, not before", async () => {
  await using bench = await openBench();
  using duck = await open(bench);
  bench.gateway.hold(NAME);
  await duck.run(`COPY (SELECT range AS a FROM range(1000)) TO 's3://${BUCKET}/one.parquet'`);
  await duck.run(`COPY (SELECT range AS a, range % 3 AS p FROM range(1000))
    TO 's3://${BUCKET}/parts' (FORMAT parquet, PARTITION_BY p)`);
  assert.deepEqual(await keysOf(bench), []);
  await bench.gateway.commit(NAME);
  const keys = ["one.parquet", ...[0, 1, 2].map((p) => `parts/p=${p}/data_0.parquet`)];
  assert.deepEqual(await keysOf(bench), keys);
  bench.gateway.hold(NAME);
  await duck.run(`COPY (SELECT range AS a, 1 AS p FROM range(10))
    TO 's3://${BUCKET}/parts' (FORMAT parquet, PARTITION_BY p, OVERWRITE)`);
  assert.deepEqual(await keysOf(bench), keys);
  await bench.gateway.commit(NAME);
  assert.deepEqual(await keysOf(bench), ["one.parquet", "parts/p=1/data_0.parquet"]);
});

Deno.test("a statement that fails half-way leaves nothing, though httpfs sends its half", async () => {
  await using bench = await openBench();
  using duck = await open(bench);
  for (
    const statement of [
      failing("half.csv"),
      failing("half.parquet", "(FORMAT parquet, ROW_GROUP_SIZE 10000)"),
      failing("parts", "(FORMAT csv, PARTITION_BY p)"),
    ]
  ) {
    bench.gateway.hold(NAME);
    await assert.rejects(duck.run(statement), /half-way/);
    assert.deepEqual(await keysOf(bench), []);
    await bench.gateway.abort(NAME);
    assert.deepEqual(await keysOf(bench), []);
  }
  assert.ok(bench.gateway.counts(NAME).received.put > 0, "httpfs sends what it has");
});

Deno.test("a missing file, a spent budget and a read-only gateway are clear to DuckDB", async () => {
  await using bench = await openBench({ mode: "read-only" });
  using duck = await open(bench);
  await assert.rejects(duck.run(`FROM 's3://${BUCKET}/none.parquet'`), /404/);
  await assert.rejects(duck.run(`COPY (SELECT 1) TO 's3://${BUCKET}/x.csv'`), /reads only/);
  const spent = bench.gateway.issueKey("spent", { kind: "statement", maxRequests: 0 });
  using other = await openDuck(bench.gateway.endpoint, spent, 2);
  await assert.rejects(other.run(`FROM 's3://${BUCKET}/*.parquet'`), /BudgetExceeded|budget/);
});

Deno.test("the store's keys are nowhere in DuckDB", async () => {
  await using bench = await openBench();
  using duck = await open(bench);
  const rows = await duck.run("SELECT name, value FROM duckdb_settings() WHERE value IS NOT NULL");
  const text = JSON.stringify([rows, await duck.run("FROM duckdb_secrets()")]);
  assert.match(text, new RegExp(NAME));
  assert.doesNotMatch(text, /upstream-(key|secret)/);
});

import assert from "node:assert/strict";
import { connect } from "../../../src/engine/connect.ts";
import { totalRequests } from "../../../src/engine/report.ts";
import type { Params } from "../../../src/engine/values/bind.ts";
import { isDipperError } from "../../../src/errors.ts";
import { rejection } from "../support/session.ts";
import { type Origin, serveTables } from "./origin.ts";

/** Columns of the bench's table, each value from its row's number: the same on every machine. */
function rows(from: number, to: number): string {
  const pick = (salt: number, below: number) => `(hash(i * 1000 + ${salt}) % ${below})::BIGINT`;
  return `SELECT i::BIGINT AS id, TIMESTAMP '2020-01-01' + INTERVAL (i * 13) SECOND AS time,
    'category ' || ${pick(2, 20)} AS category, ${pick(6, 100_000)} / 1000.0::DOUBLE AS temperature,
    900 + ${pick(7, 10_000_000)} / 50000.0::DOUBLE AS pressure,
    ${pick(8, 1_000_000)} / 10000.0::DOUBLE AS humidity, ${pick(10, 100_000_000)} AS amount,
    printf('%016x', ${pick(11, 9_007_199_254_740_991)}) AS code,
    {'x': ${pick(12, 1000)}, 'y': ${pick(13, 1_000_000_000)}} AS place
    FROM range(${from}, ${to}) t(i)`;
}

const PARQUET = "FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE";

/** A file of 66 row groups, 48 in hive folders, 400 small ones, and a CSV. */
function serveData(): Promise<Origin> {
  const numbered = (count: number, size: number, key: (index: number) => string) =>
    Array.from(
      { length: count },
      (_, index) =>
        [key(index), [rows(index * size, (index + 1) * size), `${PARQUET} 122880`]] as const,
    );
  return serveTables({
    "big.parquet": [rows(0, 8192 * 66), `${PARQUET} 8192`],
    ...Object.fromEntries(numbered(48, 6000, (index) => `many/part=${index}/data.parquet`)),
    ...Object.fromEntries(numbered(400, 300, (index) => `small/${index}.parquet`)),
    "some.csv": [rows(0, 1000), "FORMAT csv"],
  });
}

const BIG = "'s3://bench/big.parquet'";
const MANY = "read_parquet('s3://bench/many/*/*.parquet', hive_partitioning = true)";

/** The Parquet questions of the bench. */
const QUESTIONS: Readonly<Record<string, string>> = {
  "count": `SELECT count(*) FROM ${BIG}`,
  "one column": `SELECT avg(temperature) FROM ${BIG}`,
  "three columns": `SELECT category, avg(temperature), sum(amount) FROM ${BIG} GROUP BY ALL`,
  "range": `SELECT count(*), avg(pressure) FROM ${BIG} WHERE id BETWEEN 300000 AND 303000`,
  "one row": `SELECT * FROM ${BIG} WHERE id = 412345`,
  "limit": `SELECT * FROM ${BIG} LIMIT 10`,
  "top": `SELECT * FROM ${BIG} ORDER BY amount DESC LIMIT 5`,
  "wide":
    `SELECT sum(temperature), sum(pressure), sum(humidity), max(amount), max(code) FROM ${BIG}`,
  "count of many": `SELECT count(*) FROM ${MANY}`,
  "group of many": `SELECT part, avg(temperature) FROM ${MANY} GROUP BY part`,
  "small": "SELECT count(*), sum(amount) FROM 's3://bench/small/*.parquet'",
};

const open = ({ options }: Origin) => connect({ ...options, cache: { disk: "off" } });

/** How far the gateway reads ahead of a look-up of a few row groups is not the same in every run. */
const TOLERANCE: Readonly<Record<string, number>> = { top: 0.25 };

Deno.test("a forecast is near to what is then read", async (t) => {
  await using origin = await serveData();
  for (const [name, sql] of Object.entries(QUESTIONS)) {
    await t.step(name, async () => {
      await using planning = await open(origin);
      const { requests, bytes, certainty } = await planning.explain(sql);
      assert.equal(certainty, "estimate");
      assert.equal(bytes.cached, 0);
      await using session = await open(origin);
      origin.counts();
      await session.query(sql);
      const actual = origin.counts();
      const text = `forecast ${requests} requests, ${bytes.read} bytes; ${JSON.stringify(actual)}`;
      const tolerance = TOLERANCE[name] ?? 0.1;
      assert.ok(Math.abs(bytes.read - actual.bytes) <= tolerance * actual.bytes, text);
      assert.ok(Math.abs(requests - actual.requests) <= 0.2 * actual.requests, text);
    });
  }
});

Deno.test("what is read, and what is not, is named", async () => {
  await using origin = await serveTables({
    "big.parquet": [rows(0, 8192 * 20), `${PARQUET} 8192`],
    "many/part=1/a.parquet": [rows(0, 1000), `${PARQUET} 8192`],
    "many/part=2/a.parquet": [rows(0, 1000), `${PARQUET} 8192`],
    "many/part=3/a.csv": [rows(0, 1000), "FORMAT csv"],
  });
  await using session = await open(origin);
  const scanOf = async (sql: string, params?: Params) => {
    const { scans } = await session.explain(sql, params);
    assert.equal(scans.length, 1);
    const { uri, files, rowGroups, columns, columnCount } = scans[0];
    return { uri, files, rowGroups, columns, columnCount };
  };
  assert.deepEqual(
    await scanOf("SELECT sum(amount) FROM read_parquet($file) WHERE id BETWEEN $low AND $high", {
      file: "s3://bench/big.parquet",
      low: 8000n,
      high: 9000n,
    }),
    {
      uri: "s3://bench/big.parquet",
      files: { read: 1, of: 1 },
      rowGroups: { read: 2, of: 20 },
      columns: ["id", "amount"],
      columnCount: 9,
    },
  );
  const many = "read_parquet('s3://bench/many/*/*.parquet', hive_partitioning = true)";
  assert.deepEqual(await scanOf(`SELECT avg(temperature) FROM ${many} WHERE part = 2`), {
    uri: "s3://bench/many/*/*.parquet",
    files: { read: 1, of: 2 },
    rowGroups: { read: 1, of: 1 },
    columns: ["temperature"],
    columnCount: 10,
  });
  assert.deepEqual(await scanOf(`SELECT min(id) FROM ${BIG}`), {
    uri: "s3://bench/big.parquet",
    files: { read: 1, of: 1 },
    rowGroups: { read: 0, of: 20 },
    columns: [],
    columnCount: 9,
  });
  // A view says nothing of its files in the statement.
  await session.query(`CREATE TEMP VIEW v AS SELECT place, code, amount FROM ${BIG}`);
  const inView = await scanOf("SELECT place.x FROM v WHERE amount < 90000000");
  assert.deepEqual(inView, {
    uri: "s3://bench/big.parquet",
    files: { read: 1, of: 1 },
    rowGroups: { read: 20, of: 20 },
    columns: ["place", "amount"],
    columnCount: 9,
  });
});

Deno.test("only the field of a struct that is read counts", async () => {
  await using origin = await serveTables({ "big.parquet": [rows(0, 81920), `${PARQUET} 8192`] });
  await using session = await open(origin);
  const bytesOf = async (sql: string) => (await session.explain(sql)).bytes.needed;
  const x = await bytesOf(`SELECT sum(place.x) FROM ${BIG}`);
  const both = await bytesOf(`SELECT sum(place.x), sum(place.y) FROM ${BIG}`);
  assert.ok(x < both, `${x} ${both}`);
});

Deno.test("a sorted table's best rows are in its last row groups", async () => {
  await using origin = await serveTables({ "big.parquet": [rows(0, 81920), `${PARQUET} 8192`] });
  await using session = await open(origin);
  const sorted = await session.explain(`SELECT * FROM ${BIG} ORDER BY id DESC LIMIT 5`);
  const mixed = await session.explain(`SELECT * FROM ${BIG} ORDER BY amount DESC LIMIT 5`);
  assert.ok(sorted.bytes.needed < mixed.bytes.needed);
});

Deno.test("what cannot be known is an upper bound, and says why", async () => {
  await using origin = await serveTables({
    "big.parquet": [rows(0, 81920), `${PARQUET} 8192`],
    "some.csv": [rows(0, 1000), "FORMAT csv"],
  });
  await using session = await open(origin);
  const boundOf = async (sql: string) => {
    const { certainty, scans, bytes, requests } = await session.explain(sql);
    await using fresh = await open(origin);
    origin.counts();
    const { report } = await fresh.query(sql);
    const actual = origin.counts();
    // Second requests for what was late are no part of a forecast; each brings some bytes again.
    const most = bytes.read * (report.hedges === 0 ? 1 : 1.25);
    const said = `${sql}: ${bytes.read} B, ${requests} requests, ${report.hedges} hedges`;
    assert.ok(most >= actual.bytes, `${said}; ${actual.bytes} B`);
    assert.ok(requests + report.hedges >= actual.requests, `${said}; ${actual.requests} requests`);
    return [certainty, scans.map(({ reason }) => reason)];
  };
  assert.deepEqual(await boundOf("SELECT count(*) FROM 's3://bench/some.csv'"), [
    "upper bound",
    ["rows are read from the start on, as far as the statement wants"],
  ]);
  assert.deepEqual(await boundOf(`SELECT count(*) FROM ${BIG} WHERE code LIKE '%fff%'`), [
    "upper bound",
    ["a condition that statistics cannot answer may leave out more"],
  ]);
  assert.deepEqual(await boundOf(`SELECT * FROM ${BIG} WHERE amount > 99000000 LIMIT 3`), [
    "upper bound",
    ["the LIMIT may be reached earlier"],
  ]);
  const [certainty] = await boundOf(`FROM ${BIG} a JOIN ${BIG} b USING (id) WHERE b.amount < 1000`);
  assert.equal(certainty, "upper bound");
});

Deno.test("what the cache holds is taken off, and a report has both", async () => {
  await using origin = await serveTables({ "big.parquet": [rows(0, 81920), `${PARQUET} 8192`] });
  const directory = await Deno.makeTempDir();
  const sql = `SELECT avg(temperature) FROM ${BIG}`;
  const options = { ...origin.options, cache: { directory, disk: "on" as const } };
  {
    await using session = await connect(options);
    const { report } = await session.query(sql, [], { forecast: true });
    assert.equal(report.forecast?.certainty, "estimate");
    assert.equal(report.forecast.bytes, report.bytes.read);
    assert.equal(report.forecast.requests, totalRequests(report.requests));
  }
  await using session = await connect(options);
  const { bytes, requests, report } = await session.explain(sql);
  assert.deepEqual([bytes.read, requests], [0, 1]);
  assert.ok(bytes.cached > 0);
  // Two statements of DuckDB and the reader each ask whether the object is the same.
  assert.deepEqual([report.bytes.read, totalRequests(report.requests)], [0, 3]);
  origin.counts();
  await session.query(sql);
  assert.deepEqual(origin.counts(), { requests: 1, bytes: 0 });
  await Deno.remove(directory, { recursive: true });
});

Deno.test("in direct transport DuckDB's own requests count", async () => {
  await using origin = await serveTables({ "big.parquet": [rows(0, 81920), `${PARQUET} 8192`] });
  await using session = await connect({ ...origin.options, transport: "direct" });
  const sql = `SELECT avg(temperature), max(code) FROM ${BIG}`;
  const { requests, asked, bytes } = await session.explain(sql);
  await using fresh = await connect({ ...origin.options, transport: "direct" });
  origin.counts();
  await fresh.query(sql);
  const actual = origin.counts();
  assert.deepEqual([requests, asked], [actual.requests, actual.requests]);
  assert.ok(Math.abs(bytes.read - actual.bytes) <= 0.1 * actual.bytes);
});

Deno.test("what cannot be explained is refused with a reason", async () => {
  await using origin = await serveTables({ "a.parquet": [rows(0, 10), `${PARQUET} 8192`] });
  await using session = await open(origin);
  const errorOf = async (sql: string) => {
    const error = await rejection(session.explain(sql));
    assert.ok(isDipperError(error), String(error.stack));
    return error;
  };
  const syntax = await errorOf("SELECT nothing FROM 's3://bench/a.parquet'");
  assert.equal(syntax.tag, "sql");
  assert.deepEqual(syntax.context.position, { line: 1, column: 8 });
  assert.equal((await errorOf("SELECT 1; SELECT 2")).tag, "usage");
  assert.equal((await errorOf("FROM 's3://bench/b.parquet'")).tag, "key_not_found");
  assert.equal((await errorOf("FROM 's3://bench/b.csv'")).tag, "key_not_found");
  const nothing = await session.explain("SELECT 42");
  assert.deepEqual([nothing.requests, nothing.bytes.read, nothing.certainty], [0, 0, "estimate"]);
});

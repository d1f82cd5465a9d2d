/**
 * What httpfs asks for, statement by statement, held against `traces/httpfs-VERSION.txt`: an upgrade of
 * DuckDB that asks for something else is seen. Write the file of a new version with
 * `DIPPER_TRACES=write deno test -A test/gateway/traces_test.ts`, and look at the difference.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { startFauxqs, type TestStore } from "../support/fauxqs.ts";
import { type PassedRequest, type Proxy, startProxy } from "../support/proxy.ts";
import { openDuck } from "./support/duckdb.ts";

const BUCKET = "traces";
const DATA: Readonly<Record<string, string>> = {
  "flights.parquet": "nycflights13/flights.parquet",
  "hive/carrier=AA/flights.parquet": "nycflights13/flights.parquet",
  "hive/carrier=UA/flights.parquet": "nycflights13/flights.parquet",
  "airports.csv": "nycflights13/airports.csv",
  "weather.csv.gz": "nycflights13/weather.csv.gz",
  "penguins.jsonl": "penguins/penguins.jsonl",
  "countries.fgb": "borders/countries-110m.fgb",
};

/** Each in a DuckDB of its own that knows nothing yet. */
const STATEMENTS: readonly string[] = [
  "SELECT count(*) FROM 's3://traces/flights.parquet'",
  "SELECT avg(distance) FROM 's3://traces/flights.parquet'",
  "SELECT carrier, sum(air_time) FROM 's3://traces/flights.parquet' WHERE month = 2 GROUP BY ALL",
  "SELECT * FROM 's3://traces/flights.parquet' LIMIT 10",
  "DESCRIBE SELECT * FROM 's3://traces/flights.parquet'",
  "SELECT count(*) FROM parquet_metadata('s3://traces/flights.parquet')",
  "SELECT count(*) FROM 's3://traces/hive/*/*.parquet'",
  "SELECT count(*) FROM read_parquet('s3://traces/hive/*/*.parquet', hive_partitioning = true)" +
  " WHERE carrier = 'AA'",
  "SELECT count(*) FROM glob('s3://traces/**')",
  "SELECT count(*) FROM 's3://traces/airports.csv'",
  "SELECT * FROM 's3://traces/airports.csv' LIMIT 5",
  "SELECT count(*) FROM 's3://traces/weather.csv.gz'",
  "SELECT count(*) FROM 's3://traces/penguins.jsonl'",
  "SELECT count(*) FROM ST_Read('s3://traces/countries.fgb')",
  "SELECT * FROM 's3://traces/none.parquet'",
  "SELECT * FROM 's3://traces/none/*.parquet'",
  "COPY (SELECT range AS a FROM range(10)) TO 's3://traces/out/a.parquet'",
  "COPY (SELECT range AS a FROM range(10)) TO 's3://traces/out/a.csv'",
  "COPY (SELECT range AS a, range % 2 AS p FROM range(10)) TO 's3://traces/out/parts'" +
  " (FORMAT parquet, PARTITION_BY p)",
];

Deno.test("httpfs asks for what it asked for when this was built upon", async () => {
  await using server = await startFauxqs(BUCKET);
  for (const [key, path] of Object.entries(DATA)) {
    const file = new URL(`../../datasets/data/${path}`, import.meta.url);
    await server.put(key, readFileSync(file));
  }
  await using wire = startProxy(server.endpoint);
  const seen: string[] = [];
  for (const statement of STATEMENTS) seen.push(await trace(statement, server, wire));
  const text = seen.join("\n");
  const file = new URL(`./traces/httpfs-${await duckdbVersion()}.txt`, import.meta.url);
  if (Deno.env.get("DIPPER_TRACES") === "write") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
});

/** The statement and its requests, sorted: threads may race. */
async function trace(statement: string, server: TestStore, wire: Proxy): Promise<string> {
  wire.clear();
  const keys = { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey };
  using duck = await openDuck(wire.endpoint, keys, {
    threads: 1,
    extensions: statement.includes("ST_Read") ? ["spatial"] : [],
  });
  const failure = await duck.run(statement).then(() => undefined, (error: Error) => error);
  const isOfMissing = statement.includes("/none");
  assert.equal(failure === undefined, !isOfMissing, `${statement}: ${failure}`);
  const lines = wire.requests.map(lineOf).sort();
  return [statement, ...lines.map((line) => `  ${line}`), ""].join("\n");
}

function lineOf({ method, path, query, range, status }: PassedRequest): string {
  const parameters = [...query].map(([name, value]) =>
    value === "" || /^(uploadId|partNumber)$/.test(name) ? name : `${name}=${value}`
  );
  return [
    method,
    path + (parameters.length === 0 ? "" : `?${parameters.sort().join("&")}`),
    ...(range === undefined ? [] : [range]),
    String(status),
  ].join(" ");
}

async function duckdbVersion(): Promise<string> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll("SELECT version()");
  const version = String(reader.getRows()[0][0]).replace(/^v/, "");
  connection.closeSync();
  instance.closeSync();
  return version;
}

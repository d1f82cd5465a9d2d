import assert from "node:assert/strict";
import { connect } from "../../src/engine/connect.ts";
import { CancelledError, isDipperError } from "../../src/errors.ts";
import type { Row } from "../../src/engine/values/types.ts";
import { compare } from "../../src/formats/predicate.ts";
import { registerSecret } from "../../src/redaction.ts";
import { openBench as open, optionsFor, rejection } from "./support/session.ts";

const DATA = new URL("../../datasets/data/", import.meta.url);

/** A session that keeps nothing on disk. */
const openBench = () => open({ cache: { disk: "off" } });

async function collect(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

Deno.test("each row of the demo's tables is the one that DuckDB gives", async () => {
  await using bench = await openBench();
  const { session, store, uri } = bench;
  const names = [
    "nycflights13/flights.parquet",
    "nycflights13/airports.csv",
    "nycflights13/airlines.csv",
    "nycflights13/planes.csv",
    "nycflights13/weather.csv.gz",
    "weather/seattle-weather.csv",
    "borders/countries.parquet",
  ];
  for (const name of names) {
    await store.put(name, await Deno.readFile(new URL(name, DATA)));
    const file = await session.open(uri(name));
    const given = await session.query(`FROM '${uri(name)}'`);
    assert.deepEqual(
      (await file.describe()).columns.map(({ name, type }) => ({ name, type })),
      // DuckDB's type of a geometry names its coordinate system, which the batches' schema has.
      given.columns.map(({ name, type }) => ({ name, type: type.replace(/^(GEOMETRY).*/, "$1") })),
    );
    assert.deepEqual(await collect(file.rows()), given.rows(), name);
  }
});

Deno.test("each type is made as a query makes it", async () => {
  await using bench = await openBench();
  const { session, uri } = bench;
  await session.copyTo(
    `SELECT 1::UTINYINT AS a, -5::BIGINT AS b, 1.25::DECIMAL(9, 2) AS c, 'ä' AS d,
       DATE '1969-12-31' AS e, TIME '12:00:00.5' AS f, TIMESTAMP '1960-01-01 00:00:00.25' AS g,
       TIMESTAMPTZ '2024-01-31 12:00:00+01' AS h, INTERVAL '14 months 3 days 4 seconds' AS i,
       uuid() AS j, [1, NULL, 3] AS k, {x: 1, y: [DATE '2024-02-29']} AS l,
       MAP {DATE '2024-01-01': 'v'} AS m, '\\xAA'::BLOB AS n, NULL::DOUBLE AS o,
       TIMESTAMP_NS '2024-01-31 12:00:00.000000001' AS p`,
    uri("types.parquet"),
  );
  const file = await session.open(uri("types.parquet"));
  const given = await session.query(`FROM '${uri("types.parquet")}'`);
  assert.deepEqual(await collect(file.rows()), given.rows());
});

Deno.test("columns, a condition and a limit cost few requests and bytes", async () => {
  await using bench = await openBench();
  const { session, proxy, uri } = bench;
  await session.copyTo(
    "SELECT range AS id, md5(range::VARCHAR) AS text FROM range(200000)",
    uri("big.parquet"),
  );
  proxy.clear();
  const file = await session.open(uri("big.parquet"));
  const rows = await collect(file.rows({ columns: ["id"], where: compare("id", "=", 150_000) }));
  assert.deepEqual(rows, [{ id: 150_000n }]);
  assert.equal(proxy.requests.length, 2);
  const read = proxy.requests.reduce((sum, { bytesOut }) => sum + bytesOut, 0);
  const { requests, fromWire, objects } = file.report;
  assert.deepEqual({ requests, fromWire, objects }, { requests: 2, fromWire: read, objects: 1 });
  const batches = await Array.fromAsync(file.batches({ columns: ["text"], limit: 10 }));
  assert.deepEqual(batches.map(({ numRows }) => numRows), [10]);
});

Deno.test("a key of the default bucket needs no address", async () => {
  await using bench = await openBench();
  await bench.store.put("a/b.csv", "n\n1\n");
  const options = { ...optionsFor(bench.store), bucket: bench.store.bucket };
  await using session = await connect({ ...options, cache: { disk: "off" } });
  assert.deepEqual(await collect((await session.open("a/b.csv")).rows()), [{ n: 1n }]);
});

Deno.test("what cannot be opened is explained", async () => {
  await using bench = await openBench();
  const { session, store, uri } = bench;
  await store.put("data/places.csv", "n\n1\n");
  await store.put("data/photo.tif", "II*\0....");
  const missing = await rejection(session.open(uri("data/place.csv")));
  assert.ok(isDipperError(missing, "key_not_found"));
  assert.deepEqual(missing.context.nearest, ["data/places.csv"]);
  const other = await rejection(session.open(uri("data/photo.tif")));
  assert.ok(isDipperError(other, "unsupported"));
  assert.match(`${other.message} ${other.hint}`, /TIFF.*Parquet and CSV/s);
  const elsewhere = await rejection(session.open("data/places.csv"));
  assert.ok(isDipperError(elsewhere, "usage"));
});

Deno.test("names and texts of a file hold no registered secret", async () => {
  const secret = "s3cr3t/Key+of=nobody";
  registerSecret(secret);
  await using bench = await openBench();
  const { session, store, uri } = bench;
  await store.put("leak.csv", `n,${secret}\n1,it is ${secret}!\n2,\n3,fine\n`);
  const file = await session.open(uri("leak.csv"));
  const described = await file.describe();
  const rows = await collect(file.rows());
  const [batch] = await Array.fromAsync(file.batches());
  assert.deepEqual(rows, [
    { n: 1n, "[redacted]": "it is [redacted]!" },
    { n: 2n, "[redacted]": null },
    { n: 3n, "[redacted]": "fine" },
  ]);
  assert.deepEqual(batch.toArray().map((row) => row["[redacted]"]), [
    "it is [redacted]!",
    null,
    "fine",
  ]);
  assert.deepEqual(described.columns.map(({ name }) => name), ["n", "[redacted]"]);
  assert.ok(!JSON.stringify([described.columns, described.schema]).includes(secret));
});

Deno.test("a file's reads end with the file, the session and the caller", async () => {
  await using bench = await openBench();
  const { session, store, uri } = bench;
  await store.put("n.csv", "n\n" + "12345678\n".repeat(500_000));
  const end = new AbortController();
  const first = await session.open(uri("n.csv"));
  const second = await session.open(uri("n.csv"));
  const reads = [first.rows({ signal: end.signal }), first.rows(), second.rows()];
  for (const read of reads) await read.next();
  end.abort();
  await assert.rejects(collect(reads[0]), CancelledError);
  await first.close();
  await assert.rejects(collect(reads[1]), CancelledError);
  await session.close();
  await assert.rejects(collect(reads[2]), CancelledError);
  await assert.rejects(collect(second.rows()), CancelledError);
});

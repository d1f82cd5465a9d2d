/** Files that DuckDB writes, of every type and nesting it has: the same Arrow columns as DuckDB's. */
import assert from "node:assert/strict";
import { connect, type Session } from "../../../src/mod.ts";
import { ParquetReader } from "../../../src/formats/parquet/reader.ts";
import { allBatches, fieldLines, rowLines } from "../support/canonical.ts";
import { TestSource } from "../support/memory_source.ts";

const TYPES = `SELECT
    i::TINYINT AS tiny, i::SMALLINT AS small, i::INTEGER AS int, i * 3000000000 AS big,
    i::UTINYINT AS utiny, i::USMALLINT AS usmall, (i * 20000000)::UINTEGER AS uint,
    (18446744073709551615 - i)::UBIGINT AS ubig, i % 2 = 0 AS bool,
    (i / 7)::FLOAT AS float, i / 7 AS double, 'text ' || i AS text, ('\\xFF' || i)::BLOB AS blob,
    ('00000000-0000-0000-0000-0000000000' || lpad(i::VARCHAR, 2, '0'))::UUID AS uuid,
    DATE '1960-01-01' + i::INTEGER * 100 AS day, TIME '00:00:00' + INTERVAL (i * 61) SECOND AS clock,
    TIMETZ '01:02:03.000004+00' AS clock_tz,
    TIMESTAMP '1969-12-31 23:00:00' + INTERVAL (i) MINUTE AS t,
    (TIMESTAMP '1969-12-31 23:00:00' + INTERVAL (i) MINUTE)::TIMESTAMP_S AS ts,
    (TIMESTAMP '1969-12-31 23:00:00' + INTERVAL (i) MINUTE)::TIMESTAMP_MS AS tms,
    make_timestamp_ns(i - 50) AS tns, make_timestamptz(i * 1000000007) AS tz,
    (i / 10)::DECIMAL(4, 1) AS d4, (i / 10)::DECIMAL(9, 1) AS d9, (i - 50)::DECIMAL(18, 6) AS d18,
    ((i - 50) * 12345678901234)::DECIMAL(38, 10) AS d38,
    INTERVAL (i) MONTH + INTERVAL (i) DAY + INTERVAL (i) SECOND AS duration,
    'e' || (i % 3) AS word, '{"a": ' || i || '}' AS plain_json, ('[' || i || ']')::JSON AS json,
    'NaN'::DOUBLE AS nan, '-0'::DOUBLE AS negative_zero, NULL::INTEGER AS nothing
  FROM range(100) r(i)`;

const NESTED = `SELECT
    i AS id,
    CASE WHEN i % 5 = 0 THEN NULL WHEN i % 5 = 1 THEN [] ELSE range(i % 7) END AS list,
    CASE WHEN i % 4 = 0 THEN NULL
      ELSE [CASE WHEN i % 3 = 0 THEN NULL ELSE ['a' || i, NULL] END, [], NULL] END AS lists,
    CASE WHEN i % 3 = 0 THEN NULL
      ELSE {'x': CASE WHEN i % 2 = 0 THEN NULL ELSE i END, 'y': {'z': [i, NULL], 'w': 'w' || i}}
      END AS struct,
    CASE WHEN i % 6 = 0 THEN NULL WHEN i % 6 = 1 THEN MAP {}
      ELSE MAP {i: ['v' || i], i + 1: NULL} END AS map,
    [{'k': i, 'm': MAP {'a': {'deep': [i]}}}, NULL, {'k': NULL, 'm': NULL}] AS structs,
    CASE WHEN i % 1000 = 0 THEN range(20000) ELSE NULL END AS long
  FROM range(5000) r(i)`;

async function check(session: Session, sql: string, options: string): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".parquet" });
  try {
    await session.query(`COPY (${sql}) TO '${path}' (FORMAT parquet, ${options})`);
    const expected = await session.query(`FROM read_parquet('${path}')`);
    const table = expected.toArrow();
    const lines = rowLines(table.batches);
    const source = TestSource.file(path);
    const reader = new ParquetReader(source);
    const { columns } = await reader.describe();
    assert.deepEqual(
      columns.map(({ name, type }) => `${name} ${type}`),
      expected.columns.map(({ name, type }) => `${name} ${type}`),
    );
    for (const batchRows of [65_536, 333]) {
      const batches = await allBatches(reader.batches({ batchRows }));
      assert.deepEqual(fieldLines(batches[0]), fieldLines(table), options);
      assert.deepEqual(rowLines(batches), lines, options);
    }
  } finally {
    await Deno.remove(path);
  }
}

const OPTIONS = [
  "COMPRESSION snappy",
  "COMPRESSION zstd, PARQUET_VERSION v2",
  "COMPRESSION gzip",
  "COMPRESSION brotli",
  "COMPRESSION lz4_raw, PARQUET_VERSION v2",
  "COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1",
];

Deno.test("every type is DuckDB's, in every codec", async () => {
  await using session = await connect();
  for (const options of OPTIONS) await check(session, TYPES, options);
});

Deno.test("lists, structs and maps are DuckDB's, over pages and row groups", async () => {
  await using session = await connect();
  for (const options of OPTIONS) {
    await check(session, NESTED, `${options}, ROW_GROUP_SIZE 2048`);
  }
});

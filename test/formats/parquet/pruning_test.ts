/** The same rows whatever is pruned, and DuckDB's: random conditions over generated files. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { connect } from "../../../src/mod.ts";
import { ParquetReader } from "../../../src/formats/parquet/reader.ts";
import type { Pruning } from "../../../src/formats/parquet/plan.ts";
import type { Predicate, PredicateValue } from "../../../src/formats/predicate.ts";
import { batchRows } from "../../../src/formats/values.ts";
import { anyPredicate, predicateSql } from "../support/predicate_sql.ts";
import { TestSource } from "../support/memory_source.ts";

async function ids(
  bytes: Uint8Array,
  where: Predicate,
  pruning: Pruning,
): Promise<{ ids: number[]; read: number }> {
  const source = TestSource.of(bytes);
  const found: number[] = [];
  const reader = new ParquetReader(source, { pruning });
  for await (const batch of reader.batches({ columns: ["id"], where, batchRows: 700 })) {
    for (const { id } of batchRows(batch)) found.push(Number(id));
  }
  return { ids: found, read: source.bytes };
}

const texts = fc.constantFrom("", "a", "name 3", "name 40", "nàme", "zz", "\u{1F600}", "\uFFFD");

const VALUES: Record<string, fc.Arbitrary<PredicateValue>> = {
  id: fc.oneof(fc.integer({ min: -2, max: 5005 }), fc.bigInt(0n, 5000n), fc.constant(17.5)),
  n: fc.oneof(
    fc.integer({ min: -3, max: 50 }),
    fc.constantFrom<PredicateValue>("7", "6.5", 2.5, 1e300),
  ),
  d: fc.oneof(
    fc.double({ min: -3, max: 3 }),
    fc.constantFrom<PredicateValue>(0, -0, NaN, Infinity, -Infinity, 0.25, "0.25"),
  ),
  f: fc.oneof(fc.double({ min: -3, max: 3 }), fc.constantFrom<PredicateValue>(0.5, NaN, 1)),
  s: texts,
  t: fc.oneof(
    fc.constantFrom<PredicateValue>(
      "2020-01-01",
      "2020-01-01 00:16:40",
      "2020-01-01 00:20:00.5",
      "2020-01-01T00:21:00.0000009Z",
      new Date("2020-01-01T00:30:00Z"),
      new Date("1969-12-31T23:59:59.999Z"),
    ),
  ),
  day: fc.constantFrom<PredicateValue>(
    "2020-01-05",
    "1969-12-31",
    "2020-01-09 17:00",
    new Date("2020-02-01T12:00:00Z"),
    new Date("2020-02-01T00:00:00Z"),
  ),
  price: fc.oneof(
    fc.integer({ min: -5, max: 60 }),
    fc.constantFrom<PredicateValue>("10.10", 10.1, 33.335, "33.335", "-0.01", "1e1"),
  ),
  ok: fc.boolean(),
  u: fc.constantFrom<PredicateValue>("00000000-0000-0000-0000-000000000000"),
  clock: fc.constantFrom<PredicateValue>("00:00:00", "00:16:40", "01:00:00.000001"),
  big: fc.constantFrom<PredicateValue>(0n, 18446744073709551615n, 9223372036854775808n, -1),
};

Deno.test("conditions give DuckDB's rows, pruned or not", async () => {
  await using session = await connect();
  await session.query(`SET TimeZone = 'UTC'`);
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/t.parquet`;
    const table = `SELECT i AS id, CASE WHEN i % 11 = 0 THEN NULL ELSE (i // 100)::INTEGER END AS n,
        CASE WHEN i % 97 = 0 THEN 'NaN'::DOUBLE WHEN i % 13 = 0 THEN NULL
          WHEN i % 5 = 0 THEN -0.0 ELSE sin(i / 500.0) * 3 END AS d,
        (cos(i / 300.0) * 2)::FLOAT AS f,
        CASE WHEN i < 1000 THEN NULL WHEN i % 1001 = 0 THEN chr(128512) ELSE 'name ' || (i // 50) END
          AS s,
        TIMESTAMP '2020-01-01' + INTERVAL (i) SECOND AS t, DATE '2020-01-01' + (i // 100)::INTEGER
          AS day,
        (i / 100)::DECIMAL(10, 2) AS price, i % 3 = 0 AS ok,
        CASE WHEN i % 2 = 0 THEN uuid() ELSE '00000000-0000-0000-0000-000000000000'::UUID END AS u,
        TIME '00:00:00' + INTERVAL (i) SECOND AS clock,
        CASE WHEN i % 2 = 0 THEN 18446744073709551615::UBIGINT ELSE i::UBIGINT END AS big
      FROM range(5000) r(i)`;
    await session.query(
      `COPY (${table}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 512, COMPRESSION zstd)`,
    );
    const bytes = await Deno.readFile(path);
    let pruned = 0;
    await fc.assert(
      fc.asyncProperty(anyPredicate(VALUES), async (where) => {
        const sql = `SELECT id FROM '${path}' WHERE ${predicateSql(where)} ORDER BY id`;
        const expected = (await session.query(sql)).rows().map(({ id }) => Number(id));
        const all = await ids(bytes, where, "off");
        assert.deepEqual(all.ids, expected, sql);
        const some = await ids(bytes, where, "pages");
        assert.deepEqual(some.ids, expected, sql);
        if (some.read < all.read) pruned++;
      }),
      { numRuns: 250, seed: 4 },
    );
    assert.ok(pruned > 40, `${pruned} of 250 read less`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A file of two row groups and many pages, with page indexes. */
function pagedFile(count: number): Uint8Array {
  const rows = Array.from({ length: count }, (_, i) => i);
  return new Uint8Array(parquetWriteBuffer({
    rowGroupSize: Math.ceil(count / 2),
    pageSize: 2000,
    codec: "UNCOMPRESSED",
    columnData: [
      { name: "id", type: "INT32", data: rows, columnIndex: true },
      { name: "d", type: "DOUBLE", data: rows.map((i) => Math.sin(i / 800)), columnIndex: true },
      {
        name: "s",
        type: "STRING",
        data: rows.map((i) => i % 7 === 0 ? null : `name ${Math.floor(i / 360)}`),
        columnIndex: true,
      },
      {
        name: "n",
        type: "INT64",
        data: rows.map((i) => i < count / 3 ? null : BigInt(i)),
        columnIndex: true,
      },
      {
        name: "text",
        type: "STRING",
        data: rows.map((i) => `some longer text of row ${i * 7919}`),
      },
    ],
  }));
}

Deno.test("pages that cannot match are not fetched, and the rows are the same", async () => {
  const bytes = pagedFile(12_000);
  const values = {
    id: fc.integer({ min: -10, max: 12_010 }),
    d: fc.double({ min: -1.2, max: 1.2, noNaN: true }),
    s: fc.constantFrom("name 3", "name 30", "name 3x", "a", "zz"),
    n: fc.bigInt(-10n, 12_010n),
  };
  let pruned = 0;
  await fc.assert(
    fc.asyncProperty(anyPredicate(values), async (where) => {
      const read = async (pruning: Pruning) => {
        const source = TestSource.of(bytes);
        const rows: unknown[] = [];
        for await (const row of new ParquetReader(source, { pruning }).rows({ where })) {
          rows.push(row);
        }
        return { rows, bytes: source.bytes };
      };
      const [all, groups, pages] = [
        await read("off"),
        await read("row-groups"),
        await read("pages"),
      ];
      assert.deepEqual(groups.rows, all.rows);
      assert.deepEqual(pages.rows, all.rows);
      if (pages.bytes < groups.bytes / 2) pruned++;
    }),
    { numRuns: 80, seed: 7 },
  );
  assert.ok(pruned > 15, `${pruned} of 80 read less than half`);
});

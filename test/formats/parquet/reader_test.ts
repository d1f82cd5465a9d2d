import assert from "node:assert/strict";
import { parquetWriteBuffer } from "hyparquet-writer";
import { CancelledError, UnreadableFileError, UsageError } from "../../../src/errors.ts";
import { ParquetReader } from "../../../src/formats/parquet/reader.ts";
import { compare, isNull } from "../../../src/formats/predicate.ts";
import { allBatches } from "../support/canonical.ts";
import { TestSource } from "../support/memory_source.ts";

type Columns = Parameters<typeof parquetWriteBuffer>[0]["columnData"];

function file(columnData: Columns, options: { rowGroupSize?: number; pageSize?: number } = {}) {
  return new Uint8Array(parquetWriteBuffer({ columnData, codec: "UNCOMPRESSED", ...options }));
}

/** Four row groups of 50,000 rows; the first column of a group is 400 kB, the second 200 kB. */
function wide(): Uint8Array {
  const rows = Array.from({ length: 200_000 }, (_, i) => i);
  return file([
    { name: "a", type: "DOUBLE", data: rows.map((i) => i / 3), columnIndex: true },
    { name: "b", type: "INT32", data: rows.map((i) => (i * 7919) % 100_003), columnIndex: true },
    { name: "c", type: "DOUBLE", data: rows.map((i) => -i), columnIndex: true },
  ], { rowGroupSize: 50_000, pageSize: 40_000 });
}

async function rowsOf(reader: ParquetReader, options = {}): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const row of reader.rows(options)) rows.push(row);
  return rows;
}

Deno.test("a small file costs one request", async () => {
  const bytes = file([{ name: "x", data: [1, 2, 3], type: "INT32" }]);
  const source = TestSource.of(bytes);
  const reader = new ParquetReader(source);
  assert.deepEqual(await rowsOf(reader), [{ x: 1 }, { x: 2 }, { x: 3 }]);
  assert.deepEqual(await rowsOf(reader, { columns: ["x"], limit: 1 }), [{ x: 1 }]);
  assert.deepEqual(source.calls, [{
    kind: "read",
    extents: [{ offset: 0, length: bytes.length }],
  }]);
});

Deno.test("only the columns that are wanted are read, a row group a request", async () => {
  const bytes = wide();
  const source = TestSource.of(bytes);
  const reader = new ParquetReader(source);
  const plan = await reader.plan({ columns: ["c"] });
  assert.equal(source.calls.length, 1);
  assert.equal(source.extents[0].length, 32 * 1024);
  let rows = 0;
  for await (const batch of reader.batches({ columns: ["c"] })) rows += batch.numRows;
  assert.equal(rows, 200_000);
  const wanted = plan.flatMap(({ steps }) => steps.flatMap(({ extents }) => extents.flat()));
  // 400 kB each: all four go into the 2 MiB that are fetched at once.
  assert.deepEqual(source.calls.slice(1).map(({ extents }) => extents), [wanted]);
  assert.equal(wanted.length, 4);
  for (const { length } of wanted) assert.ok(length > 400_000 && length < 402_000, `${length}`);
});

Deno.test("statistics leave out row groups and pages, exactly", async () => {
  const source = TestSource.of(wide());
  const reader = new ParquetReader(source);
  const where = compare("a", "=", 120_000 / 3);
  assert.deepEqual(await rowsOf(reader, { columns: ["c"], where }), [{ c: -120_000 }]);
  // The page indexes came with the footer.
  const [, pages] = source.calls;
  assert.equal(source.calls.length, 2);
  // One page of a and one of c.
  assert.equal(pages.extents.length, 2);
  for (const { length } of pages.extents) assert.ok(length < 41_000, `${length}`);
});

Deno.test("where nothing can match, only the footer is read", async () => {
  const source = TestSource.of(wide());
  const where = compare("a", "<", -1);
  const batches = await allBatches(new ParquetReader(source).batches({ where }));
  assert.deepEqual(batches.map(({ numRows }) => numRows), [0]);
  assert.deepEqual(batches[0].schema.fields.map(({ name }) => name), ["a", "b", "c"]);
  assert.equal(source.calls.length, 1);
});

Deno.test("a limit reads the pages that have its rows", async () => {
  const source = TestSource.of(wide());
  const rows = await rowsOf(new ParquetReader(source), { limit: 10 });
  assert.deepEqual(rows.map(({ c }) => c), [-0, -1, -2, -3, -4, -5, -6, -7, -8, -9]);
  assert.ok(source.bytes < 200_000, `${source.bytes}`);
  const none = TestSource.of(wide());
  assert.deepEqual(await rowsOf(new ParquetReader(none), { limit: 0 }), []);
  assert.equal(none.calls.length, 1);
});

Deno.test("no columns: rows are counted from the footer", async () => {
  const source = TestSource.of(wide());
  let rows = 0;
  for await (const batch of new ParquetReader(source).batches({ columns: [] })) {
    assert.equal(batch.numCols, 0);
    rows += batch.numRows;
  }
  assert.equal(rows, 200_000);
  assert.equal(source.calls.length, 1);
});

Deno.test("batches have at most as many rows as wanted, whatever the row groups", async () => {
  const rows = Array.from({ length: 1000 }, (_, i) => i);
  const bytes = file([{ name: "x", data: rows, type: "INT32" }], { rowGroupSize: 30 });
  for (const batchRows of [1, 7, 30, 100, 5000]) {
    const batches = await allBatches(
      new ParquetReader(TestSource.of(bytes)).batches({ batchRows }),
    );
    const found = batches.flatMap((batch) => [...batch.getChildAt(0)!]);
    assert.deepEqual(found, rows);
    for (const { numRows } of batches) assert.ok(numRows > 0 && numRows <= batchRows);
    if (batchRows === 100) assert.ok(batches.length < 20, `${batches.length} batches`);
  }
});

Deno.test("a large row group is read in steps, lists and texts over them", async () => {
  const count = 40_000;
  const texts = Array.from({ length: count }, (_, i) => `${i} `.repeat(1 + i % 90));
  const bytes = file([
    { name: "id", type: "INT32", data: texts.map((_, i) => i) },
    { name: "text", type: "STRING", data: texts },
    { name: "more", type: "STRING", data: texts.map((text) => text + text) },
  ], { rowGroupSize: count });
  assert.ok(bytes.length > 24 * 1024 * 1024, `${bytes.length}`);
  const source = TestSource.of(bytes);
  const reader = new ParquetReader(source);
  const [{ steps }] = await reader.plan();
  assert.equal(steps.length, Math.ceil((bytes.length - 40_000) / (8 * 1024 * 1024)));
  let row = 0;
  for await (const batch of reader.batches()) {
    const [id, text, more] = [0, 1, 2].map((i) => batch.getChildAt(i)!);
    for (let i = 0; i < batch.numRows; i += 37) {
      const at = row + i;
      assert.equal(id.get(i), at);
      assert.equal(text.get(i), texts[at]);
      assert.equal(more.get(i), texts[at] + texts[at]);
    }
    row += batch.numRows;
  }
  assert.equal(row, count);
});

Deno.test("leaving the loop ends the reading", async () => {
  const source = TestSource.of(wide());
  for await (const batch of new ParquetReader(source).batches({ batchRows: 100 })) {
    assert.equal(batch.numRows, 100);
    break;
  }
  assert.ok(source.calls.length <= 4);
});

Deno.test("a signal ends the reading, before and in between", async () => {
  const reader = new ParquetReader(TestSource.of(wide()));
  await assert.rejects(
    allBatches(reader.batches({ signal: AbortSignal.abort() })),
    CancelledError,
  );
  const controller = new AbortController();
  const read = async () => {
    for await (const _ of reader.batches({ batchRows: 10, signal: controller.signal })) {
      controller.abort();
    }
  };
  await assert.rejects(read(), CancelledError);
  assert.equal((await rowsOf(reader, { limit: 3 })).length, 3);
});

Deno.test("what is asked for is checked against the columns", async () => {
  const reader = new ParquetReader(TestSource.of(wide()));
  const wrong = [
    { columns: ["z"] },
    { columns: ["a", "a"] },
    { where: compare("z", "=", 1) },
    { where: compare("a", "=", "text") },
    { where: compare("b", "=", true) },
    { limit: -1 },
    { batchRows: 0 },
  ];
  for (const options of wrong) {
    await assert.rejects(allBatches(reader.batches(options)), UsageError, JSON.stringify(options));
  }
});

Deno.test("what is no Parquet file is said to be none", async () => {
  for (const bytes of [new Uint8Array(0), new Uint8Array(100), new TextEncoder().encode("PAR1")]) {
    await assert.rejects(
      new ParquetReader(TestSource.of(bytes)).describe(),
      (error) => error instanceof UnreadableFileError && /no Parquet file/.test(error.message),
    );
  }
  const cut = wide().subarray(0, 100_000);
  await assert.rejects(new ParquetReader(TestSource.of(cut)).describe(), UnreadableFileError);
});

Deno.test("describe says what the footer says", async () => {
  const { columns, rows, bytes, details } = await new ParquetReader(TestSource.of(wide()))
    .describe();
  assert.deepEqual(columns.map(({ name, type }) => [name, type]), [
    ["a", "DOUBLE"],
    ["b", "INTEGER"],
    ["c", "DOUBLE"],
  ]);
  assert.equal(rows, 200_000);
  assert.equal(bytes, wide().length);
  assert.equal(details.rowGroups, 4);
});

Deno.test("columns of one name, and one named __proto__, are all there", async () => {
  const bytes = file([
    { name: "x", data: [1], type: "INT32" },
    { name: "x", data: [2], type: "INT32" },
    { name: "__proto__", data: [3], type: "INT32" },
  ]);
  const [row] = await rowsOf(new ParquetReader(TestSource.of(bytes)), { where: isNotNull("x_1") });
  assert.deepEqual(Object.entries(row), [["x", 1], ["x_1", 2], ["__proto__", 3]]);
});

function isNotNull(column: string) {
  return { kind: "not" as const, term: isNull(column) };
}

/** Every CSV file of the corpora and of the datasets: DuckDB's columns and values. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { connect, type Session } from "../../../src/mod.ts";
import { CsvReader } from "../../../src/formats/csv/reader.ts";
import { allBatches, fieldLines, rowLines } from "../support/canonical.ts";
import { corpus, filesIn } from "../support/corpora.ts";
import { TestSource } from "../support/memory_source.ts";

async function check(session: Session, path: string): Promise<void> {
  const expected = await session.query(`FROM read_csv('${path}')`);
  const table = expected.toArrow();
  const reader = new CsvReader(TestSource.file(path, { chunkSize: 1000 }));
  const batches = await allBatches(reader.batches());
  assert.deepEqual(fieldLines(batches[0]), fieldLines(table), path);
  assert.deepEqual(rowLines(batches), rowLines(table.batches), path);
  const { columns } = await reader.describe();
  assert.deepEqual(
    columns.map(({ name, type }) => `${name} ${type}`),
    expected.columns.map(({ name, type }) => `${name} ${type}`),
    path,
  );
}

const testData = corpus("csv-test-data");
const parquetData = corpus("parquet-testing");

Deno.test({
  name: "CSV corpora: DuckDB's types and values, without a refusal",
  ignore: testData === undefined || parquetData === undefined,
  async fn() {
    await using session = await connect();
    const files = [
      ...filesIn(`${testData}/csv`, /\.csv$/),
      ...filesIn(`${parquetData}/data`, /\.csv$/),
    ];
    assert.equal(files.length, 28);
    for (const path of files) await check(session, path);
  },
});

Deno.test("the datasets' CSV files have DuckDB's types and values", async () => {
  await using session = await connect();
  const folder = fileURLToPath(new URL("../../../datasets/data", import.meta.url));
  const files = [
    ...filesIn(`${folder}/nycflights13`, /\.csv(\.gz)?$/),
    ...filesIn(`${folder}/weather`, /\.csv$/),
  ];
  assert.equal(files.length, 5);
  for (const path of files) await check(session, path);
});

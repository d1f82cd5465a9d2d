/** Every file of the corpora: DuckDB's answer, or a clear error that this table expects. */
import assert from "node:assert/strict";
import { connect, type Session } from "../../../src/mod.ts";
import { DipperError, type ErrorTag } from "../../../src/errors.ts";
import { ParquetReader } from "../../../src/formats/parquet/reader.ts";
import { allBatches, fieldLines, rowLines } from "../support/canonical.ts";
import { corpus, filesIn } from "../support/corpora.ts";
import { TestSource } from "../support/memory_source.ts";

const FOLDERS = [
  "parquet-testing/data",
  "parquet-testing/bad_data",
  "parquet-testing/data/geospatial",
  "parquet-testing/data/aes256",
  "parquet-testing/shredded_variant",
  "geoparquet/examples",
  "geoparquet/test_data",
];

/** Files that are refused: how, and what the message says. All `*.encrypted` are besides. */
const REFUSED: Readonly<Record<string, readonly [ErrorTag, RegExp]>> = {
  // DuckDB and pyarrow read these two unless they are asked to check.
  "datapage_v1-corrupt-checksum.parquet": ["unreadable_file", /"a".*checksum does not match/],
  "rle-dict-uncompressed-corrupt-checksum.parquet": [
    "unreadable_file",
    /"long_field".*checksum does not match/,
  ],
  // One text of 1 GiB: pyarrow refuses it too, DuckDB's rows do not fit into an Arrow column.
  "large_string_map.brotli.parquet": ["unsupported", /page of 1073741828 bytes/],
  "ARROW-GH-41317.parquet": ["unreadable_file", /"timestamp_us_no_tz" is not in its place/],
  "ARROW-GH-41321.parquet": ["unreadable_file", /"int64".*0 values where there should be 3/],
  "ARROW-GH-45185.parquet": ["unreadable_file", /starts inside of a row/],
  "ARROW-GH-47662.parquet": ["unreadable_file", /a page ends before its values/],
  "ARROW-RS-GH-6229-DICTHEADER.parquet": ["unreadable_file", /a place outside of the file/],
  "ARROW-RS-GH-6229-LEVELS.parquet": ["unreadable_file", /more values than their column/],
  "PARQUET-1481.parquet": ["unreadable_file", /the physical type -7 does not exist/],
};

/** Files that are read here and not by DuckDB 1.5.5, with their rows; pyarrow reads them equal. */
const BEYOND_DUCKDB: Readonly<Record<string, number>> = {
  "byte_stream_split_extended.gzip.parquet": 200,
  "hadoop_lz4_compressed.parquet": 4,
  "hadoop_lz4_compressed_larger.parquet": 10_000,
  "non_hadoop_lz4_compressed.parquet": 4,
  "map_no_value.parquet": 3,
};

/** Rows in which DuckDB's answer is not what was written. */
const BETTER_THAN_DUCKDB: Readonly<Record<string, readonly number[]>> = {
  // The year 290000 overflows DuckDB's nanoseconds, and pyarrow's.
  "int96_from_spark.parquet": [5],
};

const folders = corpus("parquet-testing") === undefined
  ? []
  : FOLDERS.map((name) => corpus(name)).filter((path) => path !== undefined);

Deno.test({
  name: "Parquet corpora: DuckDB's types and values, or the expected error",
  ignore: folders.length === 0,
  async fn() {
    await using session = await connect();
    const files = folders.flatMap((folder) => filesIn(folder, /\.parquet(\.encrypted)?$/));
    for (const path of files) await checkFile(session, path);
    assert.ok(files.length > 80, `${files.length} files`);
  },
});

async function checkFile(session: Session, path: string): Promise<void> {
  const name = path.split("/").at(-1)!;
  const reader = new ParquetReader(TestSource.file(path));
  const refused = path.endsWith(".encrypted")
    ? ["unsupported", /encrypted Parquet file/] as const
    : REFUSED[name];
  if (refused !== undefined) {
    await assert.rejects(allBatches(reader.batches()), (error) => {
      assert.ok(error instanceof DipperError, `${name}: ${error}`);
      assert.equal(error.tag, refused[0], name);
      assert.match(error.message, refused[1], name);
      if (error.tag === "unreadable_file") assert.ok(error.context.byteOffset! > 0, name);
      return true;
    });
    return;
  }
  const batches = await allBatches(reader.batches());
  const lines = rowLines(batches);
  const { columns, rows } = await reader.describe();
  assert.equal(lines.length, rows, name);
  if (name in BEYOND_DUCKDB) return assert.equal(rows, BEYOND_DUCKDB[name], name);
  // DuckDB decodes VARIANT; here, as in pyarrow, a column has the storage.
  if (batches[0].schema.fields.some(({ metadata }) => isVariant(metadata))) return;
  const expected = await session.query(`FROM read_parquet('${path}')`);
  const table = expected.toArrow();
  assert.deepEqual(fieldLines(batches[0]), fieldLines(table), name);
  const sqlTypes = expected.columns.map(({ type }) => type.replace(/^GEOMETRY\(.*\)$/, "GEOMETRY"));
  assert.deepEqual(columns.map(({ type }) => type), sqlTypes, name);
  const better = BETTER_THAN_DUCKDB[name] ?? [];
  const kept = (all: string[]) => all.filter((_, i) => !better.includes(i));
  assert.deepEqual(kept(lines), kept(rowLines(table.batches)), name);
}

function isVariant(metadata: Map<string, string>): boolean {
  return metadata.get("ARROW:extension:name") === "arrow.parquet.variant";
}

Deno.test({
  name: "Parquet corpora: damage anywhere gives rows or a tagged error, never another",
  ignore: folders.length === 0,
  async fn() {
    const random = generator(20_261_121);
    const files = folders.slice(0, 3).flatMap((folder) => filesIn(folder, /\.parquet$/))
      .filter((path) => Deno.statSync(path).size < 60_000);
    const outcomes = { rows: 0, unreadable_file: 0, unsupported: 0 };
    for (let run = 0; run < 600; run++) {
      const path = files[random() % files.length];
      const bytes = Deno.readFileSync(path);
      for (let i = random() % 4; i >= 0; i--) bytes[random() % bytes.length] = random() & 0xff;
      try {
        await allBatches(new ParquetReader(TestSource.of(bytes)).batches({ limit: 20_000 }));
        outcomes.rows++;
      } catch (error) {
        assert.ok(error instanceof DipperError, `${path}: ${(error as Error).stack}`);
        assert.ok(error.tag === "unreadable_file" || error.tag === "unsupported", error.tag);
        outcomes[error.tag]++;
      }
    }
    assert.ok(outcomes.rows > 50 && outcomes.unreadable_file > 50, JSON.stringify(outcomes));
  },
});

/** A small linear congruential generator: the same damage at each run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 8;
}

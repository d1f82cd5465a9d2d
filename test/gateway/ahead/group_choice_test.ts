import assert from "node:assert/strict";
import { DuckDBInstance } from "@duckdb/node-api";
import type { ParquetMetadata } from "../../../src/formats/parquet/metadata.ts";
import { and, compare, or, type Predicate } from "../../../src/formats/predicate.ts";
import { footerStart, readFooter, TRAILER } from "../../../src/gateway/ahead/chunk_map.ts";
import { chooseGroups, type GroupChoice } from "../../../src/gateway/ahead/group_choice.ts";
import { expectedRead } from "../../../src/gateway/ahead/hint.ts";

const GROUPS = 10;
const ROWS = 2048;

/** Row groups of 2,048 rows: `id` ascends, `any` is anything, `t`, `d`, `f`, `n` and `s` go with `id`. */
async function footer(): Promise<ParquetMetadata> {
  const file = await Deno.makeTempFile();
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT i AS id, (hash(i) % 100000000)::BIGINT AS "any",
      TIMESTAMP '2020-01-01' + INTERVAL (i) MINUTE AS t, DATE '2020-01-01' + (i // 1000)::INTEGER AS d,
      i / 7.0::DOUBLE AS f, (i / 100.0)::DECIMAL(12, 2) AS n, printf('%08d', i) AS s,
      {'x': i / 3.0::DOUBLE, 'y': i} AS place, CASE WHEN i < 4096 THEN i END AS gone,
      i::UTINYINT::UINTEGER + 4294960000::UINTEGER AS u
      FROM (SELECT range AS i FROM range(${GROUPS * ROWS})) t WHERE true)
      TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE ${ROWS})`.replace("i::UTINYINT", "(i % 256)"),
  );
  connection.closeSync();
  instance.closeSync();
  const bytes = await Deno.readFile(file);
  await Deno.remove(file);
  return readFooter(bytes.subarray(footerStart(bytes, bytes.length)!, bytes.length - TRAILER))!;
}

function choose(
  metadata: ParquetMetadata,
  where: Predicate | undefined,
  mentioned: readonly string[] = [],
): GroupChoice[] {
  const paths = metadata.rowGroups[0].columns.map(({ path }) => path.join("."));
  const filter = { where, isWhole: mentioned.length === 0, mentioned };
  const expected = expectedRead({ scans: [{ columns: ["id", "s"], filter }] }, paths, "k")!;
  return chooseGroups(
    metadata,
    { columns: expected.columns, filter: expected.filter! },
    { groups: 0, kept: 0, guessed: 0 },
  );
}

const only = (from: number, to: number, choice: GroupChoice) =>
  Array.from({ length: GROUPS }, (_, i) => i >= from && i <= to ? choice : "none");
const each = (choice: GroupChoice) => only(0, GROUPS - 1, choice);

Deno.test("row groups that cannot have a row are left out, of every type that is understood", async () => {
  const metadata = await footer();
  const between = (column: string, low: string, high: string) =>
    choose(metadata, and(compare(column, ">=", low), compare(column, "<=", high)));
  assert.deepEqual(between("id", "5000", "5100"), only(2, 2, "all"));
  assert.deepEqual(between("f", "714.3", "728.5"), only(2, 2, "all"));
  assert.deepEqual(between("n", "50.00", "51.00"), only(2, 2, "all"));
  assert.deepEqual(between("t", "2020-01-04 11:20:00", "2020-01-04 13:00:00"), only(2, 2, "all"));
  assert.deepEqual(between("d", "2020-01-06", "2020-01-06"), only(2, 2, "all"));
  assert.deepEqual(between("place.x", "1666.7", "1700.0"), only(2, 2, "all"));
  assert.deepEqual(between("s", "00005000", "00005100"), only(2, 2, "all"));
  assert.deepEqual(between("u", "0", "4294959999"), each("none"));
  assert.deepEqual(choose(metadata, compare("id", "=", "5000")), only(2, 2, "all"));
  assert.deepEqual(choose(metadata, compare("gone", ">=", "0")), only(0, 1, "all"));
  assert.deepEqual(
    choose(metadata, or(compare("id", "=", "5000"), compare("id", "=", "9000"))),
    [..."0123456789"].map((i) => i === "2" || i === "4" ? "all" : "none"),
  );
});

Deno.test("where a row is not likely, only the filtered column is read ahead", async () => {
  const metadata = await footer();
  assert.deepEqual(choose(metadata, compare("any", "=", "50000077")), each("filtered"));
  const narrow = and(compare("any", ">=", "50001000"), compare("any", "<=", "50001100"));
  assert.deepEqual(choose(metadata, narrow), each("filtered"));
  assert.deepEqual(choose(metadata, compare("u", "=", "4294960001")), each("filtered"));
  assert.deepEqual(
    choose(metadata, and(compare("any", "=", "50000077"), compare("u", "<", "4294960100"))),
    each("learned"),
  );
});

Deno.test("where rows are likely, all columns are, of however many row groups", async () => {
  const metadata = await footer();
  const wide = and(compare("any", ">=", "1000"), compare("any", "<=", "50000000"));
  assert.deepEqual(choose(metadata, wide), each("all"));
  assert.deepEqual(choose(metadata, compare("any", ">", "1000")), each("all"));
});

Deno.test("what is not understood leaves out nothing, and is guessed at for few row groups only", async () => {
  const metadata = await footer();
  assert.deepEqual(choose(metadata, undefined, ["suffix", "s"]), each("filtered"));
  assert.deepEqual(choose(metadata, compare("any", ">", "1000"), ["s"]), each("learned"));
  assert.deepEqual(choose(metadata, compare("id", "<", "2048"), ["s"]), only(0, 0, "all"));
  assert.deepEqual(choose(metadata, compare("id", "<", "half"), []), each("filtered"));
  assert.deepEqual(choose(metadata, compare("s", ">", "0000"), []), each("filtered"));
});

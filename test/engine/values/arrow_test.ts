import assert from "node:assert/strict";
import { Table, tableFromIPC, tableToIPC } from "apache-arrow";
import { ArrowEncoder, recordBatches } from "../../../src/engine/values/arrow.ts";
import { columnsOf } from "../../../src/engine/result.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { registerSecret } from "../../../src/redaction.ts";
import { connection, query } from "./query.ts";

/** Written as IPC and read again, both as a stream and as a file. */
function throughIpc(table: Table): Table[] {
  return (["stream", "file"] as const).map((format) => tableFromIPC(tableToIPC(table, format)));
}

const NESTED =
  `SELECT i, [i, NULL, i + 1] AS l, list_select(['number one ' || i, 'b' || i, NULL], [3, 1]) AS s,
  MAP {i: 'x' || i} AS m, CASE WHEN i % 3 = 0 THEN NULL ELSE [[i], NULL, [NULL, i]] END AS n,
  if(i % 2 = 0, {'a': i, 'b': 'text ' || i}, NULL) AS t, if(i % 5 = 0, ['p', NULL], NULL)::VARCHAR[2] AS f,
  if(i % 2 = 0, 'a', 'b')::ENUM('a', 'b') AS e, i % 2 = 0 AS b, if(i % 4 = 0, i, NULL)::DECIMAL(18,3) AS d
  FROM range(10000) t(i) WHERE i % 7 <> 0`;

/** All types; 24:00:00 and integers of 39 digits are not for Arrow. */
const ALL = `SELECT * EXCLUDE (time, time_ns) REPLACE (hugeint // 1000 AS hugeint)
  FROM test_all_types(use_large_enum = true)`;

/** What a value read by apache-arrow is in JSON. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return JSON.parse(
    JSON.stringify(value, (_key, item) => typeof item === "bigint" ? Number(item) : item),
  );
}

Deno.test("nested columns keep every value through IPC, over many chunks", async () => {
  const result = await query(NESTED);
  const rows = result.toJSON();
  for (const table of throughIpc(result.toArrow())) {
    assert.equal(table.numRows, rows.length);
    for (const name of ["i", "l", "s", "m", "n", "t", "f", "e", "b"]) {
      const column = table.getChild(name)!;
      for (let row = 0; row < rows.length; row += 37) {
        assert.deepEqual(plain(column.get(row)), rows[row][name], `${name} ${row}`);
      }
    }
    const decimals = table.getChild("d")!;
    const first = rows.findIndex(({ d }) => d !== null && d !== "0.000");
    assert.equal(decimals.nullCount, rows.filter(({ d }) => d === null).length);
    assert.equal(String(decimals.get(first)), (rows[first].d as string).replace(".", ""));
  }
});

Deno.test("a result without rows keeps its schema through IPC", async () => {
  const result = await query(
    "SELECT *, 'POINT (1 2)'::GEOMETRY AS g, NULL AS n FROM test_all_types() LIMIT 0",
  );
  for (const table of throughIpc(result.toArrow())) {
    assert.equal(table.numRows, 0);
    assert.deepEqual(table.schema.fields.map(String), result.toArrow().schema.fields.map(String));
  }
});

Deno.test("every type of DuckDB survives IPC", async () => {
  const result = await query(ALL);
  for (const table of throughIpc(result.toArrow())) {
    assert.equal(table.numRows, 3);
    for (const field of table.schema.fields) {
      assert.equal(table.getChild(field.name)!.get(2), null, field.name);
    }
    assert.equal(table.getChild("large_enum")!.get(1), "enum_69999");
    assert.equal(table.getChild("bigint")!.get(0), -(2n ** 63n));
    assert.equal(table.getChild("varchar")!.get(1), "goo\0se");
  }
});

Deno.test("extension types are named in the metadata", async () => {
  const { schema } = (await query(
    "SELECT uuid() AS u, '{}'::JSON AS j, 'POINT (1 2)'::GEOMETRY('OGC:CRS84') AS g",
  )).toArrow();
  const names = schema.fields.map((field) => field.metadata.get("ARROW:extension:name"));
  assert.deepEqual(names, ["arrow.uuid", "arrow.json", "geoarrow.wkb"]);
  assert.equal(
    schema.fields[2].metadata.get("ARROW:extension:metadata"),
    '{"crs":"OGC:CRS84","crs_type":"authority_code"}',
  );
});

Deno.test("batches of a stream have about the rows that are asked for", async () => {
  const reader = await (await connection()).stream(
    "SELECT i, 'v' || i AS s FROM range(20000) t(i)",
  );
  let open = 0;
  async function* chunks() {
    for (let chunk = await reader.fetchChunk(); chunk; chunk = await reader.fetchChunk()) {
      if (chunk.rowCount === 0) return;
      open++;
      yield chunk;
    }
  }
  const sizes: number[] = [];
  for await (const batch of recordBatches(chunks(), columnsOf(reader), { rows: 4096 })) {
    sizes.push(batch.numRows);
    assert.equal(open * 2048 >= sizes.reduce((a, b) => a + b), true);
    assert.ok(open <= sizes.length * 2, "chunks are asked for as they are needed");
    assert.equal(batch.getChild("s")!.get(0), `v${batch.getChild("i")!.get(0)}`);
  }
  assert.deepEqual(sizes, [4096, 4096, 4096, 4096, 3616]);
});

Deno.test("an ENUM of many batches is written to a file with one dictionary", async () => {
  const source = await (await connection()).run(
    "SELECT ['a', 'b', NULL][i % 3 + 1]::ENUM('a', 'b') AS e FROM range(10000) t(i)",
  );
  const encoder = new ArrowEncoder(columnsOf(source));
  const batches = [...encoder.batches(await source.fetchAllChunks(), { rows: 2048 })];
  assert.equal(batches.length, 5);
  for (const table of throughIpc(new Table(encoder.schema, batches))) {
    const column = table.getChild("e")!;
    for (let i = 0; i < 10_000; i++) assert.equal(column.get(i), ["a", "b", null][i % 3]);
  }
});

Deno.test("a stream without rows yields one batch with the schema", async () => {
  const reader = await (await connection()).stream("SELECT 1 AS x, 'a' AS y LIMIT 0");
  const batches = [];
  async function* none() {}
  for await (const batch of recordBatches(none(), columnsOf(reader))) batches.push(batch);
  assert.deepEqual(batches.map((batch) => batch.numRows), [0]);
  assert.deepEqual(batches[0].schema.names, ["x", "y"]);
});

Deno.test("what lies under a NULL is zero", async () => {
  const { batches: [batch] } = (await query(
    "SELECT CASE WHEN i % 2 = 0 THEN i END AS x, CASE WHEN i % 2 = 0 THEN 'b' ELSE NULL END::ENUM('a', 'b') AS e FROM range(100) t(i)",
  )).toArrow();
  const [x, e] = batch.data.children;
  for (let row = 1; row < 100; row += 2) {
    assert.equal(x.values[row], 0n);
    assert.equal(e.values[row], 0);
  }
});

Deno.test("what is past Arrow's range is refused, not bent", async () => {
  const past38 = "100000000000000000000000000000000000000";
  for (const past of ["INTERVAL 3000000 HOURS", past38, `-${past38}`]) {
    const result = await query(`SELECT ${past} AS x`);
    assert.throws(() => result.toArrow(), UnsupportedError, past);
  }
  const most = await query(
    "SELECT [-x, x] AS x FROM (SELECT 99999999999999999999999999999999999999 AS x)",
  );
  assert.equal(most.toArrow().numRows, 1);
});

Deno.test("no registered secret is in the bytes of IPC", async () => {
  const secret = "canary-arrow-77c1";
  registerSecret(secret);
  const result = await query(`SELECT 'x${secret}y' AS plain, ['ok', '${secret}'] AS list,
    MAP {'${secret}': 1} AS map, {'${secret}': 1} AS struct, 1 AS "${secret}",
    '${secret}'::ENUM('${secret}', 'other') AS enum, '{"${secret}": 1}'::JSON AS json,
    {'${secret}': '${secret}'}::VARIANT AS variant, union_value("${secret}" := '${secret}') AS u
    FROM range(3000)`);
  const table = result.toArrow();
  for (const format of ["stream", "file"] as const) {
    const bytes = tableToIPC(table, format);
    assert.ok(!new TextDecoder("latin1").decode(bytes).includes(secret));
  }
  assert.equal(table.getChild("plain")!.get(2999), "x[redacted]y");
});

const python = Deno.env.get("DIPPER_TEST_PYTHON");

Deno.test({
  name: "pyarrow reads the same values (needs DIPPER_TEST_PYTHON with pyarrow)",
  ignore: python === undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    const sources = {
      nested: NESTED,
      all: ALL,
      empty: "SELECT * FROM test_all_types() LIMIT 0",
      vectors:
        "SELECT * FROM test_vector_types(NULL::STRUCT(a VARCHAR, b INTEGER[]), all_flat = false)",
    };
    for (const [name, sql] of Object.entries(sources)) {
      const result = await query(sql);
      const table = result.toArrow();
      await Deno.writeFile(`${folder}/${name}.stream`, tableToIPC(table, "stream"));
      await Deno.writeFile(`${folder}/${name}.file`, tableToIPC(table, "file"));
      await Deno.writeTextFile(`${folder}/${name}.json`, JSON.stringify(result));
    }
    const script = new URL("./read_arrow.py", import.meta.url).pathname;
    const { code, stderr } = await new Deno.Command(python!, { args: [script, folder] }).output();
    await Deno.remove(folder, { recursive: true });
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  },
});

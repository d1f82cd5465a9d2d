import assert from "node:assert/strict";
import { errorFromDuckdb, httpFailure, wantedExtension } from "../../src/engine/duckdb_error.ts";
import type { DipperError, ErrorContext } from "../../src/errors.ts";
import { type PlainDuckdb, plainDuckdb } from "./support/duckdb.ts";

interface Files extends AsyncDisposable {
  path(name: string): string;
  write(name: string, content: string | Uint8Array): Promise<string>;
}

async function files(): Promise<Files> {
  const folder = await Deno.makeTempDir({ prefix: "dipper-files-" });
  const path = (name: string) => `${folder}/${name}`;
  return {
    path,
    async write(name, content) {
      await Deno.writeFile(
        path(name),
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
      return path(name);
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function explained(duckdb: PlainDuckdb, sql: string): Promise<DipperError> {
  return errorFromDuckdb(await duckdb.failure(sql), { text: sql, sql, offset: 0 });
}

Deno.test("a file that cannot be read is named, at its byte where DuckDB says it", async () => {
  using duckdb = await plainDuckdb();
  await using folder = await files();
  const whole = folder.path("whole.parquet");
  await duckdb.rows(`COPY (SELECT range AS n FROM range(100000)) TO '${whole}'`);
  const good = await Deno.readFile(whole);
  const cases: readonly [string, string | Uint8Array, Partial<ErrorContext>][] = [
    ["empty.parquet", "", {}],
    ["tiny.parquet", "x", {}],
    ["text.parquet", "this is no Parquet file, not at all", {}],
    ["footer.parquet", "PAR1 nothing at all PAR1", {}],
    ["cut.parquet", good.slice(0, 5000), {}],
    ["flipped.parquet", good.slice().fill(0x41, 100, 3000), {}],
    ["broken.json", '{"a":1}\n{"a" 2}\n', { byteOffset: 6 }],
    ["latin1.csv", new Uint8Array([97, 44, 98, 10, 0xff, 0xfe, 44, 50, 10]), {}],
    ["no.csv.gz", "not gzip at all", {}],
  ];
  for (const [name, content, context] of cases) {
    const path = await folder.write(name, content);
    const column = name.includes("flipped.parquet") ? "sum(n)" : "*";
    const error = await explained(duckdb, `SELECT ${column} FROM '${path}'`);
    assert.equal(error.tag, "unreadable_file", `${name}: ${error.message}`);
    assert.equal(error.context.uri, path, `${name}: ${error.message}`);
    assert.ok(error.message.includes(path), `${name}: ${error.message}`);
    assert.ok(error.hint, name);
    assert.ok(error.message.length < 400, `${name}: ${error.message}`);
    for (const [key, value] of Object.entries(context)) {
      assert.equal(error.context[key as keyof ErrorContext], value, name);
    }
  }
});

Deno.test("a damaged footer or Zstandard frame is an unreadable file, though DuckDB names none", async () => {
  using duckdb = await plainDuckdb();
  await using folder = await files();
  const whole = folder.path("whole.parquet");
  await duckdb.rows(`COPY (SELECT range AS n FROM range(100000)) TO '${whole}'`);
  const good = await Deno.readFile(whole);
  const footer = await folder.write(
    "f.parquet",
    good.fill(0xff, good.length - 200, good.length - 8),
  );
  const frame = await folder.write("no.csv.zst", "not zstd");
  for (const path of [footer, frame]) {
    assert.equal((await explained(duckdb, `FROM '${path}'`)).tag, "unreadable_file", path);
  }
});

Deno.test("SQL that DuckDB refuses says where", async () => {
  using duckdb = await plainDuckdb();
  const cases: [string, RegExp][] = [
    ["SELEC 1", /syntax error/],
    ["SELECT nope", /nope/],
    ["FROM nope", /nope/],
    ["SELECT nope(1)", /nope/],
    ["SELECT 1 + DATE '2020-01-01' + [1]", /No function matches/],
  ];
  for (const [sql, says] of cases) {
    const error = await explained(duckdb, sql);
    assert.equal(error.tag, "sql", sql);
    assert.match(error.message, says);
    assert.doesNotMatch(error.message, /LINE 1|Error:/);
    assert.equal(error.context.position?.line, 1, sql);
  }
  const late = await explained(duckdb, "SELECT 'x'::INT");
  assert.equal(late.tag, "sql");
});

Deno.test("a file that is not there, a full disk and too little memory have their own kinds", async () => {
  using duckdb = await plainDuckdb();
  const missing = await explained(duckdb, "FROM '/nowhere/x.parquet'");
  assert.deepEqual([missing.tag, missing.context.uri], ["key_not_found", "/nowhere/x.parquet"]);
  const full = await explained(duckdb, "COPY (FROM range(1000000)) TO '/dev/full' (FORMAT csv)");
  assert.equal(full.tag, "disk_full");
  const tight = { memory_limit: "20MB", threads: "1", temp_directory: "" };
  using small = await plainDuckdb(tight);
  const big = "CREATE TABLE t AS SELECT hash(range) AS a, random() AS b FROM range(5_000_000)";
  assert.equal((await explained(small, big)).tag, "out_of_memory");
  const spill = await Deno.makeTempDir();
  using spilling = await plainDuckdb();
  await spilling.rows("SET memory_limit = '20MB'; SET threads = 1");
  await spilling.rows(`SET temp_directory = '${spill}'; SET max_temp_directory_size = '1MB'`);
  const error = await explained(spilling, big);
  assert.equal(error.tag, "disk_full");
  assert.match(error.hint!, /TMPDIR/);
  await Deno.remove(spill, { recursive: true });
});

Deno.test("an extension that DuckDB asks for is recognised", async () => {
  using duckdb = await plainDuckdb({
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    extension_directory: "/nonexistent",
  });
  assert.equal(wantedExtension(await duckdb.failure("SELECT ST_Point(1, 2)")), "spatial");
  assert.equal(wantedExtension(await duckdb.failure("SELECT nope(1)")), undefined);
});

Deno.test("no cause keeps the excerpt of the SQL", async () => {
  using duckdb = await plainDuckdb();
  const sql = `SELECT '${"typed-by-hand".repeat(3)}', nope`;
  const error = await explained(duckdb, sql);
  assert.doesNotMatch(Deno.inspect(error.cause), /typed-by-hand|LINE 1/);
  assert.match((error.cause as Error).message, /nope/);
});

Deno.test("errors without HTTP in them are no failed request", async () => {
  using duckdb = await plainDuckdb();
  for (const sql of ["FROM '/nowhere/HTTP.parquet'", "SELECT nope", "SELECT 'URL'::INT"]) {
    assert.equal(httpFailure(await duckdb.failure(sql)), undefined, sql);
  }
});

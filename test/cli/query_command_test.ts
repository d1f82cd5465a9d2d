import assert from "node:assert/strict";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { Desk } from "./command.ts";

const AIRLINES = "s3://demo/nycflights13/airlines.csv";

Deno.test("dipper query", async (t) => {
  await using desk = await Desk.withDemo();
  const path = (name: string) => join(desk.home, name);

  await t.step("prints CSV into a pipe, and what it cost on standard error", async () => {
    const ran = await desk.run(["query", `FROM '${AIRLINES}' ORDER BY carrier LIMIT 2`]);
    assert.equal(ran.code, 0);
    assert.equal(ran.stdout, "carrier,name\n9E,Endeavor Air Inc.\nAA,American Airlines Inc.\n");
    assert.match(ran.stderr, /^\d+ requests? · .* · [\d.]+ s\n$/);
  });

  await t.step("prints every text format", async () => {
    const sql = "SELECT 1 AS n, NULL AS none, '' AS empty, 'a|b' AS bar";
    const format = (name: string) => desk.out(["query", sql, "--format", name, "--quiet"]);
    assert.equal(await format("csv"), 'n,none,empty,bar\n1,,"",a|b\n');
    assert.equal(await format("tsv"), "n\tnone\tempty\tbar\n1\t\\N\t\ta|b\n");
    assert.deepEqual(JSON.parse(await format("json")), [
      { n: 1, none: null, empty: "", bar: "a|b" },
    ]);
    assert.equal(await format("ndjson"), '{"n":1,"none":null,"empty":"","bar":"a|b"}\n');
    assert.match(await format("markdown"), /\| 1 \| \*NULL\* \| {2}\| a\\\|b \|/);
    assert.match(await format("table"), /│ +1 │ +NULL │ +│ a\|b +│/);
  });

  await t.step("keeps integers and decimals exact in JSON", async () => {
    const sql = "SELECT 9007199254740993 AS big, 1.10::DECIMAL(9,2) AS d, '[1]'::JSON AS j";
    assert.deepEqual(JSON.parse(await desk.out(["--json", "query", sql])), [
      { big: "9007199254740993", d: "1.10", j: [1] },
    ]);
  });

  await t.step("binds parameters, with and without a type", async () => {
    const args = ["query", "SELECT $a + 1 AS a, $s AS s, $d + INTERVAL 1 DAY AS d, $l[2] AS l"];
    const params = [
      "-p",
      "a=41",
      "-p",
      "s=x';--",
      "-p",
      "d:DATE=2013-02-28",
      "-p",
      "l:INT[]=[1,2]",
    ];
    assert.equal(
      await desk.out([...args, ...params]),
      "a,s,d,l\n42,x';--,2013-03-01 00:00:00,2\n",
    );
  });

  await t.step("takes SQL from standard input and from a file", async () => {
    assert.equal(await desk.out(["query"], { stdin: "SELECT 1 AS a" }), "a\n1\n");
    assert.equal(await desk.out(["query", "-"], { stdin: "-- c\nSELECT 2 AS a" }), "a\n2\n");
    await Deno.writeTextFile(path("q.sql"), "SELECT $x AS a");
    assert.equal(await desk.out(["query", "-f", "q.sql", "-p", "x=3"]), "a\n3\n");
    assert.equal(await desk.out(["query", "-- a comment\nSELECT 4 AS a"]), "a\n4\n");
  });

  await t.step("runs several statements in one session", async () => {
    const sql = "CREATE TABLE t AS SELECT 1 AS a; SELECT 'first' AS f; SELECT a + $x AS b FROM t";
    assert.equal(await desk.out(["query", sql, "-p", "x=1"]), "b\n2\n");
    const tables = await desk.out(["query", sql, "-p", "x=1", "--format", "markdown"]);
    assert.equal(tables, "| f |\n| --- |\n| first |\n\n| b |\n| ---: |\n| 2 |\n");
  });

  await t.step("stops at --limit rows", async () => {
    const sql = "SELECT range AS i FROM range(1000000000)";
    assert.equal(await desk.out(["query", sql, "--limit", "2"]), "i\n0\n1\n");
    assert.equal(await desk.out(["query", sql, "--limit", "0"]), "i\n");
  });

  await t.step("cuts a table at 40 rows and at the width of the terminal", async () => {
    const sql = "SELECT range AS i, repeat('wide ', 50) AS t FROM range(100)";
    const env = { COLUMNS: "50" };
    const table = await desk.out(["query", sql, "--format", "table"], { env });
    assert.match(table, /│ +39 │/);
    assert.doesNotMatch(table, /│ +40 │/);
    assert.match(table, /\nthe first 40 rows · 2 columns\n--limit N shows N/);
    const lines = table.split("\n").filter((line) => line.startsWith("│"));
    assert.ok(
      lines.every((line) => line.length === 50 && /…|│ +i │|BIGINT/.test(line)),
    );
    // deno-lint-ignore no-control-regex -- no colour without a terminal
    assert.doesNotMatch(table, /\x1b/);
  });

  await t.step("writes local files whole, in the format of their name", async () => {
    const sql = "SELECT range AS i FROM range(3)";
    await desk.out(["query", sql, "-o", "out.csv"]);
    assert.equal(await Deno.readTextFile(path("out.csv")), "i\n0\n1\n2\n");
    await desk.out(["query", sql, "-o", "out.parquet", "--limit", "2"]);
    assert.equal(await desk.out(["query", "SELECT count(*) AS n FROM 'out.parquet'"]), "n\n2\n");
    await desk.out(["query", sql, "-o", "out.arrow"]);
    assert.equal(tableFromIPC(await Deno.readFile(path("out.arrow"))).numRows, 3);
    const refused = await desk.run(["query", sql, "-o", "out.csv", "--if-exists", "error"]);
    assert.equal(refused.code, 1);
    const failed = await desk.run(["query", "SELECT error('no') FROM range(9)", "-o", "out.csv"]);
    assert.equal(failed.code, 1);
    assert.equal(await Deno.readTextFile(path("out.csv")), "i\n0\n1\n2\n");
    const left = [...Deno.readDirSync(desk.home)].filter(({ name }) => name.endsWith(".tmp"));
    assert.deepEqual(left, []);
  });

  await t.step("streams Arrow and Parquet into a pipe", async () => {
    const arrow = await desk.spawn(["query", "SELECT 1 AS a WHERE false", "--format", "arrow"])
      .output();
    const table = tableFromIPC(arrow.stdout);
    assert.deepEqual([table.numRows, table.schema.fields[0].name], [0, "a"]);
    const parquet = await desk.spawn(["query", "SELECT 1 AS a", "--format", "parquet"]).output();
    assert.equal(new TextDecoder().decode(parquet.stdout.slice(0, 4)), "PAR1");
  });

  await t.step("writes partitions to s3, refuses to overwrite, and reads them back", async () => {
    const sql = `SELECT * FROM 's3://demo/nycflights13/flights.parquet' WHERE month <= 2`;
    const write = ["query", sql, "-o", "s3://demo/out/", "--partition-by", "month"];
    const first = await desk.run(write);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stdout, "");
    assert.match(first.stderr, /wrote 51,955 rows, .* to s3:\/\/demo\/out\//);
    const again = await desk.run(write);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /hint: .*overwrite/);
    const count = "SELECT count(*) AS n FROM 's3://demo/out/month=*/*.parquet'";
    assert.equal(await desk.out(["query", count]), "n\n51955\n");
    const copied = JSON.parse(await desk.out([...write, "--if-exists", "overwrite", "--json"]));
    assert.equal(copied.rows, 51955);
    assert.equal(await desk.out(["query", count]), "n\n51955\n");
  });

  await t.step("writes its report by the published schema", async () => {
    const sql = `SELECT count(*) FROM '${AIRLINES}'`;
    await desk.out(["query", sql, "--report", "r.json", "--quiet"]);
    const report = JSON.parse(await Deno.readTextFile(path("r.json")));
    assert.deepEqual(Object.keys(report).sort(), [
      "bypassed",
      "bytes",
      "files",
      "hedges",
      "requests",
      "retries",
      "rows",
      "seconds",
      "transport",
    ]);
    assert.equal(report.rows, 1);
    assert.ok(report.requests.get >= 1);
  });

  await t.step("says what was forecast beside what it cost", async () => {
    const flights = "'s3://demo/nycflights13/flights.parquet'";
    const env = { DIPPER_CACHE_DIR: path("forecast-cache") };
    const sql = `SELECT 1 AS none; SELECT avg(arr_delay) FROM ${flights}`;
    const flags = ["--forecast", "--report", "f.json"];
    const ran = await desk.run(["query", sql, ...flags], { env });
    assert.equal(ran.code, 0);
    const { forecast, requests, bytes } = JSON.parse(await Deno.readTextFile(path("f.json")));
    assert.deepEqual(forecast, {
      requests: requests.get + requests.head + requests.list,
      bytes: bytes.read,
      certainty: "estimate",
    });
    assert.match(ran.stderr, / · forecast: about \d+ requests?, [\d.]+ .?B\n$/);
    // All columns of five rows: how much of the file that takes is not known before.
    await desk.out(["query", `FROM ${flights}`, "--limit", "5", ...flags], { env });
    const some = JSON.parse(await Deno.readTextFile(path("f.json")));
    assert.equal(some.forecast.certainty, "upper bound");
    const copy = ["query", `SELECT month FROM ${flights}`, "-o", "s3://demo/forecast.csv"];
    const written = JSON.parse(await desk.out([...copy, "--forecast", "--json"], { env }));
    assert.equal(written.report.forecast.certainty, "estimate");
    // What cannot be planned is run all the same.
    assert.match(await desk.out(["query", "PRAGMA version", "--forecast"]), /^library_version/);
  });

  await t.step("ends quietly when the reader of a pipe goes away", async () => {
    const sql = "SELECT range AS i FROM range(1000000000)";
    const ran = await desk.shell(`(dipper query "${sql}"; echo "code $?" >&2) | head -1`);
    assert.equal(ran.stdout, "i\n");
    assert.equal(ran.stderr, "code 0\n");
  });

  await t.step("is cancelled by Ctrl-C", async () => {
    const sql = "SELECT 'begun'; SELECT count(*) FROM range(1000000000000) WHERE hash(range) = 5";
    const child = desk.spawn(["query", sql, "--format", "markdown"]);
    const tooLong = setTimeout(() => child.kill("SIGKILL"), 60_000);
    const output = child.stdout.getReader();
    await output.read(); // the first result: the second is being computed
    child.kill("SIGINT");
    const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
    clearTimeout(tooLong);
    await output.cancel();
    assert.deepEqual([code, stderr], [130, "cancelled\n"]);
  });

  await t.step("shows where bad SQL is bad", async () => {
    const ran = await desk.run([
      "query",
      "SELECT 1;\nSELECT $d, nothing",
      "-p",
      "d:DATE=2026-01-01",
    ]);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /error: .*nothing/);
    assert.match(ran.stderr, / {2}2 \| SELECT \$d, nothing\n {17}\^\n/);
    assert.doesNotMatch(ran.stderr, /\n +at .*\.ts/);
  });

  await t.step("gives errors as one JSON object, a stack only with --debug", async () => {
    const ran = await desk.run(["query", "FROM 's3://demo/nycflights13/airline.csv'", "--json"]);
    assert.equal(ran.code, 3);
    const { error } = JSON.parse(ran.stderr);
    assert.equal(error.tag, "key_not_found");
    assert.equal(error.context.nearest[0], "nycflights13/airlines.csv");
    assert.equal(error.exitCode, 3);
    assert.equal(error.stack, undefined);
    const debug = await desk.run(["--debug", "query", "SELEC"]);
    assert.match(debug.stderr, /\n +at .*\.ts/);
  });

  await t.step("checks its flags before anything runs", async () => {
    const wrong: [string[], RegExp][] = [
      [["SELECT 1", "-o", "out"], /does not say which format/],
      [["SELECT 1", "--partition-by", "a"], /needs -o s3/],
      [["SELECT 1", "--limit", "many"], /number of rows/],
      [["SELECT 1", "--format", "xlsx"], /table, csv/],
      [["SELECT 1", "-p", "x=1"], /no parameter \$x/],
      [["SELECT 1", "-f", "q.sql"], /both/],
      [["-f", "none.sql"], /no such file/],
      [["SELECT 1", "--formt", "csv"], /--format/],
      [["CREATE TABLE t(a INT)", "-o", "o.csv"], /no statement gives rows/],
      [["SELECT 1", "-o", "s3://demo/x.parquet", "--limit", "1"], /LIMIT in the SQL/],
    ];
    for (const [args, message] of wrong) {
      const ran = await desk.run(["query", ...args]);
      assert.equal(ran.code, 2, ran.stderr);
      assert.match(ran.stderr, message);
      assert.equal(ran.stdout, "");
    }
  });
});

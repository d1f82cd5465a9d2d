import assert from "node:assert/strict";
import { isDipperError } from "../../src/errors.ts";
import { tableBundle } from "../../src/show/jupyter.ts";
import { JUPYTER_DISPLAY } from "../../src/show/mime.ts";
import { QueryResult } from "../../src/mod.ts";
import type { FaultPlan } from "../support/proxy.ts";
import { type Bench, openBench, rejection } from "../engine/support/session.ts";
import { newCanary, sighting, textsOf } from "./canary.ts";

/** What the session was opened with; the same for every test of this file. */
const SECRET = newCanary();
const TOKEN = newCanary();
const KEYS = { accessKeyId: "AKIACANARY", secretAccessKey: SECRET, sessionToken: TOKEN };

function assertUnseen(
  texts: Iterable<readonly [string, string]>,
  canaries: string[],
  what: string,
) {
  for (const [where, text] of texts) {
    for (const canary of canaries) {
      const seen = sighting(text, canary);
      assert.equal(seen, undefined, `${what}: seen in ${where}: …${seen}…`);
    }
  }
}

const refusal = (status: number, code: string, told: string): FaultPlan => () => ({
  kind: "answer",
  status,
  body: `<Error><Code>${code}</Code><Message>${told}</Message><Token-0>${TOKEN}</Token-0>` +
    `<StringToSign>AWS4-HMAC-SHA256 ${SECRET} ${encodeURIComponent(TOKEN)}</StringToSign></Error>`,
  headers: { "content-type": "application/xml", "x-amz-told": encodeURIComponent(TOKEN) },
});

/** Failures of every kind. `typed` is a secret that the person writes into the SQL. */
const FAILURES: readonly {
  readonly what: string;
  readonly fault?: FaultPlan;
  readonly work: (bench: Bench, typed: string) => Promise<unknown>;
}[] = [
  {
    what: "a refused signature, echoed by the service",
    fault: refusal(403, "SignatureDoesNotMatch", `you signed with ${SECRET}`),
    work: ({ session, uri }) => session.query(`FROM '${uri("x.csv")}'`),
  },
  {
    what: "an expired token, echoed by the service",
    fault: refusal(400, "ExpiredToken", `the token ${TOKEN} has expired`),
    work: ({ session, uri }) => session.query(`FROM '${uri("x.csv")}'`),
  },
  {
    what: "a missing right, echoed by the service",
    fault: refusal(403, "AccessDenied", `${encodeURIComponent(TOKEN)} may not`),
    work: ({ session, uri }) => session.copyTo("SELECT 1 AS a", uri("y.parquet")),
  },
  {
    what: "a failing service that echoes",
    fault: refusal(500, "InternalError", `${SECRET} ${TOKEN}`),
    work: ({ session, uri }) => session.describe(uri("x.csv")),
  },
  {
    what: "a broken connection",
    fault: () => ({ kind: "reset" }),
    work: ({ session, uri }) => session.query(`FROM '${uri("x.csv")}'`),
  },
  {
    what: "a missing key",
    work: ({ session, uri }) => session.query(`FROM '${uri("missing.csv")}'`),
  },
  {
    what: "a CSV that quotes the secret and cannot be read",
    work: ({ session, uri }) =>
      session.query(
        `FROM read_csv('${uri("leak.csv")}', columns = {'a': 'INT', 'b': 'INT'},
           header = true, auto_detect = false, quote = '', escape = '')`,
      ),
  },
  {
    what: "a value that cannot be cast",
    work: ({ session, uri }) =>
      session.query(`SELECT a::INT FROM read_csv('${uri("leak.csv")}', quote = '')`),
  },
  {
    what: "an error() of the person's own",
    work: ({ session }) =>
      session.query("SELECT error('here: ' || current_setting('s3_secret_access_key'))"),
  },
  {
    what: "bad SQL beside a setting",
    work: ({ session }) =>
      session.query("SELECT nope FROM duckdb_settings() WHERE value = $v", { v: SECRET }),
  },
  {
    what: "an unknown parameter",
    work: ({ session }) => session.query("SELECT $a", { a: 1, b: SECRET }),
  },
  {
    what: "an address with the secret in it",
    work: ({ session }) => session.describe(`s3://${encodeURIComponent(SECRET)}/x.csv`),
  },
  {
    what: "logging, switched on",
    work: ({ session }) => session.query("CALL enable_logging('HTTP')"),
  },
  { what: "logs, read", work: ({ session }) => session.query("FROM duckdb_logs") },
  {
    what: "settings, cut",
    work: ({ session }) =>
      session.query("SELECT reverse(current_setting('s3_secret_access_key')) AS s"),
  },
  {
    what: "settings, kept",
    work: ({ session }) => session.query("CREATE TABLE t AS FROM duckdb_settings()"),
  },
  {
    what: "settings, copied to the bucket",
    work: ({ session, uri }) => session.copyTo("FROM duckdb_settings()", uri("s.csv")),
  },
  {
    what: "a typed secret before a syntax error",
    work: ({ session }, typed) =>
      session.query(`CREATE SECRET (TYPE s3, KEY_ID 'AK', SECRET '${sql(typed)}' REGION 'x')`),
  },
  {
    what: "a typed secret that is itself the syntax error",
    work: ({ session }, typed) => session.query(`CREATE SECRET (TYPE s3 '${sql(typed)}')`),
  },
  {
    what: "a typed secret under a misspelt name",
    work: ({ session }, typed) => session.query(`CREATE SECRET (TYPE s3, SECRTE '${sql(typed)}')`),
  },
  {
    what: "a typed secret in a quote that is not closed",
    work: ({ session }, typed) =>
      session.query(`CREATE SECRET (TYPE s3, SECRET '${typed.replace("'", "")}, REGION 'x')`),
  },
  {
    what: "a typed secret in an excerpt that DuckDB cuts",
    work: ({ session }, typed) =>
      session.query(
        `CREATE SECRET (TYPE s3, SESSION_TOKEN '${"x".repeat(40)}${sql(typed)}' ${
          " ".repeat(30)
        } !)`,
      ),
  },
  {
    what: "a typed setting under a misspelt name",
    work: ({ session }, typed) =>
      session.query(`SET s3_secret_access_key = '${sql(typed)}' AND nothing`),
  },
  {
    what: "a typed secret in an address",
    work: ({ session, uri }, typed) =>
      session.query(
        `FROM '${uri("none.csv")}?s3_access_key_id=AK&s3_secret_access_key=${
          encodeURIComponent(typed).replace("'", "%27")
        }'`,
      ),
  },
  {
    what: "a typed password of a server",
    work: ({ session }, typed) =>
      session.query(
        `FROM 'http://user:${encodeURIComponent(typed).replace("'", "%27")}@127.0.0.1:9/x.csv'`,
      ),
  },
];

function sql(text: string): string {
  return text.replaceAll("'", "''");
}

for (const { what, fault, work } of FAILURES) {
  Deno.test(`no secret in the error of ${what}`, async () => {
    const typed = newCanary();
    const notices: string[] = [];
    let isHarmed = false;
    await using bench = await openBench(
      { ...KEYS, notice: (notice) => notices.push(notice) },
      (request) => isHarmed ? fault?.(request) : undefined,
    );
    await bench.store.put("x.csv", "a\n1\n");
    await bench.store.put("leak.csv", `a,b\n${SECRET},${TOKEN}\n`);
    await bench.session.query("SET GLOBAL http_retry_wait_ms = 1");
    isHarmed = true;
    const error = await rejection(work(bench, typed));
    assert.ok(isDipperError(error), String(error.stack));
    const texts = textsOf(error);
    assert.ok(texts.size >= 5, "the walk must reach message, stack, hint and more");
    assertUnseen(texts, [SECRET, TOKEN, typed], what);
    assertUnseen([["notices", notices.join("\n")]], [SECRET, TOKEN, typed], what);
    const keys = await bench.keys();
    assert.deepEqual(keys, ["leak.csv", "x.csv"], "nothing was written");
  });
}

/** Statements whose rows hold secrets, or could. */
const ROWS: readonly string[] = [
  "FROM duckdb_settings()",
  "SELECT current_setting('s3_secret_access_key') AS s, current_setting('s3_session_token') AS t",
  "SELECT {'s': current_setting('s3_secret_access_key')} AS s",
  "SELECT 'key=' || current_setting('s3_secret_access_key') || ';' AS s",
  "FROM duckdb_secrets()",
  "SELECT $secret AS a, ['x', $token] AS b, MAP {'k': $secret} AS c",
  "FROM query('FROM duckdb_settings()')",
  "EXPLAIN ANALYZE SELECT $secret AS a",
  "SELECT * FROM read_csv($uri, header = true, delim = '|', quote = '')",
  "SELECT content FROM read_text($uri)",
  "SELECT content::BLOB::VARCHAR AS text FROM read_blob($uri)",
];

async function shapesOf({ session }: Bench, text: string, params: Record<string, string>) {
  const result = await session.query(text, params);
  const shapes = new Map<string, string>();
  const add = (where: string, value: unknown) =>
    shapes.set(
      where,
      Deno.inspect(value, { depth: 10, iterableLimit: 1000, strAbbreviateSize: 100_000 }),
    );
  add("rows", result.rows());
  add("JSON", JSON.stringify(result));
  add("Arrow", result.toArrow().toArray().map((row) => JSON.stringify(row, bigints)));
  add("result", result);
  add("report", JSON.stringify(result.report));
  add("MIME bundle", tableBundle(result));
  add("notebook", (result as unknown as Record<symbol, () => unknown>)[JUPYTER_DISPLAY]?.());
  add("stream of rows", await Array.fromAsync(session.streamRows(text, params)));
  add("stream of JSON", await Array.fromAsync(session.streamJson(text, params)));
  const batches = await Array.fromAsync(session.stream(text, params));
  add(
    "batches",
    batches.map((batch) => batch.toArray().map((row) => JSON.stringify(row, bigints))),
  );
  return shapes;
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

for (const text of ROWS) {
  Deno.test(`no secret in the result of ${text}`, async () => {
    await using bench = await openBench(KEYS);
    await bench.store.put("leak.txt", `a|b\nbefore ${SECRET} after|${TOKEN}\n`);
    const all = { secret: SECRET, token: TOKEN, uri: bench.uri("leak.txt") };
    const params = Object.fromEntries(
      Object.entries(all).filter(([name]) => text.includes(`$${name}`)),
    );
    await bench.session.query(`FROM '${bench.uri("leak.txt")}'`).catch(() => {});
    const shapes = await shapesOf(bench, text, params);
    assert.ok(shapes.size >= 10);
    assertUnseen(shapes, [SECRET, TOKEN], text);
  });
}

Deno.test("no secret in what a session and its stores show of themselves", async () => {
  await using bench = await openBench(KEYS);
  await bench.session.query("SELECT 1");
  const options = { depth: 20, showHidden: true, getters: true };
  const shown: [string, string][] = [
    ["session", Deno.inspect(bench.session, options)],
    ["session as JSON", JSON.stringify(bench.session)],
    ["stores", Deno.inspect(bench.session.stores, options)],
    ["stores as JSON", JSON.stringify(bench.session.stores.all)],
  ];
  assertUnseen(shown, [SECRET, TOKEN], "a session");
});

Deno.test("the eyes see a secret where there is one", async () => {
  const control = newCanary();
  const seen = (text: string) => sighting(text, control) !== undefined;
  assert.ok(seen(`before ${control} after`));
  assert.ok(seen(encodeURIComponent(control)));
  assert.ok(seen(JSON.stringify({ control })));
  assert.ok(seen(control.slice(8, 20)), "a piece is as good as the whole");
  assert.ok(seen(btoa(control.slice("cNry/".length))));
  assert.ok(!seen(newCanary()));
  const hidden = new Error("outer", { cause: new Error("inner", { cause: { deep: [control] } }) });
  assert.ok([...textsOf(hidden).values()].some(seen));
  // The same paths as above, with a text that nobody has registered as a secret.
  await using bench = await openBench(KEYS);
  const shapes = await shapesOf(bench, "SELECT $control AS c", { control });
  for (const [where, text] of shapes) {
    const hasRows = where !== "report" && where !== "result";
    assert.equal(seen(text), hasRows, where);
  }
  const error = await rejection(bench.session.query("SELECT error($control)", { control }));
  const places = [...textsOf(error)].filter(([, text]) => seen(text)).map(([where]) => where);
  for (const where of ["as text", "as JSON", "inspected", "error.message", "error.cause.message"]) {
    assert.ok(places.includes(where), `${where} of ${places}`);
  }
  assert.ok(QueryResult.prototype instanceof Object);
});

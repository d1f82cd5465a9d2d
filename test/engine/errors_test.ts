import assert from "node:assert/strict";
import { exitCodeFor } from "../../src/cli/exit_codes.ts";
import { connect, type ConnectOptions } from "../../src/engine/connect.ts";
import {
  ConnectionError,
  CredentialsError,
  type DipperError,
  type ErrorTag,
  isDipperError,
  NotFoundError,
  PermissionError,
  ResourceError,
  ServiceError,
  SqlError,
  UnreadableFileError,
} from "../../src/errors.ts";
import { s3Error, scriptedServer } from "../store/scripted.ts";
import type { Fault, FaultPlan } from "../support/proxy.ts";
import { type Bench, openBench, rejection } from "./support/session.ts";

interface Case {
  readonly what: string;
  /** What the store does to each request. */
  readonly fault?: FaultPlan;
  readonly options?: ConnectOptions;
  /** With `BUCKET` for the bucket's name. */
  readonly sql?: string;
  readonly tag: ErrorTag;
  readonly type: new (...args: never[]) => DipperError;
  readonly exit: number;
  readonly hint: RegExp;
  readonly message?: RegExp;
  readonly check?: (error: DipperError, bench: Bench) => void;
}

const answer = (status: number, code: string, more = ""): FaultPlan => () => ({
  kind: "answer",
  status,
  body: `<Error><Code>${code}</Code><Message>as the service says</Message>${more}</Error>`,
  headers: { "content-type": "application/xml", date: "Sat, 01 Jan 2000 00:00:00 GMT" },
});
const always = (fault: Fault): FaultPlan => () => fault;
const IMPATIENT = "SET GLOBAL http_timeout = 1; SET GLOBAL http_retries = 0; ";
const AT_ONCE = "SET GLOBAL http_retry_wait_ms = 1";

const CASES: readonly Case[] = [
  {
    what: "a key that is not there",
    sql: "FROM 's3://BUCKET/airprots.csv'",
    tag: "key_not_found",
    type: NotFoundError,
    exit: 3,
    hint: /Did you mean .*airports\.csv/,
    check: (error) => assert.equal(error.context.nearest?.[0], "airports.csv"),
  },
  {
    what: "a key with a quote that is not there",
    sql: "FROM 's3://BUCKET/it''s (HTTP 500).csv'",
    tag: "key_not_found",
    type: NotFoundError,
    exit: 3,
    hint: /./,
    check: (error) => assert.equal(error.context.key, "it's (HTTP 500).csv"),
  },
  {
    what: "a bucket whose name cannot be one",
    sql: "FROM 's3://-BUCKET-/airports.csv'",
    tag: "bucket_not_found",
    type: NotFoundError,
    exit: 3,
    hint: /./,
  },
  {
    what: "a bucket that is not there",
    sql: "FROM 's3://BUCKETx/airports.csv'",
    tag: "bucket_not_found",
    type: NotFoundError,
    exit: 3,
    hint: /Did you mean/,
    check: (error, bench) => assert.deepEqual(error.context.nearest, [bench.store.bucket]),
  },
  {
    what: "a pattern that matches nothing",
    sql: "FROM 's3://BUCKET/none/*.csv'",
    tag: "key_not_found",
    type: NotFoundError,
    exit: 3,
    hint: /dipper ls/,
  },
  {
    what: "a folder without a pattern",
    sql: "FROM 's3://BUCKET/out/'",
    tag: "sql",
    type: SqlError,
    exit: 1,
    hint: /out\/\*\*\/\*\.parquet/,
  },
  {
    what: "a key of the default bucket without its address",
    sql: "FROM 'not-here.parquet'",
    options: { bucket: "fallback" },
    tag: "key_not_found",
    type: NotFoundError,
    exit: 3,
    hint: /local file.*s3:\/\/fallback\/not-here\.parquet/,
  },
  {
    what: "an access key that nobody knows",
    fault: answer(403, "InvalidAccessKeyId"),
    tag: "bad_credentials",
    type: CredentialsError,
    exit: 4,
    hint: /AWS_ACCESS_KEY_ID/,
  },
  {
    what: "a wrong secret",
    fault: answer(403, "SignatureDoesNotMatch"),
    tag: "bad_credentials",
    type: CredentialsError,
    exit: 4,
    hint: /secret/i,
  },
  {
    what: "an expired token",
    fault: answer(400, "ExpiredToken"),
    options: { sessionToken: "a-session-token-that-is-old" },
    tag: "expired_token",
    type: CredentialsError,
    exit: 4,
    hint: /new|again|renew|expired/i,
  },
  {
    what: "no right to read",
    fault: ({ path }) => path === "/" ? undefined : answer(403, "AccessDenied")({} as never),
    tag: "permission",
    type: PermissionError,
    exit: 4,
    hint: /GetObject|right|policy|allow|owner/i,
  },
  {
    what: "a region that the service does not take",
    fault: answer(400, "AuthorizationHeaderMalformed"),
    tag: "wrong_region",
    type: ConnectionError,
    exit: 5,
    hint: /region/i,
  },
  {
    what: "an address of something else",
    fault: always({
      kind: "answer",
      status: 404,
      body: "<html><body>nginx</body></html>",
      headers: { "content-type": "text/html" },
    }),
    tag: "wrong_endpoint",
    type: ConnectionError,
    exit: 5,
    hint: /endpoint/i,
  },
  {
    what: "a clock that is wrong",
    fault: answer(403, "RequestTimeTooSkewed"),
    tag: "clock_skew",
    type: ConnectionError,
    exit: 5,
    hint: /clock|time/i,
  },
  {
    what: "no server at the address",
    options: { endpoint: "http://127.0.0.1:2" },
    tag: "network",
    type: ConnectionError,
    exit: 5,
    hint: /run|endpoint|address/i,
  },
  {
    what: "a host that does not exist",
    options: { endpoint: "http://no-such-host.invalid:9000" },
    tag: "network",
    type: ConnectionError,
    exit: 5,
    hint: /name|endpoint|network|spell/i,
  },
  {
    what: "a connection that breaks",
    fault: always({ kind: "reset" }),
    tag: "network",
    type: ConnectionError,
    exit: 5,
    hint: /again/i,
  },
  {
    what: "a store that does not answer",
    fault: always({ kind: "silence" }),
    sql: `${IMPATIENT}FROM 's3://BUCKET/airports.csv'`,
    tag: "timeout",
    type: ConnectionError,
    exit: 5,
    hint: /again|network|proxy|endpoint/i,
  },
  {
    what: "a store that fails",
    fault: answer(500, "InternalError"),
    tag: "service",
    type: ServiceError,
    exit: 1,
    hint: /again/i,
    check: (error) => assert.equal(error.retryable, true),
  },
  {
    what: "a store that is overrun",
    fault: answer(503, "SlowDown"),
    tag: "service",
    type: ServiceError,
    exit: 1,
    hint: /again|threads|wait/i,
  },
  {
    what: "bad SQL",
    sql: "SELECT 1;\nSELECT iata\n  FORM 's3://BUCKET/airports.csv'",
    tag: "sql",
    type: SqlError,
    exit: 1,
    hint: /^$/,
    message: /syntax error/,
    check: (error) => assert.deepEqual(error.context.position, { line: 3, column: 8 }),
  },
  {
    what: "a column that is not there",
    sql: "SELECT iata, tawn FROM 's3://BUCKET/airports.csv'",
    tag: "sql",
    type: SqlError,
    exit: 1,
    hint: /^$/,
    message: /town/,
    check: (error) => assert.deepEqual(error.context.position, { line: 1, column: 14 }),
  },
  {
    what: "a parameter in the place of a file's name",
    sql: "FROM $uri",
    tag: "sql",
    type: SqlError,
    exit: 1,
    hint: /read_parquet\(\$1\)/,
  },
  {
    what: "a file whose kind is unknown",
    sql: "FROM 's3://BUCKET/notes.doc'",
    tag: "sql",
    type: SqlError,
    exit: 1,
    hint: /read_csv\('s3:/,
  },
  {
    what: "a file that is no Parquet",
    sql: "FROM 's3://BUCKET/broken.parquet'",
    tag: "unreadable_file",
    type: UnreadableFileError,
    exit: 1,
    hint: /bytes|reader/,
    check: (error, bench) => assert.equal(error.context.uri, bench.uri("broken.parquet")),
  },
  {
    what: "a Parquet file whose footer is damaged, which DuckDB does not name",
    sql: "FROM 's3://BUCKET/damaged.parquet'",
    tag: "unreadable_file",
    type: UnreadableFileError,
    exit: 1,
    hint: /bytes|reader|damaged/,
    check: (error, bench) => assert.equal(error.context.uri, bench.uri("damaged.parquet")),
  },
  {
    what: "JSON that breaks off",
    sql: "FROM 's3://BUCKET/broken.json'",
    tag: "unreadable_file",
    type: UnreadableFileError,
    exit: 1,
    hint: /bytes|reader/,
    check: (error) => assert.equal(error.context.byteOffset, 6),
  },
  {
    what: "a CSV row that does not fit",
    sql: "FROM read_csv('s3://BUCKET/broken.csv', columns = {'a': 'INT', 'b': 'INT'})",
    tag: "unreadable_file",
    type: UnreadableFileError,
    exit: 1,
    hint: /ignore_errors|strict_mode/,
    message: /broken\.csv/,
  },
  {
    what: "spatial data that GDAL cannot open",
    sql: "FROM ST_Read('s3://BUCKET/broken.gpkg')",
    tag: "unreadable_file",
    type: UnreadableFileError,
    exit: 1,
    hint: /bytes|reader/,
  },
  {
    what: "spatial data that is not there",
    sql: "FROM ST_Read('s3://BUCKET/brokn.gpkg')",
    tag: "key_not_found",
    type: NotFoundError,
    exit: 3,
    hint: /broken\.gpkg/,
  },
  {
    what: "a full disk",
    sql: "COPY (FROM range(1000000)) TO '/dev/full' (FORMAT csv)",
    tag: "disk_full",
    type: ResourceError,
    exit: 1,
    hint: /space/,
  },
  {
    what: "too little memory",
    options: { memoryLimit: "30MB", threads: 1 },
    sql: "SET max_temp_directory_size = '0KB'; " +
      "CREATE TABLE t AS SELECT hash(range) AS a, random() AS b FROM range(5_000_000)",
    tag: "disk_full",
    type: ResourceError,
    exit: 1,
    hint: /TMPDIR/,
  },
  {
    what: "an extension that does not exist",
    sql: "SELECT 1; LOAD 'no_such_extension'",
    tag: "sql",
    type: SqlError,
    exit: 1,
    hint: /^$/,
  },
];

async function fill({ store, session, uri }: Bench): Promise<void> {
  await store.put("airports.csv", "iata,town\nFRA,Frankfurt\n");
  await store.put("notes.doc", "x");
  await store.put("broken.parquet", "PAR1 this is no Parquet file PAR1");
  await store.put("broken.json", '{"a":1}\n{"a" 2}\n');
  await store.put("broken.csv", "a,b\n1,2\n3,4,5\n6,x\n");
  await store.put("broken.gpkg", "this is no GeoPackage");
  const local = await Deno.makeTempFile({ suffix: ".parquet" });
  await session.query(`COPY (FROM range(1000)) TO '${local}'`);
  const bytes = await Deno.readFile(local);
  await store.put("damaged.parquet", bytes.fill(0xff, bytes.length - 150, bytes.length - 8));
  await Deno.remove(local);
  void uri;
}

/** A test need not wait as long as a person's query does. */
const SOON = { retrySeconds: 1, timeoutSeconds: 1 };

const CASES_BY_TRANSPORT = CASES.flatMap((each) =>
  (["gateway", "direct"] as const).map((transport) => ({ ...each, transport }))
);

for (const each of CASES_BY_TRANSPORT) {
  Deno.test(`${each.what} is an error that one can act on (${each.transport})`, async () => {
    let isHarmed = false;
    const fault: FaultPlan = (request) => isHarmed ? each.fault?.(request) : undefined;
    await using bench = await openBench(
      { ...SOON, transport: each.transport, ...each.options },
      fault,
    );
    await fill(bench);
    await bench.session.query(AT_ONCE);
    isHarmed = true;
    const sql = (each.sql ?? "FROM 's3://BUCKET/airports.csv'")
      .replaceAll("BUCKET", bench.store.bucket);
    const error = await rejection(bench.session.query(sql));
    assert.ok(isDipperError(error), String(error.stack));
    const shown = `${error.tag}: ${error.message}\n${error.hint}`;
    assert.equal(error.tag, each.tag, shown);
    assert.ok(error instanceof each.type, shown);
    assert.equal(exitCodeFor(error), each.exit, shown);
    assert.match(error.hint ?? "", each.hint, shown);
    if (each.message !== undefined) assert.match(error.message, each.message);
    assert.doesNotMatch(error.message, /LINE \d|INTERNAL|undefined|\[object/, shown);
    assert.ok(error.message.length < 500, shown);
    each.check?.(error, bench);
    assert.doesNotMatch(JSON.stringify(error), new RegExp(bench.store.secretAccessKey));
  });
}

Deno.test("a wrong region is corrected, and that is said", async () => {
  const CSV = "a\n1\n";
  await using server = scriptedServer(({ method, headers }) => {
    const region = /\/\d{8}\/([a-z0-9-]+)\/s3\//.exec(headers.get("authorization") ?? "")?.[1];
    if (region !== "eu-central-1") {
      return s3Error(
        400,
        "AuthorizationHeaderMalformed",
        `the region '${region}' is wrong; expecting 'eu-central-1'`,
        {
          xml: "<Region>eu-central-1</Region>",
          headers: { "x-amz-bucket-region": "eu-central-1" },
        },
      );
    }
    return new Response(method === "HEAD" ? null : CSV, {
      headers: {
        "content-length": String(CSV.length),
        "accept-ranges": "bytes",
        etag: '"x"',
        "last-modified": "Sat, 21 Nov 2026 10:00:00 GMT",
      },
    });
  });
  const notices: string[] = [];
  await using session = await connect({
    endpoint: server.url,
    region: "us-east-1",
    accessKeyId: "someone",
    secretAccessKey: "some-secret-0123",
    notice: (notice) => notices.push(notice),
  });
  assert.equal((await session.query("FROM 's3://bucket/x.csv'")).rowCount, 1);
  assert.match(notices.join(), /bucket is in eu-central-1, not in us-east-1/);
  const before = server.seen.length;
  await session.query("FROM 's3://bucket/x.csv'");
  const wrong = server.seen.slice(before)
    .filter(({ headers }) => !headers.get("authorization")?.includes("eu-central-1"));
  assert.equal(wrong.length, 0);
});

const TLS = new URL("../fixtures/tls/", import.meta.url);
const pem = (name: string) => Deno.readTextFileSync(new URL(name, TLS));

Deno.test("a certificate that nobody vouches for is an error of TLS; with its CA it is none", async () => {
  const CSV = "a\n1\n";
  await using server = scriptedServer(
    ({ method }) =>
      new Response(method === "HEAD" ? null : CSV, {
        headers: { "content-length": String(CSV.length), "accept-ranges": "bytes", etag: '"x"' },
      }),
    { cert: pem("localhost.pem"), key: pem("server.key") },
  );
  const options = {
    endpoint: server.url,
    region: "us-east-1",
    accessKeyId: "someone",
    secretAccessKey: "some-secret-0123",
  };
  await using unsafe = await connect(options);
  const error = await rejection(unsafe.query(`${IMPATIENT}FROM 's3://bucket/x.csv'`));
  assert.ok(isDipperError(error, "tls"), String(error));
  assert.equal(exitCodeFor(error), 5);
  assert.match(error.hint!, /AWS_CA_BUNDLE|caBundle/);
  await using safe = await connect({ ...options, caBundle: new URL("ca.pem", TLS).pathname });
  assert.equal((await safe.query("FROM 's3://bucket/x.csv'")).rowCount, 1);
});

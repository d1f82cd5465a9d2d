import assert from "node:assert/strict";
import { addReports, emptyReport, type Report } from "../../src/engine/report.ts";
import { type Bench, countedBy, openBench } from "./support/session.ts";

/** Statements whose report must be what the proxy saw, request for request and byte for byte. */
const STATEMENTS: readonly ((bench: Bench) => Promise<{ report: Report }>)[] = [
  ({ session, uri }) => session.query(`SELECT count(*) FROM '${uri("big.parquet")}'`),
  ({ session, uri }) => session.query(`SELECT sum(n) FROM '${uri("big.parquet")}'`),
  ({ session, uri }) =>
    session.query(`SELECT max(t) FROM read_parquet('${uri("by/*/*.parquet")}')`),
  ({ session, uri }) => session.query(`SELECT sum(a) FROM '${uri("x.csv")}'`),
  ({ session, uri }) => session.query(`FROM '${uri("x.csv")}' LIMIT 1`),
  ({ session, uri }) => session.query(`FROM '${uri("x.csv")}'; FROM '${uri("x.csv")}'`),
  ({ session }) => session.query("SELECT 42"),
  ({ session, uri }) => session.copyTo("SELECT 1 AS n", uri("out/one.parquet")),
  ({ session, uri }) =>
    session.copyTo("SELECT 2 AS n", uri("out/one.parquet"), { ifExists: "overwrite" }),
  ({ session, uri }) =>
    session.copyTo(
      `SELECT *, n % 4 AS p FROM '${uri("big.parquet")}' LIMIT 1000`,
      uri("out/p"),
      {
        partitionBy: ["p"],
      },
    ),
  ({ session, uri }) => session.describe(uri("big.parquet")),
  ({ session, uri }) => session.describe(uri("by/")),
  ({ session, uri }) => session.describe(uri("x.csv")),
];

Deno.test("a report is what the store was asked, request for request", async () => {
  await using bench = await openBench();
  const sql = "SELECT range AS n, md5(range::VARCHAR) AS t, range % 3 AS part FROM range(200000)";
  await bench.session.copyTo(sql, bench.uri("big.parquet"));
  await bench.session.copyTo(sql, bench.uri("by"), { partitionBy: ["part"] });
  await bench.store.put("x.csv", `a,b\n${"1,text\n".repeat(5000)}`);
  for (const statement of STATEMENTS) {
    bench.proxy.clear();
    const { report } = await statement(bench);
    const counted = countedBy(bench.proxy);
    assert.deepEqual(report.requests, counted.requests, statement.toString());
    assert.equal(report.bytes.read, counted.read, statement.toString());
    assert.equal(report.retries, 0);
  }
});

Deno.test("a stream's report is what it read, also when it was left early", async () => {
  await using bench = await openBench();
  const sql = "SELECT range AS n, md5(range::VARCHAR) AS t FROM range(400000)";
  await bench.session.copyTo(sql, bench.uri("big.parquet"));
  bench.proxy.clear();
  const whole = bench.session.streamRows(`FROM '${bench.uri("big.parquet")}'`);
  let rows = 0;
  for await (const _ of whole) rows++;
  assert.equal(rows, 400000);
  assert.deepEqual(whole.report?.requests, countedBy(bench.proxy).requests);
  assert.equal(whole.report?.bytes.read, countedBy(bench.proxy).read);
});

Deno.test("what runs beside a stream counts no less than its own requests", async () => {
  await using bench = await openBench();
  await bench.store.put("a.csv", "a\n1\n");
  await bench.store.put("b.csv", "a,b\n1,2\n");
  const stream = bench.session.streamRows(`FROM '${bench.uri("a.csv")}'`);
  const reading = stream[Symbol.asyncIterator]();
  await reading.next();
  const beside = await bench.session.query(`FROM '${bench.uri("b.csv")}'`);
  assert.equal((await reading.next()).done, true);
  // DuckDB does not say for whom it looks at a file before a query has begun: both count that.
  const gets = (name: string) =>
    bench.proxy.requests.filter(({ method, path }) => method === "GET" && path.endsWith(name))
      .length;
  assert.ok(beside.report.requests.get >= gets("b.csv"));
  assert.ok(stream.report!.requests.get >= gets("a.csv"));
});

Deno.test("requests that were sent again are counted as such", async () => {
  let failures = 2;
  await using bench = await openBench(
    {},
    ({ method }) =>
      method === "GET" && failures-- > 0 ? { kind: "answer", status: 503 } : undefined,
  );
  await bench.store.put("x.csv", "a\n1\n");
  const { report } = await bench.session.query(
    `SET GLOBAL http_retry_wait_ms = 1; FROM '${bench.uri("x.csv")}'`,
  );
  assert.equal(report.retries, 2);
  assert.equal(report.requests.get, countedBy(bench.proxy).requests.get);
  assert.equal(report.bytes.read, countedBy(bench.proxy).read);
});

Deno.test("forecasts of several statements add up, and what was not forecast is said to be missing", () => {
  const spent = {
    ...emptyReport("gateway"),
    requests: { get: 2, head: 0, list: 0, put: 0, other: 0 },
  };
  const estimate = {
    ...spent,
    forecast: { requests: 2, bytes: 10, certainty: "estimate" as const },
  };
  const most = { ...spent, forecast: { requests: 3, bytes: 5, certainty: "upper bound" as const } };
  assert.equal(addReports(spent, spent).forecast, undefined);
  assert.deepEqual(addReports(estimate, most).forecast, {
    requests: 5,
    bytes: 15,
    certainty: "upper bound",
  });
  assert.deepEqual(addReports(emptyReport("gateway"), estimate).forecast, estimate.forecast);
  assert.equal(addReports(estimate, spent).forecast?.certainty, "lower bound");
});

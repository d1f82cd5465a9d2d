import assert from "node:assert/strict";
import { noBytes } from "../../src/engine/report.ts";
import { addRequests, summarize } from "../../src/engine/accounting.ts";
import type { Report } from "../../src/engine/report.ts";
import type { Session } from "../../src/engine/session.ts";
import { noRequests } from "../../src/store/request_counts.ts";
import { countedBy, openBench } from "./support/session.ts";

const request = (method: string, url: string, more = {}) => ({
  method,
  url,
  range: null,
  status: 200,
  received: 0,
  sent: 0,
  ...more,
});

Deno.test("requests are told apart by method and query", () => {
  const { requests } = summarize([
    request("GET", "/b/x.csv"),
    request("GET", "/b/?encoding-type=url&list-type=2&prefix=list"),
    request("HEAD", "/b/x.csv"),
    request("PUT", "/b/x.csv"),
    request("PUT", "/b/x.csv?partNumber=1&uploadId=u"),
    request("POST", "/b/x.csv?uploads="),
    request("POST", "/b/x.csv?uploadId=u"),
    request("POST", "/b/?delete"),
    request("DELETE", "/b/x.csv"),
  ]);
  assert.deepEqual(requests, { get: 1, head: 1, list: 1, put: 4, other: 2 });
});

Deno.test("bytes are those of objects that came or went, failures left out", () => {
  const { bytes, files } = summarize([
    request("GET", "/b/a%20b.csv", { received: 100, status: 206 }),
    request("GET", "/b/a b.csv", { received: 50, status: 206 }),
    request("GET", "/b/x", { received: 999, status: 404 }),
    request("GET", "/b/?list-type=2", { received: 999 }),
    request("PUT", "/b/y", { sent: 30 }),
    request("POST", "/b/y?uploadId=u", { sent: 999 }),
  ]);
  assert.deepEqual(bytes, { ...noBytes(), read: 150, asked: 150, written: 30 });
  assert.equal(files, 3);
});

Deno.test("an address with a bare percent sign is counted too", () => {
  assert.equal(summarize([request("GET", "/100%.csv"), request("GET", "/100%.csv")]).files, 1);
});

Deno.test("a request is a retry when the same one has failed before, transiently", () => {
  const again = (status: number) => [request("GET", "/b/x", { status }), request("GET", "/b/x")];
  for (const status of [0, 429, 500, 503]) assert.equal(summarize(again(status)).retries, 1);
  for (const status of [200, 206, 404, 403]) assert.equal(summarize(again(status)).retries, 0);
  const other = [request("GET", "/b/x", { status: 503 }), request("GET", "/b/x", { range: "1-2" })];
  assert.equal(summarize(other).retries, 0);
});

Deno.test("extensions that are fetched do not count", () => {
  const url = "https://extensions.duckdb.org/v1.5.5/linux_amd64/spatial.duckdb_extension.gz";
  const { requests, bytes, retries, files } = summarize([
    request("GET", url, { status: 0 }),
    request("GET", url, { received: 20_000_000 }),
    request("GET", "/b/my.duckdb_extension", { received: 7 }),
  ]);
  assert.deepEqual([requests.get, bytes.read, retries, files], [1, 7, 0, 1]);
});

Deno.test("Dipper's own requests are added", () => {
  const own = { ...noRequests(), head: 2, put: 1, retries: 1 };
  const sum = addRequests(summarize([request("HEAD", "/b/x")]), own);
  assert.deepEqual(sum.requests, { get: 0, head: 3, list: 0, put: 1, other: 0 });
  assert.equal(sum.retries, 1);
});

Deno.test("requests count whether a statement is run, bound or streamed", async () => {
  const asked = async (read: (session: Session, uri: string) => Promise<Report | undefined>) => {
    await using bench = await openBench();
    const uri = bench.uri("numbers.parquet");
    await bench.session.copyTo("SELECT range AS n FROM range(1000)", uri);
    const before = bench.proxy.requests.length;
    const report = await read(bench.session, uri);
    const asked = { ...bench.proxy, requests: bench.proxy.requests.slice(before) };
    return { report: report?.requests, proxy: countedBy(asked).requests };
  };
  const ways: Record<string, Parameters<typeof asked>[0]> = {
    run: async (session, uri) => (await session.query(`SELECT sum(n) FROM '${uri}'`)).report,
    bound: async (session, uri) =>
      (await session.sql`SELECT sum(n) FROM read_parquet(${uri}) WHERE n > ${1}`).report,
    streamed: async (session, uri) => {
      const stream = session.streamRows(`SELECT sum(n) FROM '${uri}'`);
      await Array.fromAsync(stream);
      return stream.report;
    },
  };
  for (const [way, read] of Object.entries(ways)) {
    const { report, proxy } = await asked(read);
    assert.deepEqual(report, proxy, way);
    assert.ok(proxy.get > 0, way);
  }
});

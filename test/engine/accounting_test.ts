import assert from "node:assert/strict";
import { addRequests, summarize } from "../../src/engine/accounting.ts";
import { noRequests } from "../../src/store/request_counts.ts";

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
  assert.deepEqual(bytes, { read: 150, written: 30, cached: 0 });
  assert.equal(files, 3);
});

Deno.test("a request is a retry when the same one has failed before, transiently", () => {
  const again = (status: number) => [request("GET", "/b/x", { status }), request("GET", "/b/x")];
  for (const status of [0, 429, 500, 503]) assert.equal(summarize(again(status)).retries, 1);
  for (const status of [200, 206, 404, 403]) assert.equal(summarize(again(status)).retries, 0);
  const other = [request("GET", "/b/x", { status: 503 }), request("GET", "/b/x", { range: "1-2" })];
  assert.equal(summarize(other).retries, 0);
});

Deno.test("Dipper's own requests are added", () => {
  const own = { ...noRequests(), head: 2, put: 1, retries: 1 };
  const sum = addRequests(summarize([request("HEAD", "/b/x")]), own);
  assert.deepEqual(sum.requests, { get: 0, head: 3, list: 0, put: 1, other: 0 });
  assert.equal(sum.retries, 1);
});

import assert from "node:assert/strict";
import { bounded } from "../../src/range/range.ts";
import { RangeReader } from "../../src/range/reader.ts";
import { readBuffer } from "../../src/range/source.ts";
import type { Store } from "../../src/store/store.ts";
import { startProxy } from "../support/proxy.ts";
import { fakeStore } from "./support/fake_store.ts";

const TLS = new URL("../fixtures/tls/", import.meta.url);
const CA = new URL("ca.pem", TLS).pathname;
const pem = (name: string) => Deno.readTextFileSync(new URL(name, TLS));
const BYTES = new TextEncoder().encode("the bytes of an object, all forty of them");
const KEY = { bucket: "lab", key: "some.bin" };

/** Ranges of one object; `answer` goes before. */
function service(
  { cert, answer }: { cert?: string; answer?: (request: Request) => Response | undefined } = {},
) {
  const seen: { method: string; url: string; host: string | null; encoding: string | null }[] = [];
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    ...(cert === undefined ? {} : { cert: pem(cert), key: pem("server.key") }),
  }, (request) => {
    const { method, url, headers } = request;
    seen.push({ method, url, host: headers.get("host"), encoding: headers.get("accept-encoding") });
    const other = answer?.(request);
    if (other !== undefined) return other;
    const shared = { etag: '"e"', "content-type": "text/plain" };
    if (method === "HEAD") {
      return new Response(null, { headers: { ...shared, "content-length": `${BYTES.length}` } });
    }
    const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.get("range") ?? "")!;
    const from = first === "" ? Math.max(0, BYTES.length - Number(last)) : Number(first);
    const to = first === "" || last === "" ? BYTES.length - 1 : Number(last);
    return new Response(BYTES.slice(from, to + 1), {
      status: 206,
      headers: { ...shared, "content-range": `bytes ${from}-${to}/${BYTES.length}` },
    });
  });
  return {
    seen,
    url: new URL(`${cert === undefined ? "http" : "https"}://localhost:${server.addr.port}`),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function readAll(store: Store): Promise<string> {
  using reader = new RangeReader({ settings: { retryBudget: 0, unreachableBudget: 0 } });
  const source = await reader.open(store, KEY);
  assert.equal(source.size, BYTES.length);
  return new TextDecoder().decode(await readBuffer(source, bounded(4, 5)));
}

Deno.test("a service whose authority is in the CA bundle is read from, any other is refused", async () => {
  await using good = service({ cert: "localhost.pem" });
  const trusting = (url: URL) => ({ ...fakeStore(url), caBundle: CA });
  assert.equal(await readAll(trusting(good.url)), "bytes");
  assert.equal(good.seen[0].encoding, "identity");
  await assert.rejects(readAll(fakeStore(good.url)), { tag: "tls" });
  for (const cert of ["other.pem", "expired.pem"]) {
    await using bad = service({ cert });
    await assert.rejects(readAll(trusting(bad.url)), { tag: "tls" });
    assert.equal(bad.seen.length, 0);
  }
  await using plain = service();
  const https = new URL(`https://localhost:${plain.url.port}`);
  await assert.rejects(readAll(trusting(https)), { tag: "wrong_endpoint" });
});

Deno.test("a proxy carries the requests, with the service's own name in them", async () => {
  await using origin = service();
  await using proxy = startProxy(origin.url.origin.replace("localhost", "127.0.0.1"));
  const store = { ...fakeStore(new URL("http://s3.example")), proxy: new URL(proxy.endpoint) };
  assert.equal(await readAll(store), "bytes");
  assert.ok(proxy.requests.length > 0);
  assert.equal(origin.seen[0].host, "s3.example");
  assert.equal(origin.seen.length, proxy.requests.length);
});

Deno.test("an opening that is refused with 416 is empty only when the answer says so", async () => {
  const refusal = (range: string) =>
    new Response("<Error><Code>InvalidRange</Code></Error>", {
      status: 416,
      headers: { etag: '"e"', "content-range": range, "content-type": "application/xml" },
    });
  const refusing = (range: string) => (request: Request) =>
    request.method === "GET" && request.headers.get("range")?.startsWith("bytes=-")
      ? refusal(range)
      : undefined;
  await using small = service({ answer: refusing(`bytes */${BYTES.length}`) });
  assert.equal(await readAll(fakeStore(small.url)), "bytes");
  assert.deepEqual(small.seen.map(({ method }) => method), ["GET", "HEAD", "GET"]);
  await using empty = service({ answer: refusing("bytes */0") });
  using reader = new RangeReader();
  const source = await reader.open(fakeStore(empty.url), KEY);
  assert.deepEqual([source.size, source.etag], [0, "e"]);
  assert.deepEqual(empty.seen.map(({ method }) => method), ["GET"]);
  assert.equal((await readBuffer(source, bounded(0, 9))).length, 0);
});

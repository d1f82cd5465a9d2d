/**
 * A process that uploads `MIB` through a gateway to a service that takes it slower than it comes, and
 * prints the most memory that it took over what it had before: `upload_probe.ts HOW MIB`.
 *
 * @module
 */
import { request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GatewayServer } from "../../../src/gateway/server.ts";
import { signedHeaders } from "../../../src/gateway/upstream_sign.ts";
import { StoreSet } from "../../../src/store/store_set.ts";
import { fakeStore } from "../../range/support/fake_store.ts";

const [how, mib] = Deno.args;
const BYTES = Number(mib) * 2 ** 20;
const PIECE = new Uint8Array(256 * 1024);
const UPLOAD =
  "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
let received = 0;

await using origin = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, take);
const stores = StoreSet.of([fakeStore(new URL(`http://127.0.0.1:${origin.addr.port}`))]);
await using gateway = new GatewayServer({ stores });
const key = gateway.issueKey("q");
if (how === "held") gateway.hold("q");
await send(8 * 2 ** 20);
const before = Deno.memoryUsage().rss;
let most = before;
const watch = setInterval(() => most = Math.max(most, Deno.memoryUsage().rss), 20);
received = 0;
await send(BYTES);
clearInterval(watch);
await gateway.abort("q");
// deno-lint-ignore no-console -- the parent reads it
console.log(JSON.stringify({ received, over: Math.round((most - before) / 2 ** 20) }));

/** A service that reads a body piece by piece, in no hurry. */
async function take({ method, body, url }: Request): Promise<Response> {
  let count = 0;
  for await (const piece of body ?? []) {
    count += piece.length;
    received += piece.length;
    if (count % (8 * 2 ** 20) < piece.length) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  return new Response(method === "POST" && url.includes("uploads") ? UPLOAD : null, {
    headers: { etag: '"tag"' },
  });
}

/** A plain PUT, its body not signed. */
async function send(bytes: number): Promise<void> {
  const { host, hostname, port } = new URL(gateway.endpoint);
  const path = "/lab/large.bin";
  const headers = signedHeaders(
    {
      store: stores.default!,
      method: "PUT",
      bucket: "lab",
      key: "large.bin",
      query: [],
      headers: {},
      hash: "UNSIGNED-PAYLOAD",
      kind: "put",
    },
    { host, path, query: "" },
    "us-east-1",
    key,
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const put = request({
    hostname,
    port,
    path,
    method: "PUT",
    headers: { ...headers, "content-length": String(bytes) },
  }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  });
  put.on("error", reject);
  function* pieces() {
    for (let left = bytes; left > 0; left -= PIECE.length) yield PIECE.subarray(0, left);
  }
  await pipeline(Readable.from(pieces()), put);
  const status = await promise;
  if (status !== 200) throw new Error(`answered ${status}`);
}

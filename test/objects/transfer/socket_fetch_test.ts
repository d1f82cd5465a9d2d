import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Sockets } from "../../../src/objects/transfer/socket_fetch.ts";
import type { Store } from "../../../src/store/store.ts";
import { fakeStore } from "../../range/support/fake_store.ts";

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));

function serve(options: Partial<Deno.TlsCertifiedKeyPem>, handler: Deno.ServeHandler) {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {}, ...options }, handler);
}

async function text(sockets: Sockets, url: string, store: Store = fakeStore(new URL(url))) {
  const answer = await sockets.get({ url, headers: {}, store }, AbortSignal.timeout(10_000));
  return answer && [answer.status, await answer.text()];
}

Deno.test("bodies come whole, one after the other on one connection", async () => {
  const ports = new Set<number>();
  const body = "x".repeat(700_000);
  await using server = serve({}, (request, { remoteAddr }) => {
    ports.add((remoteAddr as Deno.NetAddr).port);
    return new Response(body, { status: request.url.endsWith("refused") ? 403 : 200 });
  });
  using sockets = new Sockets();
  const url = `http://127.0.0.1:${server.addr.port}`;
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(await text(sockets, `${url}/a`), [200, body]);
  }
  assert.deepEqual(await text(sockets, `${url}/refused`), [403, body]);
  assert.equal(ports.size, 1);
});

Deno.test("answers without a length are left to fetch", async () => {
  await using server = serve({}, () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(3));
          controller.close();
        },
      }),
    ));
  using sockets = new Sockets();
  const url = `http://127.0.0.1:${server.addr.port}/`;
  assert.equal(sockets.serves(url, fakeStore(new URL(url))), true);
  assert.equal(await text(sockets, url), undefined);
  assert.equal(sockets.serves(url, fakeStore(new URL(url))), false);
});

Deno.test("certificates are held against the store's own", async () => {
  const pair = {
    cert: await Deno.readTextFile(fixture("localhost.pem")),
    key: await Deno.readTextFile(fixture("server.key")),
  };
  await using server = serve(pair, () => new Response("safe"));
  const url = `https://localhost:${server.addr.port}/`;
  const store = fakeStore(new URL(url));
  using sockets = new Sockets();
  await assert.rejects(text(sockets, url, store), /certificate|UnknownIssuer/i);
  assert.deepEqual(await text(sockets, url, { ...store, caBundle: fixture("ca.pem") }), [
    200,
    "safe",
  ]);
});

Deno.test("an abort ends a body that does not come", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}/`;
  using sockets = new Sockets();
  const stop = new AbortController();
  const request = { url, headers: {}, store: fakeStore(new URL(url)) };
  const asking = sockets.get(request, stop.signal);
  const connection = await listener.accept();
  await connection.write(
    new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"),
  );
  const answer = await asking;
  const reading = answer!.text();
  stop.abort();
  await assert.rejects(reading);
  connection.close();
  listener.close();
});

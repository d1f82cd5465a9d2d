import assert from "node:assert/strict";
import { HttpClients } from "../../../src/range/http_client.ts";
import { exchangeHead, type HeadRequest } from "../../../src/objects/transfer/exchange_head.ts";
import { fakeStore } from "../../range/support/fake_store.ts";

type Send = (
  changes: Partial<HeadRequest>,
  signal?: AbortSignal,
) => ReturnType<typeof exchangeHead>;

async function withServer(handler: Deno.ServeHandler, body: (send: Send) => Promise<void>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const clients = new HttpClients(4);
  try {
    await body((changes, signal = new AbortController().signal) =>
      exchangeHead(clients, fakeStore(new URL(origin)), {
        url: `${origin}/b/k?x=1`,
        method: "GET",
        headers: {},
        timeout: 5_000,
        idleTimeout: 5_000,
        ...changes,
      }, signal)
    );
  } finally {
    clients.close();
    await server.shutdown();
  }
}

Deno.test("requests of every method without a body are answered whole, on one connection", async () => {
  const seen: string[] = [];
  const ports = new Set<number>();
  await withServer(async (request, { remoteAddr }) => {
    ports.add((remoteAddr as Deno.NetAddr).port);
    const length = request.headers.get("content-length");
    seen.push(`${request.method} ${length} ${(await request.bytes()).length}`);
    const { method } = request;
    if (method === "DELETE") return new Response(null, { status: 204, headers: { "x-a": "b" } });
    if (method === "GET") {
      // Without a length: in chunks.
      return new Response(
        new ReadableStream({
          start(controller) {
            const text = new TextEncoder().encode("<R>ü</R>");
            for (const byte of text) controller.enqueue(Uint8Array.of(byte));
            controller.close();
          },
        }),
      );
    }
    return new Response("<R/>", { status: method === "PUT" ? 412 : 200 });
  }, async (send) => {
    const texts = [];
    for (const method of ["GET", "HEAD", "PUT", "POST", "DELETE"] as const) {
      const { status, text, headers } = await send({ method });
      texts.push(`${status} ${text}`);
      if (method === "DELETE") assert.equal(headers.get("x-a"), "b");
    }
    assert.deepEqual(texts, ["200 <R>ü</R>", "200 ", "412 <R/>", "200 <R/>", "204 "]);
    assert.deepEqual(seen, ["GET null 0", "HEAD null 0", "PUT 0 0", "POST 0 0", "DELETE null 0"]);
    assert.equal(ports.size, 1);
  });
});

Deno.test("silence inside an answer, and an abort, end it", async () => {
  const release = Promise.withResolvers<void>();
  await withServer(() => {
    return new Response(
      new ReadableStream({
        async pull(controller) {
          controller.enqueue(new TextEncoder().encode("<R>"));
          await release.promise;
          controller.close();
        },
      }),
    );
  }, async (send) => {
    try {
      await assert.rejects(send({ timeout: 50, idleTimeout: 50 }), { code: "ETIMEDOUT" });
      const stop = new AbortController();
      const sent = send({}, stop.signal);
      stop.abort(new Error("stopped"));
      await assert.rejects(sent, { message: "stopped" });
    } finally {
      release.resolve();
    }
  });
});

Deno.test("an answer that breaks off is a reset connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const origin = `http://127.0.0.1:${listener.addr.port}`;
  const serving = (async () => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
    const text = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n<R>";
    await connection.write(new TextEncoder().encode(text));
    connection.close();
  })();
  const clients = new HttpClients(4);
  try {
    await assert.rejects(
      exchangeHead(clients, fakeStore(new URL(origin)), {
        url: `${origin}/b/k`,
        method: "GET",
        headers: {},
        timeout: 5_000,
        idleTimeout: 5_000,
      }, new AbortController().signal),
      { code: "ECONNRESET" },
    );
    await serving;
  } finally {
    clients.close();
    listener.close();
  }
});

import assert from "node:assert/strict";
import { HttpServer } from "../../../src/gateway/http/server.ts";
import { bodyText, bytesOf, echo, parseAnswers, TestSource, Wire } from "./support/wire.ts";

const get = ({ host }: Wire, target: string) => `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

Deno.test("connections that wait are closed; an answer under way is given first", async () => {
  const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using wire = new Wire(async (request) => {
    begun.resolve();
    await go.promise;
    return await echo(request);
  });
  const [idle, half, busy] = [await wire.open(), await wire.open(), await wire.open()];
  await half.send("GET / HTTP/1.1\r\nHo");
  await busy.send(get(wire, "/busy") + get(wire, "/after"));
  await begun.promise;
  const over = wire.server.shutdown();
  assert.equal(await idle.rest(), "");
  assert.equal(await half.rest(), "");
  go.resolve();
  // The request behind it may be lost with the connection; it is not answered.
  const answer = await busy.answer();
  assert.deepEqual([answer.body, answer.headers.connection], ["GET /busy ", "close"]);
  await over;
  await wire.server.shutdown();
  await assert.rejects(wire.open());
});

Deno.test("an upload that never ends fails, and its answer still goes", async () => {
  const begun = Promise.withResolvers<void>();
  await using wire = new Wire(async (request) => {
    begun.resolve();
    const error = await bodyText(request).catch((error) => error);
    return { status: 503, headers: {}, body: bytesOf(String(error)) };
  });
  const socket = await wire.open();
  await socket.send(`PUT / HTTP/1.1\r\nHost: ${wire.host}\r\nContent-Length: 10\r\n\r\nhello`);
  await begun.promise;
  await wire.server.shutdown();
  const [answer] = parseAnswers(await socket.rest());
  assert.deepEqual([answer.status, answer.body], [503, "Error: the server is closed"]);
});

Deno.test("bodies that were refused, and are still awaited or sent, hold nothing up", async () => {
  await using wire = new Wire(() => ({ status: 403, headers: {}, body: null }));
  const sockets = [await wire.open(), await wire.open(), await wire.open()];
  const lengths = ["Content-Length: 10", "Content-Length: 100000000", "Content-Length: +1"];
  for (const [index, socket] of sockets.entries()) {
    await socket.send(`PUT / HTTP/1.1\r\nHost: ${wire.host}\r\n${lengths[index]}\r\n\r\n`);
    assert.match(await socket.until("\r\n\r\n"), /^HTTP\/1\.1 40[03] /);
  }
  await wire.server.shutdown();
});

Deno.test("an answer that its client does not take is broken off", async () => {
  const piece = new Uint8Array(1024 * 1024);
  const source = new TestSource(Array.from({ length: 100 }, () => piece));
  const held = new TestSource([piece], "waits");
  await using wire = new Wire(({ target }) => ({
    status: 200,
    headers: {},
    body: target === "/held" ? held : source,
  }));
  const sockets = [await wire.open(), await wire.open()];
  await sockets[0].send(get(wire, "/"));
  await sockets[1].send(get(wire, "/held"));
  for (const socket of sockets) assert.match(await socket.take(20), /^HTTP\/1\.1 200 OK/);
  await wire.server.shutdown(50);
  assert.ok(source.cancelled > 0);
  assert.ok(held.cancelled > 0);
});

Deno.test("a port that is taken is an error", async () => {
  await using wire = new Wire(echo);
  assert.throws(() => new HttpServer(wire.server.port, echo), Deno.errors.AddrInUse);
});

Deno.test("many connections are served at once, and all are given back", async () => {
  await using wire = new Wire(echo);
  const sockets = await Promise.all(Array.from({ length: 300 }, () => wire.open()));
  await Promise.all(sockets.map(async (socket, index) => {
    for (const round of [1, 2, 3]) {
      await socket.send(get(wire, `/${index}/${round}`));
      assert.equal((await socket.answer()).body, `GET /${index}/${round} `);
    }
  }));
  await wire.server.shutdown();
  for (const socket of sockets) assert.equal(await socket.rest(), "");
});

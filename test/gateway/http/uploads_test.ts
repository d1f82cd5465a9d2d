import assert from "node:assert/strict";
import type { HttpAnswer } from "../../../src/gateway/http/answer.ts";
import type { HttpRequest } from "../../../src/gateway/http/request.ts";
import { bodyText, bytesOf, echo, parseAnswers, Wire } from "./support/wire.ts";

const END = "Connection: close\r\n\r\n";
const REFUSAL: HttpAnswer = { status: 403, headers: {}, body: bytesOf("no") };

/** The head of an upload. */
function put({ host }: Wire, target: string, lines: string): string {
  return `PUT ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n`;
}

Deno.test("the sign to go on is given when the body is read, once", async () => {
  await using wire = new Wire(echo);
  const socket = await wire.open();
  for (const target of ["/a", "/b"]) {
    await socket.send(put(wire, target, "Expect: 100-Continue\r\nContent-Length: 5\r\n"));
    assert.equal(await socket.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    await socket.send("he");
    await socket.send("llo");
    const answer = await socket.answer();
    assert.equal(answer.body, `PUT ${target} hello`);
    assert.equal(answer.headers.connection, undefined);
  }
  // Without a body there is nothing to wait for.
  await socket.send(put(wire, "/c", "Expect: 100-continue\r\nContent-Length: 0\r\n"));
  assert.equal((await socket.answer()).body, "PUT /c ");
  // One that does not wait is not answered twice either.
  const hasty = put(
    wire,
    "/d",
    `Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n`,
  );
  const answers = await wire.talk(`${hasty}hello`);
  assert.deepEqual(answers.map(({ status }) => status), [100, 200]);
  const old = `PUT /e HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello`;
  assert.deepEqual((await wire.talk(old)).map(({ status }) => status), [200]);
});

Deno.test("an upload that is refused unread is not asked for; its connection ends", async () => {
  await using wire = new Wire(() => REFUSAL);
  const socket = await wire.open();
  await socket.send(put(wire, "/", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
  const [answer, ...more] = parseAnswers(await socket.rest());
  assert.deepEqual(more, []);
  assert.deepEqual([answer.status, answer.body], [403, "no"]);
  assert.equal(answer.headers.connection, "close");
  // Whether this is the body or a request cannot be known: it is neither.
  await socket.send(`GET / HTTP/1.1\r\nHost: ${wire.host}\r\n\r\n`);
  assert.equal(await socket.rest(), "");
});

Deno.test("a small body that nobody reads is skipped", async () => {
  await using wire = new Wire((request) => request.method === "PUT" ? REFUSAL : echo(request));
  const socket = await wire.open();
  const bodies = [
    put(wire, "/", "Content-Length: 100000\r\n") + "x".repeat(100_000),
    put(wire, "/", "Transfer-Encoding: chunked\r\n") +
    `186a0\r\n${"x".repeat(100_000)}\r\n0\r\n\r\n`,
  ];
  for (const text of bodies) {
    await socket.send(text);
    const answer = await socket.answer();
    assert.deepEqual([answer.status, answer.headers.connection], [403, undefined]);
    await socket.send(`GET /next HTTP/1.1\r\nHost: ${wire.host}\r\n\r\n`);
    assert.equal((await socket.answer()).body, "GET /next ");
  }
});

Deno.test("a client that sends all of a large body before it reads sees why it was refused", async () => {
  await using wire = new Wire(() => REFUSAL);
  const bytes = new Uint8Array(24 * 1024 * 1024);
  const said = [
    put(wire, "/", `Content-Length: ${bytes.length}\r\n`),
    put(wire, "/", `Transfer-Encoding: chunked\r\n`) + `${bytes.length.toString(16)}\r\n`,
    // A head that is none, with a body after it.
    put(wire, "/", `Content-Length: +${bytes.length}\r\n`),
  ];
  for (const [index, head] of said.entries()) {
    const socket = await wire.open();
    await socket.send(head);
    await socket.send(bytes);
    await socket.finish();
    const [answer] = parseAnswers(await socket.rest());
    assert.equal(answer.status, index === 2 ? 400 : 403);
    assert.ok(answer.isWhole);
    socket.close();
  }
});

Deno.test("what a handler still waits for when it answers does not come", async () => {
  let late: Promise<unknown> = Promise.resolve();
  await using wire = new Wire((request) => {
    if (request.method === "GET") return echo(request);
    late = bodyText(request).catch((error) => error);
    return REFUSAL;
  });
  const socket = await wire.open();
  await socket.send(put(wire, "/", "Content-Length: 8\r\n"));
  assert.equal((await socket.answer()).status, 403);
  assert.match(String(await late), /the request is answered/);
  // The read that was under way is that of the rest now: the next request begins after it.
  await socket.send("GET / HTGET /next HTTP/1.1\r\n");
  await socket.send(`Host: ${wire.host}\r\n\r\n`);
  const answer = await socket.answer();
  assert.equal(answer.body, "GET /next ");

  // Asked for after the answer, and behind a client that waits for its sign.
  const asked = await wire.open();
  await asked.send(put(wire, "/", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
  const heads = [await asked.until("\r\n\r\n")];
  if (heads[0].startsWith("HTTP/1.1 100 ")) heads.push(await asked.until("\r\n\r\n"));
  assert.match(heads.at(-1)!, /^HTTP\/1\.1 403 /);
  assert.equal(await asked.take(2), "no");
});

Deno.test("an upload that breaks off is never taken for whole", async () => {
  const seen: string[] = [];
  const told: PromiseWithResolvers<void>[] = [];
  await using wire = new Wire(async (request: HttpRequest) => {
    try {
      seen.push(await bodyText(request));
    } catch (error) {
      seen.push(`failed: ${(error as Error).name}`);
    }
    told.shift()!.resolve();
    return { status: 200, headers: {}, body: null };
  });
  const cases = [
    put(wire, "/", "Content-Length: 10\r\n") + "hello",
    put(wire, "/", "Content-Length: 10\r\n"),
    put(wire, "/", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n",
    put(wire, "/", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n",
    put(wire, "/", "Transfer-Encoding: chunked\r\n") + "5\r\nhel",
  ];
  for (const text of cases) {
    for (const end of ["closes", "finishes"]) {
      const over = Promise.withResolvers<void>();
      told.push(over);
      const socket = await wire.open();
      await socket.send(text);
      if (end === "closes") socket.close();
      else await socket.finish();
      await over.promise;
      assert.match(seen.pop()!, /^failed: /, text);
      if (end === "finishes") assert.match(await socket.rest(), /connection: close/);
    }
  }
  assert.deepEqual(seen, []);
});

Deno.test("a body comes as fast as it is read", async () => {
  const length = 40 * 1024 * 1024;
  let sent = 0;
  await using wire = new Wire(async ({ body }) => {
    const reader = body!.getReader();
    let received = 0;
    const { value } = await reader.read();
    received += value!.length;
    // What the sockets hold is on its way; nothing more is read meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(sent < length, `${sent}`);
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      received += next.value.length;
    }
    return { status: 200, headers: {}, body: bytesOf(String(received)) };
  });
  const socket = await wire.open();
  await socket.send(put(wire, "/", `Content-Length: ${length}\r\n${END.slice(0, -2)}`));
  const piece = new Uint8Array(256 * 1024);
  for (; sent < length; sent += piece.length) await socket.send(piece);
  assert.equal(parseAnswers(await socket.rest())[0].body, String(length));
});

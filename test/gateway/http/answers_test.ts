import assert from "node:assert/strict";
import type { HttpAnswer } from "../../../src/gateway/http/answer.ts";
import { bytesOf, echo, parseAnswers, TestSource, Wire } from "./support/wire.ts";

const get = ({ host }: Wire, target: string, lines = "Connection: close\r\n", method = "GET") =>
  `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n`;

Deno.test("a connection goes on as client and answer say", async () => {
  await using wire = new Wire(echo);
  const cases: [version: string, lines: string, connection: string | undefined][] = [
    ["1.1", "", undefined],
    ["1.1", "Connection: keep-alive\r\n", undefined],
    ["1.1", "Connection: x-close\r\n", undefined],
    ["1.1", "Connection: TE, Close\r\n", "close"],
    ["1.1", "Connection: TE\r\nConnection: close\r\n", "close"],
    ["1.0", "", "close"],
    ["1.0", "Connection: Keep-Alive\r\n", "keep-alive"],
  ];
  for (const [version, lines, connection] of cases) {
    const socket = await wire.open();
    await socket.send(`GET / HTTP/${version}\r\nHost: ${wire.host}\r\n${lines}\r\n`);
    assert.equal((await socket.answer()).headers.connection, connection, lines);
    if (connection === "close") {
      assert.equal(await socket.rest(), "");
    } else {
      await socket.send(get(wire, "/again"));
      assert.equal((await socket.answer()).body, "GET /again ");
    }
    socket.close();
  }
});

Deno.test("requests that come together are answered in their order", async () => {
  await using wire = new Wire(async (request) => {
    // The first is the slowest.
    await new Promise((resolve) => setTimeout(resolve, request.target === "/0" ? 50 : 0));
    return await echo(request);
  });
  const targets = Array.from({ length: 20 }, (_, index) => `/${index}`);
  const texts = targets.map((target) => get(wire, target, ""));
  const answers = await wire.talk(texts.join("") + get(wire, "/last") + get(wire, "/after"));
  assert.deepEqual(
    answers.map(({ body }) => body),
    [...targets, "/last"].map((target) => `GET ${target} `),
  );
});

Deno.test("answers without a body have none, and say what the handler says", async () => {
  const answers: Record<string, () => HttpAnswer> = {
    "/bytes": () => ({ status: 200, headers: {}, body: bytesOf("hello") }),
    "/source": () => ({ status: 200, headers: {}, body: new TestSource([bytesOf("hello")]) }),
    "/said": () => ({ status: 200, headers: { "content-length": "12345" }, body: null }),
    "/204": () => ({ status: 204, headers: { "content-length": "5" }, body: bytesOf("hello") }),
    "/304": () => ({ status: 304, headers: { "content-length": "7", etag: '"a"' }, body: null }),
    "/304s": () => ({ status: 304, headers: {}, body: new TestSource([bytesOf("hello")]) }),
    "/none": () => ({ status: 499, headers: {}, body: null }),
  };
  await using wire = new Wire(({ target }) => answers[target]());
  const heads: [method: string, target: string, status: number, length: string | undefined][] = [
    ["HEAD", "/bytes", 200, "5"],
    ["HEAD", "/source", 200, undefined],
    ["HEAD", "/said", 200, "12345"],
    ["GET", "/204", 204, undefined],
    ["GET", "/304", 304, "7"],
    ["GET", "/304s", 304, undefined],
    ["HEAD", "/none", 499, undefined],
    ["GET", "/none", 499, "0"],
  ];
  const socket = await wire.open();
  for (const [method, target, status, length] of heads) {
    await socket.send(get(wire, target, "", method));
    const head = await socket.until("\r\n\r\n");
    assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), target);
    assert.equal(/^content-length: (.*)\r$/m.exec(head)?.[1], length, `${method} ${target}`);
    assert.doesNotMatch(head, /transfer-encoding/);
  }
  await socket.send(get(wire, "/bytes"));
  assert.match(await socket.rest(), /^HTTP[^]*\r\n\r\nhello$/);
});

Deno.test("a body of any pieces arrives; without a length in chunks, or whole for HTTP/1.0", async () => {
  const sizes = [0, 1, 0, 1023, 1024, 1025, 70_000, 81_920, 81_921, 700_000, 3, 0];
  const pieces = () => sizes.map((size, index) => new Uint8Array(size).fill(97 + index));
  const text = pieces().map((piece) => new TextDecoder().decode(piece)).join("");
  await using wire = new Wire(({ target }) => {
    const count = Number(target.slice(2));
    const some = pieces().slice(0, count);
    const length = some.reduce((sum, { length }) => sum + length, 0);
    const headers: Record<string, string> = target[1] === "l"
      ? { "content-length": String(length) }
      : {};
    return { status: 200, headers, body: new TestSource(some) };
  });
  for (let count = 0; count <= sizes.length; count++) {
    const length = sizes.slice(0, count).reduce((sum, size) => sum + size, 0);
    const body = text.slice(0, length);
    const [framed] = await wire.talk(get(wire, `/l${count}`));
    const [chunked] = await wire.talk(get(wire, `/c${count}`));
    const [old] = await wire.talk(`GET /c${count} HTTP/1.0\r\n\r\n`);
    for (const answer of [framed, chunked, old]) {
      assert.equal(answer.status, 200);
      assert.ok(answer.isWhole);
      assert.ok(answer.body === body);
    }
    assert.equal(chunked.headers["transfer-encoding"], "chunked");
    assert.equal(old.headers["content-length"], String(length));
  }
});

Deno.test("a body that fails, or is not as long as it says, is never taken for whole", async () => {
  const [small, large] = [bytesOf("hello"), new Uint8Array(300_000)];
  const sources: Record<string, [pieces: (Uint8Array | Error)[], length: number | undefined]> = {
    "fails midway": [[large, new Error("gone")], 400_000],
    "fails at its end": [[large, new Error("gone")], 300_000],
    "fails in chunks": [[large, new Error("gone")], undefined],
    "fails after a little in chunks": [[small, new Error("gone")], undefined],
    "is shorter": [[large], 300_001],
    "is longer": [[large, small], 300_000],
    "is longer in its last piece": [[large, large], 599_999],
  };
  let source = new TestSource([]);
  await using wire = new Wire(({ target }) => {
    const [pieces, length] = sources[decodeURI(target).slice(1)];
    source = new TestSource(pieces);
    const headers: Record<string, string> = length === undefined
      ? {}
      : { "content-length": String(length) };
    return { status: 200, headers, body: source };
  });
  for (const name of Object.keys(sources)) {
    const [answer, ...more] = await wire.talk(get(wire, `/${encodeURI(name)}`, ""));
    assert.equal(answer.status, 200, name);
    assert.equal(answer.isWhole, false, name);
    assert.deepEqual(more, []);
    assert.ok(source.cancelled > 0);
  }
});

Deno.test("what fails before anything was sent is a 500, and the client can go on", async () => {
  const failing: Record<string, () => HttpAnswer> = {
    "/rejects": () => {
      throw new Error("a secret");
    },
    "/first": () => ({ status: 200, headers: {}, body: new TestSource([new Error("gone")]) }),
    "/tiny": () => ({
      status: 200,
      headers: { "content-length": "5" },
      body: new TestSource([bytesOf("hello"), new Error("gone")]),
    }),
    "/over": () => ({
      status: 200,
      headers: { "content-length": "4" },
      body: new TestSource([bytesOf("hello")]),
    }),
    "/name": () => ({ status: 200, headers: { "x a": "b" }, body: null }),
    "/upper": () => ({ status: 200, headers: { "X-A": "b" }, body: null }),
    "/line": () => ({ status: 200, headers: { a: "b\r\nset-cookie: c" }, body: null }),
    "/wide": () => ({ status: 200, headers: { a: "\u2026" }, body: null }),
    "/huge": () => ({ status: 200, headers: { a: "b".repeat(100_000) }, body: null }),
    "/length": () => ({ status: 200, headers: { "content-length": "a" }, body: bytesOf("b") }),
    "/shorter": () => ({ status: 200, headers: { "content-length": "9" }, body: bytesOf("b") }),
    "/longer": () => ({ status: 200, headers: { "content-length": "0" }, body: bytesOf("b") }),
    "/nothing": () => ({ status: 200, headers: { "content-length": "9" }, body: null }),
    "/100": () => ({ status: 100, headers: {}, body: null }),
    "/0": () => ({ status: 0, headers: {}, body: null }),
    "/1000": () => ({ status: 1000, headers: {}, body: null }),
  };
  await using wire = new Wire(({ target }) => failing[target]());
  const socket = await wire.open();
  for (const target of Object.keys(failing)) {
    await socket.send(get(wire, target, ""));
    const answer = await socket.answer();
    assert.equal(answer.status, 500, target);
    assert.equal(answer.body, "The server failed.\n");
  }
  await socket.send(get(wire, "/rejects", "", "HEAD"));
  assert.match(await socket.until("\r\n\r\n"), /^HTTP\/1\.1 500 [^]*content-length: 19\r\n/);
});

Deno.test("headers about the connection are the server's own", async () => {
  await using wire = new Wire(() => ({
    status: 200,
    headers: {
      connection: "upgrade",
      "transfer-encoding": "chunked",
      "keep-alive": "timeout=1",
      date: "yesterday",
      "x-a": "b\xe0",
    },
    body: bytesOf("hello"),
  }));
  const [answer] = await wire.talk(get(wire, "/"));
  const { date, ...headers } = answer.headers;
  assert.notEqual(date, "yesterday");
  assert.deepEqual(headers, { "x-a": "b\xe0", "content-length": "5", connection: "close" });
  assert.equal(answer.body, "hello");
});

Deno.test("a client that goes ends the making of its answer", async () => {
  const piece = new Uint8Array(100_000);
  const endless = () => new TestSource(Array.from({ length: 500 }, () => piece));
  const sources = {
    "/waits": () => new TestSource([piece], "waits"),
    "/framed": endless,
    "/chunked": endless,
  };
  const made: TestSource[] = [];
  await using wire = new Wire(({ target }) => {
    const source = sources[target as keyof typeof sources]();
    made.push(source);
    const headers: Record<string, string> = target === "/framed"
      ? { "content-length": String(500 * piece.length) }
      : {};
    return { status: 200, headers, body: source };
  });
  for (const target of Object.keys(sources)) {
    const socket = await wire.open();
    await socket.send(get(wire, target, ""));
    await socket.take(2000);
    socket.close();
    await made.at(-1)!.stopped;
  }
});

Deno.test("a client that has ended its side still gets what is there; no half of a body is whole", async () => {
  const source = new TestSource([bytesOf("hel")], "waits");
  await using wire = new Wire(async (request) => {
    if (request.target === "/source") return { status: 200, headers: {}, body: source };
    await new Promise((resolve) => setTimeout(resolve, 30));
    return await echo(request);
  });
  const socket = await wire.open();
  await socket.send(get(wire, "/a", "") + get(wire, "/b", ""));
  await socket.finish();
  const bodies = parseAnswers(await socket.rest()).map(({ body }) => body);
  assert.deepEqual(bodies, ["GET /a ", "GET /b "]);

  const other = await wire.open();
  await other.send(get(wire, "/source", ""));
  await other.finish();
  assert.ok(parseAnswers(await other.rest()).every(({ isWhole }) => !isWhole));
  assert.ok(source.cancelled > 0);
});

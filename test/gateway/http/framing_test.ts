import assert from "node:assert/strict";
import fc from "fast-check";
import { echo, Wire } from "./support/wire.ts";

const END = "Connection: close\r\n\r\n";

Deno.test("a request is answered by what it says, however it is written", async () => {
  await using wire = new Wire(echo);
  const host = `Host: ${wire.host}\r\n`;
  const cases: [text: string, body: string][] = [
    [`GET /a?b=c%20d HTTP/1.1\r\n${host}${END}`, "GET /a?b=c%20d "],
    [`\r\n\r\nGET / HTTP/1.1\r\n${host}${END}`, "GET / "],
    [`M-SEARCH / HTTP/1.1\r\n${host}${END}`, "M-SEARCH / "],
    [`get / HTTP/1.1\r\n${host}${END}`, "get / "],
    [`OPTIONS * HTTP/1.1\r\n${host}${END}`, "OPTIONS * "],
    [`GET http://${wire.host}/a HTTP/1.1\r\n${host}${END}`, `GET http://${wire.host}/a `],
    [`PUT / HTTP/1.1\r\n${host}Content-Length: 3\r\n${END}abc`, "PUT / abc"],
    [`PUT / HTTP/1.1\r\n${host}Content-Length:\t0003 \r\n${END}abc`, "PUT / abc"],
    [
      `PUT / HTTP/1.1\r\n${host}transfer-encoding: Chunked\r\n${END}3\r\nabc\r\n0A ;x="y"\r\n0123456789\r\n` +
      "000\r\nTrailer: of no use\r\n\r\n",
      "PUT / abc0123456789",
    ],
    ["GET / HTTP/1.0\r\n\r\n", "GET / "],
  ];
  for (const [text, body] of cases) {
    const [answer, ...more] = await wire.talk(text);
    assert.deepEqual(more, [], text);
    assert.equal(answer.body, body);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.connection, "close");
    assert.equal(new Date(answer.headers.date).toUTCString(), answer.headers.date);
  }
});

Deno.test("bytes of a header come as they were sent, each a character", async () => {
  await using wire = new Wire(({ headers }) => ({
    status: 200,
    headers: {},
    body: new TextEncoder().encode(JSON.stringify(headers.get("x-a"))),
  }));
  // "…à": as UTF-8, its bytes are from 0x80 to 0x9f, and the last is a white space of latin1.
  const head = `GET / HTTP/1.1\r\nHost: ${wire.host}\r\nX-A:  \t …à\t \r\n${END}`;
  const [{ body }] = await wire.talk(head);
  const said: string = JSON.parse(new TextDecoder().decode(Uint8Array.from(body, code)));
  assert.equal(new TextDecoder().decode(Uint8Array.from(said, code)), "…à");

  const twice = `GET / HTTP/1.1\r\nHost: ${wire.host}\r\nX-A: 1\r\nX-a:\r\nx-A: 2\r\n${END}`;
  assert.equal((await wire.talk(twice))[0].body, '"1, , 2"');
});

const code = (character: string) => character.charCodeAt(0);

Deno.test("what does not say clearly where it ends is refused, and nothing after it is believed", async () => {
  const asked: string[] = [];
  await using wire = new Wire((request) => {
    asked.push(request.target);
    return echo(request);
  });
  const host = `Host: ${wire.host}\r\n`;
  const next = `GET /smuggled HTTP/1.1\r\n${host}\r\n`;
  const head = (lines: string) => `PUT / HTTP/1.1\r\n${host}${lines}\r\n`;
  const cases: Record<string, string> = {
    "both framings": head("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
    "another coding": head("Transfer-Encoding: gzip, chunked\r\n"),
    "no coding": head("Transfer-Encoding:\r\n"),
    "chunked twice": head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    "a coding that looks like it": head("Transfer-Encoding: xchunked\r\n"),
    "chunks of HTTP/1.0": "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "two lengths": head("Content-Length: 3\r\nContent-Length: 4\r\n"),
    "a list of lengths": head("Content-Length: 3, 3\r\n"),
    "a plus": head("Content-Length: +5\r\n"),
    "a minus": head("Content-Length: -5\r\n"),
    "hexadecimal": head("Content-Length: 0x10\r\n"),
    "a fraction": head("Content-Length: 1.0\r\n"),
    "an empty length": head("Content-Length:\r\n"),
    "a huge length": head("Content-Length: 99999999999999999999\r\n"),
    "a folded line": head("X-A: b\r\n c\r\n"),
    "a space before the colon": head("X-A : b\r\n"),
    "a first header that is folded": head(" X-A: b\r\n"),
    "no name": head(": b\r\n"),
    "no colon": head("X-A\r\n"),
    "a line end in a value": head("X-A: b\nTransfer-Encoding: chunked\r\n"),
    "CR in a value": head("X-A: b\rc\r\n"),
    "NUL in a value": head("X-A: b\0c\r\n"),
    "NUL in a name": head("X\0: b\r\n"),
    "NUL in the target": `GET /a\0b HTTP/1.1\r\n${host}\r\n`,
    "no target": `GET HTTP/1.1\r\n${host}\r\n`,
    "two spaces": `GET  / HTTP/1.1\r\n${host}\r\n`,
    "a target that is no path": `GET a HTTP/1.1\r\n${host}\r\n`,
    "an authority": `CONNECT ${wire.host} HTTP/1.1\r\n${host}\r\n`,
    "another host's target": `GET http://example.org/ HTTP/1.1\r\n${host}\r\n`,
    "no host": "GET / HTTP/1.1\r\n\r\n",
    "two hosts": `GET / HTTP/1.1\r\n${host}${host}\r\n`,
    "HTTP/0.9": "GET /\r\n\r\n",
    "LF alone": `GET / HTTP/1.1\n${host}\n`,
    "LF alone at the end": `GET / HTTP/1.1\r\n${host}\n`,
    "LF first": `\nGET / HTTP/1.1\r\n${host}\r\n`,
    "a method that is none": `G(T / HTTP/1.1\r\n${host}\r\n`,
  };
  for (const [name, text] of Object.entries(cases)) {
    const [answer, ...more] = await wire.talk(text + next);
    assert.equal(answer.status, 400, name);
    assert.equal(answer.headers.connection, "close", name);
    assert.deepEqual(more, [], name);
  }
  assert.deepEqual(asked, []);
  assert.equal((await wire.talk(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`))[0].status, 505);
});

Deno.test("a client that speaks another protocol is told at its first bytes", async () => {
  await using wire = new Wire(echo);
  const socket = await wire.open();
  await socket.send(Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3));
  assert.match(await socket.rest(), /^HTTP\/1\.1 400 /);
});

Deno.test("a head of 60 KiB is read, byte by byte too; one that is longer is refused", async () => {
  await using wire = new Wire(echo);
  const head = (length: number) =>
    `GET / HTTP/1.1\r\nHost: ${wire.host}\r\nX-A: ${"a".repeat(length)}\r\n${END}`;
  assert.equal((await wire.talk(head(60_000)))[0].status, 200);
  assert.equal((await wire.talk(head(200_000)))[0].status, 431);
  const endless = await wire.open();
  await endless.send(`GET /${"a".repeat(70_000)}`);
  assert.match(await endless.rest(), /^HTTP\/1\.1 431 /);
  const socket = await wire.open();
  for (const character of head(300)) await socket.send(character);
  assert.match(await socket.rest(), /^HTTP\/1\.1 200 /);
});

Deno.test("chunks that are none end an upload, and never well", async () => {
  const seen: string[] = [];
  await using wire = new Wire(async (request) => {
    try {
      return await echo(request);
    } catch {
      seen.push("failed");
      return { status: 409, headers: {}, body: null };
    }
  });
  const bodies = [
    "+3\r\nabc\r\n0\r\n\r\n",
    "-3\r\nabc\r\n0\r\n\r\n",
    "0x3\r\nabc\r\n0\r\n\r\n",
    " 3\r\nabc\r\n0\r\n\r\n",
    "3\nabc\r\n0\r\n\r\n",
    "3\r\r\nabc\r\n0\r\n\r\n",
    "3\r\nabc\n0\r\n\r\n",
    "3\r\nabcd\r\n0\r\n\r\n",
    "\r\n0\r\n\r\n",
    "zz\r\n",
    "fffffffffffffffff\r\nabc",
    `3;${"x".repeat(8000)}\r\nabc\r\n0\r\n\r\n`,
    "3;\0\r\nabc\r\n0\r\n\r\n",
    "0\r\nA: b\n\r\n",
    `0\r\n${"A: b\r\n".repeat(100)}\r\n`,
  ];
  for (const body of bodies) {
    const text =
      `PUT / HTTP/1.1\r\nHost: ${wire.host}\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
    const [answer, ...more] = await wire.talk(text);
    assert.equal(answer.status, 409, JSON.stringify(body));
    assert.equal(answer.headers.connection, "close");
    assert.deepEqual(more, []);
  }
  assert.equal(seen.length, bodies.length);
});

Deno.test("however requests are cut into writes, their answers are the same", async () => {
  await using wire = new Wire(async (request) => {
    if (request.target === "/unread") return { status: 403, headers: {}, body: null };
    return await echo(request);
  });
  const request = fc.record({
    target: fc.constantFrom("/", "/unread", "/a/b%20c?d", `/${"k".repeat(900)}`),
    body: fc.oneof(
      fc.constant(undefined),
      fc.record({
        framing: fc.constantFrom("length", "chunked"),
        pieces: fc.array(fc.string({ minLength: 1, maxLength: 40 }), { maxLength: 4 }),
      }),
    ),
    empty: fc.constantFrom("", "\r\n"),
  });
  const textOf = (
    { target, body, empty }: typeof request extends fc.Arbitrary<infer T> ? T : never,
  ) => {
    const head = `${empty}PUT ${target} HTTP/1.1\r\nHost: ${wire.host}\r\n`;
    if (body === undefined) return `${head}\r\n`;
    const pieces = body.pieces.map((each) => new TextEncoder().encode(each).length);
    const all = body.pieces.join("");
    if (body.framing === "length") {
      return `${head}Content-Length: ${new TextEncoder().encode(all).length}\r\n\r\n${all}`;
    }
    const chunks = body.pieces.map((each, index) => `${pieces[index].toString(16)}\r\n${each}\r\n`);
    return `${head}Transfer-Encoding: chunked\r\n\r\n${chunks.join("")}0\r\n\r\n`;
  };
  const last = `GET /last HTTP/1.1\r\nHost: ${wire.host}\r\n${END}`;
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 4 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
      async (requests, cuts) => {
        const bytes = new TextEncoder().encode(requests.map(textOf).join("") + last);
        const ends = [...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length];
        ends.sort((a, b) => a - b);
        const socket = await wire.open();
        let at = 0;
        for (const end of ends) {
          await socket.send(bytes.subarray(at, end));
          // The server reads it before the next comes.
          await new Promise((resolve) => setTimeout(resolve, 0));
          at = end;
        }
        const cut = await socket.rest();
        socket.close();
        const answers = cut.replace(/\r\ndate: [^\r]*/g, "");
        const expected =
          requests.map(({ target, body }) =>
            target === "/unread"
              ? "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"
              : answerText(`PUT ${target} ${body?.pieces.join("") ?? ""}`, "")
          ).join("") + answerText("GET /last ", "connection: close\r\n");
        assert.equal(answers, expected);
      },
    ),
    { numRuns: 150 },
  );
});

/** What {@link echo} is sent as, in latin1. */
function answerText(body: string, connection: string): string {
  const text = Array.from(new TextEncoder().encode(body), (byte) => String.fromCharCode(byte));
  return `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n${connection}\r\n${text.join("")}`;
}

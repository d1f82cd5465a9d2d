import assert from "node:assert/strict";
import fc from "fast-check";
import type { Answer } from "../../../src/range/http/answer.ts";
import { ConnectionPool } from "../../../src/range/http/pool.ts";

const never = new AbortController().signal;
const encoder = new TextEncoder();

/** A service that answers each request of a connection with the next of `answers`, in such pieces. */
function service(answers: readonly (readonly Uint8Array[])[], then: "close" | "keep" = "keep") {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heads: string[] = [];
  const open = new Set<Deno.Conn>();
  let connections = 0;
  let next = 0;
  const serve = async (conn: Deno.Conn) => {
    const buffer = new Uint8Array(8192);
    while (next < answers.length) {
      const count = await conn.read(buffer);
      if (count === null) break;
      heads.push(new TextDecoder().decode(buffer.subarray(0, count)));
      for (const piece of answers[next++]) {
        for (let at = 0; at < piece.length;) at += await conn.write(piece.subarray(at));
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
    if (then === "close") {
      open.delete(conn);
      conn.close();
    }
  };
  const accepting = (async () => {
    for await (const conn of listener) {
      connections++;
      open.add(conn);
      serve(conn).catch(() => {}); // the client has gone
    }
  })();
  const port = (listener.addr as Deno.NetAddr).port;
  const origin = `http://127.0.0.1:${port}`;
  const pool = new ConnectionPool({ most: 8, idle: 60_000, certificates: [] });
  return {
    heads,
    open,
    origin,
    pool,
    prepare: (count: number) => pool.prepare(origin, count),
    get connections() {
      return connections;
    },
    get: (headers: Record<string, string> = {}, signal = never, method: "GET" | "HEAD" = "GET") =>
      pool.send({
        method,
        origin,
        host: `127.0.0.1:${port}`,
        target: "/b/k?a=1",
        headers,
      }, signal),
    async [Symbol.asyncDispose]() {
      pool.close();
      listener.close();
      for (const conn of open) conn.close();
      await accepting.catch(() => {});
    },
  };
}

function text(...pieces: string[]): Uint8Array[] {
  return pieces.map((piece) => encoder.encode(piece));
}

async function bytesOf({ body }: Answer): Promise<string> {
  const reader = body?.getReader();
  let all = "";
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    all += new TextDecoder().decode(value);
  }
  return all;
}

Deno.test("requests follow each other over one connection, whatever frames their answers", async () => {
  await using t = service([
    text('HTTP/1.1 206 P\r\nContent-Length: 5\r\nETag: "x"\r\nX-A: 1\r\nx-a: 2\r\n\r\nhello'),
    text(
      "HTTP/1.1 200\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nt: 1\r\n\r\n",
    ),
    text("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 N\r\ncontent-length: 7\r\n\r\n"),
    text("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n"),
    text("HTTP/1.1 404 OK\r\ncontent-length: 0\r\n\r\n"),
    text("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
  ]);
  const first = await t.get({ range: "bytes=0-4" });
  assert.deepEqual([first.status, first.ok, first.headers.get("etag")], [206, true, '"x"']);
  assert.deepEqual([first.headers.get("x-a"), first.headers.get("y")], ["1, 2", null]);
  assert.equal(await bytesOf(first), "hello");
  assert.equal(await bytesOf(await t.get()), "abcde");
  assert.equal((await t.get()).status, 304);
  assert.equal((await t.get({}, never, "HEAD")).headers.get("content-length"), "7");
  assert.equal((await t.get()).ok, false);
  assert.equal(await bytesOf(await t.get()), "ok");
  assert.equal(t.connections, 1);
  assert.match(
    t.heads[0],
    /^GET \/b\/k\?a=1 HTTP\/1\.1\r\nhost: 127[^]*\r\nrange: bytes=0-4\r\n\r\n$/,
  );
});

Deno.test("a connection that the answer ends, breaks or speaks on after is not used again", async () => {
  const again = text("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  for (
    const first of [
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nConnection: close\r\n\r\nok",
      "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad",
    ]
  ) {
    await using t = service([text(first), again]);
    assert.equal(await bytesOf(await t.get()), "ok");
    assert.equal(await bytesOf(await t.get()), "ok");
    assert.equal(t.connections, 2, first);
  }
  await using late = service([[
    ...text("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
    ...text("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad"),
  ], again]);
  assert.equal(await bytesOf(await late.get()), "ok");
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await bytesOf(await late.get()), "ok");
  assert.equal(late.connections, 2);
});

Deno.test("a body without a length ends with the connection, one with a length must be whole", async () => {
  await using open = service([text("HTTP/1.1 200 OK\r\n\r\n", "all ", "of it")], "close");
  assert.equal(await bytesOf(await open.get()), "all of it");
  await using short = service([text("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort")], "close");
  await assert.rejects(async () => await bytesOf(await short.get()), /connection closed/);
  await using chunked = service([
    text("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"),
  ], "close");
  await assert.rejects(async () => await bytesOf(await chunked.get()), /connection closed/);
  await using nothing = service([[]], "close");
  await assert.rejects(nothing.get(), /connection closed before/);
});

Deno.test("what is not clearly HTTP/1 is refused", async () => {
  for (
    const [answer, why] of [
      ["SSH-2.0-OpenSSH_9.2\r\n\r\n", /invalid HTTP version/],
      ["HTTP/1.1 200 OK\r\nno colon\r\n\r\n", /header/],
      ["HTTP/1.1 200 OK\r\na b: 1\r\n\r\n", /header/],
      ["HTTP/1.1 200 OK\r\na: 1\r\n folded\r\n\r\n", /header/],
      ["HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", /length/],
      ["HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nab", /length/],
      ["HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nab", /encoding/],
      ["HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\nab", /encoding/],
      ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", /chunk/],
      ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n", /chunk/],
      ["HTTP/1.1 101 S\r\n\r\n", /protocol/],
      [`HTTP/1.1 200 OK\r\na: ${"b".repeat(200_000)}`, /too long/],
    ] as const
  ) {
    await using t = service([text(answer)], "close");
    await assert.rejects(async () => await bytesOf(await t.get()), why, answer.slice(0, 60));
  }
});

Deno.test("a request that would be two is not sent", async () => {
  await using t = service([]);
  await assert.rejects(t.get({ "if-match": '"a\r\nx: y"' }), /invalid header/);
  await assert.rejects(t.get({ "bad name": "x" }), /invalid header/);
  await assert.rejects(
    t.pool.send(
      { method: "GET", origin: "http://127.0.0.1:1", host: "h", target: "/a b", headers: {} },
      never,
    ),
    /target/,
  );
  assert.equal(t.connections, 0);
});

Deno.test("bytes come right in whatever pieces they are sent", async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      async (each, isChunked, cut) => {
        const body = each.map((size, index) => new Uint8Array(size).fill(index + 1));
        const total = each.reduce((sum, size) => sum + size, 0);
        const head = isChunked ? "transfer-encoding: chunked" : `content-length: ${total}`;
        const sent = body.flatMap((bytes) =>
          isChunked
            ? [...text(`${bytes.length.toString(16)}\r\n`), bytes, ...text("\r\n")]
            : [bytes.subarray(0, cut), bytes.subarray(cut)]
        );
        const start = text("HTTP/1.1 200 OK\r\n".slice(0, cut), "HTTP/1.1 200 OK\r\n".slice(cut));
        await using t = service([
          [...start, ...text(`${head}\r\n\r\n`), ...sent, ...(isChunked ? text("0\r\n\r\n") : [])],
        ]);
        const reader = (await t.get()).body!.getReader();
        const got: Uint8Array[] = [];
        while (true) {
          const { done, value } = await reader.read();
          if (done) break;
          got.push(value);
        }
        // Joined only now: a buffer that was written again would show.
        assert.deepEqual(await new Blob(got as BlobPart[]).bytes(), await new Blob(body).bytes());
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("aborting ends what waits, for a connection, a head or a body, and harms no other", async () => {
  const head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nx";
  await using t = service([[], text(head), text("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")]);
  const aborted = new AbortController();
  aborted.abort(new Error("given up"));
  await assert.rejects(t.get({}, aborted.signal), /given up/);
  const waiting = new AbortController();
  const silent = t.get({}, waiting.signal);
  while (t.heads.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  waiting.abort(new Error("given up"));
  await assert.rejects(silent, /given up/);
  const reader = (await t.get()).body!.getReader();
  assert.equal((await reader.read()).value?.length, 1);
  const pending = reader.read();
  await reader.cancel();
  assert.equal((await pending).done, true);
  assert.equal(await bytesOf(await t.get()), "ok");
});

Deno.test("connections are opened ahead where there are none, and requests take them", async () => {
  await using t = service(Array.from({ length: 9 }, () => text("HTTP/1.1 204 Fine\r\n\r\n")));
  t.prepare(3);
  t.prepare(3);
  const [first, ...rest] = Array.from({ length: 4 }, () => t.get());
  assert.equal((await first).status, 204);
  await Promise.all(rest);
  while (t.connections < 4) await new Promise((resolve) => setTimeout(resolve, 1));
  t.prepare(8);
  assert.equal((await t.get()).status, 204);
  assert.equal(t.connections, 4, "three ahead, one for the request that found none left");
});

Deno.test("of connections ahead that cannot be opened who sends is told, and nobody else", async () => {
  const t = service([]);
  await t[Symbol.asyncDispose]();
  const pool = new ConnectionPool({ most: 8, idle: 60_000, certificates: [] });
  pool.prepare(t.origin, 3);
  await assert.rejects(
    pool.send({ method: "GET", origin: t.origin, host: "x", target: "/", headers: {} }, never),
    Deno.errors.ConnectionRefused,
  );
  pool.prepare(t.origin, 3);
  pool.close();
});

Deno.test("connections ahead that nobody uses are closed", async () => {
  await using t = service([]);
  const pool = new ConnectionPool({ most: 8, idle: 40, certificates: [] });
  pool.prepare(t.origin, 3);
  while (t.connections < 3) await new Promise((resolve) => setTimeout(resolve, 1));
  await Promise.all([...t.open].map(async (conn) => {
    assert.equal(await conn.read(new Uint8Array(1)).catch(() => null), null);
  }));
  pool.close();
});

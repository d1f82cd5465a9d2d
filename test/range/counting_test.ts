import assert from "node:assert/strict";
import { bounded } from "../../src/range/range.ts";
import { RangeReader } from "../../src/range/reader.ts";
import { readBuffer } from "../../src/range/source.ts";
import { fakeStore } from "./support/fake_store.ts";

const SIZE = 10_000;
const LOCATION = { bucket: "lab", key: "data.bin" };

/** A service whose answer to request number `index` comes in one piece; each connection has one request. */
function service(answer: (index: number, range: string) => string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let index = 0;
  const serving = (async () => {
    for await (const conn of listener) {
      const buffer = new Uint8Array(8192);
      const count = await conn.read(buffer) ?? 0;
      const [, range] = /bytes=([\d-]+)/.exec(new TextDecoder().decode(buffer.subarray(0, count)))!;
      await conn.write(new TextEncoder().encode(answer(index++, range)));
      await conn.closeWrite();
      while (await conn.read(buffer).catch(() => null) !== null);
      conn.close();
    }
  })();
  return {
    store: fakeStore(new URL(`http://127.0.0.1:${listener.addr.port}`)),
    get requests() {
      return index;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

function ranged(range: string, said = range): string {
  const [first, last] = range.split("-").map(Number);
  const length = last - first + 1;
  return `HTTP/1.1 206 Partial Content\r\ncontent-length: ${length}\r\netag: "e"\r\n` +
    `content-range: bytes ${said}/${SIZE}\r\nconnection: close\r\n\r\n${"x".repeat(length)}`;
}

Deno.test("of an answer that is refused, what has come is counted as read and discarded", async () => {
  await using t = service((index, range) => ranged(range, index === 0 ? "7-1006" : range));
  using reader = new RangeReader({ settings: { backoffFirst: 1 } });
  const listed = { size: SIZE, etag: "e" };
  const source = await reader.openListed(t.store, LOCATION, listed);
  assert.equal((await readBuffer(source, bounded(0, 1000))).length, 1000);
  const { fromWire, discarded, requests } = reader.counter.snapshot();
  assert.deepEqual({ fromWire, discarded, requests }, {
    fromWire: 2000,
    discarded: 1000,
    requests: 2,
  });
});

Deno.test("the message of a refusal is counted as read", async () => {
  const message = "<Error><Code>SlowDown</Code></Error>";
  await using t = service((index, range) =>
    index > 0
      ? ranged(range)
      : `HTTP/1.1 503 Slow\r\ncontent-length: ${message.length}\r\n\r\n${message}`
  );
  using reader = new RangeReader({ settings: { backoffFirst: 1 } });
  const source = await reader.openListed(t.store, LOCATION, { size: SIZE, etag: "e" });
  await readBuffer(source, bounded(0, 10));
  const { fromWire, discarded } = reader.counter.snapshot();
  assert.deepEqual({ fromWire, discarded }, { fromWire: message.length + 10, discarded: 0 });
});

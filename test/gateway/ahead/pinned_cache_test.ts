import assert from "node:assert/strict";
import { PinnedCache } from "../../../src/gateway/ahead/pinned_cache.ts";
import { FactsMemory, LayeredCache } from "../../../src/range/cache/layered_cache.ts";
import { MemoryCache } from "../../../src/range/cache/memory_cache.ts";
import type { HeldBlock } from "../../../src/range/block_cache.ts";

const STATE = {
  store: "http://s",
  principal: "p",
  bucket: "b",
  key: "k",
  versionId: undefined,
  etag: "e",
  size: 1000,
};
const bytes = (from: number, length: number) =>
  Uint8Array.from({ length }, (_, i) => (from + i) % 251);

function open(memory: number): PinnedCache {
  return new PinnedCache(
    new LayeredCache(new MemoryCache(memory), undefined, new FactsMemory(), Date.now),
  );
}

async function read(cache: PinnedCache, offset: number, length: number, state = STATE) {
  const found = [];
  for (const piece of await cache.held(state, { offset, length }) as HeldBlock[]) {
    const chunks = await cache.load(state, piece);
    found.push([piece.offset, Buffer.concat((chunks ?? []) as Uint8Array[]).length]);
    assert.deepEqual(
      Buffer.concat(chunks as Uint8Array[]),
      Buffer.from(bytes(piece.offset, piece.length)),
    );
  }
  return found;
}

Deno.test("what is pinned outlives a cache that keeps nothing, until it is taken", async () => {
  const cache = open(0);
  cache.pin(STATE, { offset: 100, length: 200 });
  cache.keep(STATE, 0, [bytes(0, 150), bytes(150, 50)], "bulk");
  cache.keep(STATE, 200, [bytes(200, 300)], "bulk");
  assert.equal(cache.bytes, 200);
  assert.deepEqual(await read(cache, 0, 150), [[100, 50]]);
  assert.deepEqual(await read(cache, 150, 400), [[150, 50], [200, 100]]);
  assert.equal(cache.bytes, 0);
  assert.deepEqual(await read(cache, 0, 1000), []);
});

Deno.test("pins are for one state of one principal, and release what they keep", async () => {
  const cache = open(0);
  const pin = cache.pin(STATE, { offset: 0, length: 100 });
  cache.keep(STATE, 0, [bytes(0, 100)], "bulk");
  for (const other of [{ principal: "q" }, { etag: "f" }, { store: "http://t" }]) {
    assert.deepEqual(await read(cache, 0, 100, { ...STATE, ...other }), []);
  }
  pin.release();
  assert.deepEqual([cache.bytes, await read(cache, 0, 100)], [0, []]);
});

Deno.test("pinned and cached bytes are put together, without holes or overlaps", async () => {
  const cache = open(1_000_000);
  cache.keep(STATE, 0, [bytes(0, 300)], "bulk");
  cache.pin(STATE, { offset: 200, length: 200 });
  cache.pin(STATE, { offset: 250, length: 300 });
  cache.keep(STATE, 300, [bytes(300, 300)], "bulk");
  const found = await read(cache, 0, 700);
  let at = 0;
  for (const [offset, length] of found) {
    assert.equal(offset, at);
    at += length;
  }
  assert.equal(at, 600);
});

Deno.test("what a reader takes from the request itself is not kept for it", async () => {
  const cache = open(0);
  cache.pin(STATE, { offset: 0, length: 200 });
  cache.taken(STATE, { offset: 0, length: 120 });
  cache.keep(STATE, 0, [bytes(0, 100)], "bulk");
  assert.equal(cache.bytes, 100);
  cache.taken(STATE, { offset: 120, length: 80 });
  assert.equal(cache.bytes, 0);
  cache.keep(STATE, 100, [bytes(100, 100)], "bulk");
  assert.deepEqual([cache.bytes, await read(cache, 0, 200)], [0, []]);
});

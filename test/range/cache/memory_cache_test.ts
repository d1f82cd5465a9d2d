import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryCache } from "../../../src/range/cache/memory_cache.ts";
import { joinChunks } from "../../../src/range/source.ts";
import { chunksOf, contentOf, objectOf } from "./support.ts";

const KIB = 1024;

function put(
  cache: MemoryCache,
  key: string,
  offset: number,
  length: number,
  kind: "index" | "bulk",
): void {
  const bytes = contentOf(objectOf(0, key), { offset, length });
  cache.keep(key, offset, chunksOf(bytes, 300), kind);
}

function bytesHeld(cache: MemoryCache, key: string, offset: number, length: number): number {
  let sum = 0;
  for (const piece of cache.held(key, { offset, length })) {
    assert.deepEqual(joinChunks(cache.take(piece)), contentOf(objectOf(0, key), piece));
    sum += piece.length;
  }
  return sum;
}

Deno.test("memory stays within its bound and gives the right bytes", () => {
  const step = fc.record({
    key: fc.constantFrom("a", "b", "c"),
    offset: fc.integer({ min: 0, max: 20_000 }),
    length: fc.integer({ min: 0, max: 6_000 }),
    kind: fc.constantFrom<"index" | "bulk">("index", "bulk"),
    reads: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const cache = new MemoryCache(24 * KIB);
    for (const { key, offset, length, kind, reads } of steps) {
      if (!reads) put(cache, key, offset, length, kind);
      bytesHeld(cache, key, offset, length);
      assert.ok(cache.bytes <= 24 * KIB);
    }
    for (const key of ["a", "b", "c"]) cache.forget(key);
    assert.deepEqual([cache.bytes, cache.pieces], [0, 0]);
  }));
});

Deno.test("bulk data goes in order of use and leaves footers alone", () => {
  const cache = new MemoryCache(100 * KIB);
  put(cache, "footer", 0, 20 * KIB, "index");
  for (let i = 0; i < 3; i++) put(cache, "bulk", i * 20 * KIB, 20 * KIB, "bulk");
  bytesHeld(cache, "bulk", 0, 20 * KIB); // used: now the second is the oldest
  put(cache, "bulk", 60 * KIB, 20 * KIB, "bulk");
  assert.equal(bytesHeld(cache, "bulk", 20 * KIB, 20 * KIB), 0);
  assert.equal(bytesHeld(cache, "bulk", 0, 20 * KIB), 20 * KIB);
  for (let i = 4; i < 50; i++) put(cache, "bulk", i * 20 * KIB, 20 * KIB, "bulk");
  assert.equal(bytesHeld(cache, "footer", 0, 20 * KIB), 20 * KIB);
});

Deno.test("bulk data that turns out to be a footer is kept as one", () => {
  const cache = new MemoryCache(100 * KIB);
  put(cache, "x", 0, 20 * KIB, "bulk");
  put(cache, "x", 0, 20 * KIB, "index");
  for (let i = 0; i < 50; i++) put(cache, "bulk", i * 20 * KIB, 20 * KIB, "bulk");
  assert.equal(bytesHeld(cache, "x", 0, 20 * KIB), 20 * KIB);
});

Deno.test("footers beyond half of the memory push out footers, not all bulk data", () => {
  const cache = new MemoryCache(100 * KIB);
  put(cache, "bulk", 0, 20 * KIB, "bulk");
  for (let i = 0; i < 20; i++) put(cache, "index", i * 10 * KIB, 10 * KIB, "index");
  assert.equal(bytesHeld(cache, "bulk", 0, 20 * KIB), 20 * KIB);
  assert.ok(bytesHeld(cache, "index", 0, 1000 * KIB) >= 40 * KIB);
});

Deno.test("chunks are handed back as they came, unless they hold on to a far larger buffer", () => {
  const cache = new MemoryCache(1024 * KIB);
  const own = new Uint8Array(1000).fill(1);
  const loose = new Uint8Array(100 * KIB).fill(2).subarray(0, 1000);
  cache.keep("x", 0, [own], "bulk");
  cache.keep("y", 0, [loose], "bulk");
  const [whole] = cache.held("x", { offset: 0, length: 1000 });
  assert.equal(cache.take(whole)[0], own);
  const [copied] = cache.held("y", { offset: 0, length: 1000 });
  assert.equal(cache.take(copied)[0].buffer.byteLength, 1000);
  assert.deepEqual(cache.take(copied)[0], loose);
});

Deno.test("nothing is kept in no memory", () => {
  const cache = new MemoryCache(0);
  put(cache, "x", 0, 10, "index");
  assert.deepEqual([cache.bytes, cache.pieces], [0, 0]);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BufferPool,
  hold,
  holdAll,
  isPooled,
  LARGEST_POOLED,
  LEAST_POOLED,
  letGo,
  letGoAll,
} from "../../src/range/buffers.ts";

Deno.test("a buffer comes back when its last holder lets go, and is used again", () => {
  const pool = new BufferPool();
  const buffer = pool.take(LARGEST_POOLED);
  const [a, b] = [buffer.subarray(0, 100), buffer.subarray(100, 300)];
  holdAll([a, b]);
  letGo(buffer);
  letGo(a);
  assert.equal(pool.freeBytes, 0);
  letGo(b);
  assert.equal(pool.freeBytes, LARGEST_POOLED);
  assert.equal(isPooled(buffer.buffer), false);
  assert.equal(pool.take(LARGEST_POOLED).buffer, buffer.buffer);
});

Deno.test("letting go of what is of no pool, or was given back, does nothing", () => {
  const pool = new BufferPool();
  const own = new Uint8Array(10);
  hold(own);
  letGoAll([own, own]);
  const buffer = pool.take(LEAST_POOLED);
  letGo(buffer);
  letGo(buffer);
  assert.equal(pool.freeBytes, buffer.length);
});

Deno.test("a buffer is as large as what it is for, or the largest", () => {
  const pool = new BufferPool();
  for (const bytes of [1, LEAST_POOLED, LARGEST_POOLED / 2, LARGEST_POOLED, 9e6]) {
    const { length } = pool.take(bytes);
    assert.ok(length >= Math.min(bytes, LARGEST_POOLED) && length <= LARGEST_POOLED);
  }
});

Deno.test("what is kept for later is bounded, and can be made ready", () => {
  const pool = new BufferPool();
  const taken = Array.from({ length: 100 }, () => pool.take(LARGEST_POOLED));
  letGoAll(taken);
  assert.equal(pool.freeBytes, 64 * 1024 * 1024);
  const ready = new BufferPool();
  ready.prepare(3 * LARGEST_POOLED);
  assert.equal(ready.freeBytes, 3 * LARGEST_POOLED);
});

Deno.test("whatever the order of holders, no buffer is lent twice, and none is lost", () => {
  const steps = fc.array(fc.tuple(fc.nat(3), fc.nat(50)), { maxLength: 300 });
  fc.assert(fc.property(steps, (moves) => {
    const pool = new BufferPool();
    const held: Uint8Array[] = [];
    const holders = new Map<ArrayBufferLike, number>();
    const count = (buffer: ArrayBufferLike, by: number) =>
      holders.set(buffer, (holders.get(buffer) ?? 0) + by);
    for (const [move, which] of moves) {
      const one = held[which % Math.max(1, held.length)];
      if (move < 2 || one === undefined) {
        const taken = pool.take(LARGEST_POOLED / (1 + which % 2));
        assert.equal(holders.get(taken.buffer) ?? 0, 0);
        count(taken.buffer, 1);
        held.push(taken);
      } else if (move === 2) {
        hold(one);
        count(one.buffer, 1);
        held.push(one);
      } else {
        held.splice(held.indexOf(one), 1);
        count(one.buffer, -1);
        letGo(one);
      }
      const free = [...holders].filter(([, each]) => each === 0);
      assert.equal(pool.freeBytes, free.reduce((sum, [buffer]) => sum + buffer.byteLength, 0));
    }
  }));
});

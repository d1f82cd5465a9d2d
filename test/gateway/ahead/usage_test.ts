import assert from "node:assert/strict";
import { AheadUsage } from "../../../src/gateway/ahead/usage.ts";
import { ReadCounter } from "../../../src/range/counts.ts";

Deno.test("bytes count as used once, and as fetched when they travelled", () => {
  const account = new ReadCounter();
  const usage = new AheadUsage(account);
  const read = usage.began("a", { offset: 100, length: 100 });
  read.counter.add("asked", 100);
  read.counter.add("fromWire", 100);
  assert.equal(usage.unread, 100);
  usage.asked("a", { offset: 90, length: 30 });
  usage.asked("a", { offset: 100, length: 20 });
  usage.asked("b", { offset: 100, length: 100 });
  assert.deepEqual(usage.counts, { fetched: 100, used: 20 });
  assert.equal(usage.unread, 80);
  usage.ended(read, true);
  usage.asked("a", { offset: 0, length: 1000 });
  assert.deepEqual(usage.counts, { fetched: 100, used: 100 });
  assert.equal(usage.unread, 0);
  assert.equal(usage.heldUsed, 80);
  assert.equal(account.snapshot().fromWire, 100);
  assert.equal(account.snapshot().asked, 0);
});

Deno.test("what a cache had was not fetched; what failed or is given up is not waited for", () => {
  const usage = new AheadUsage(new ReadCounter());
  const cached = usage.began("a", { offset: 0, length: 50 });
  cached.counter.add("fromMemory", 50);
  usage.ended(cached, true);
  usage.asked("a", { offset: 0, length: 50 });
  assert.deepEqual(usage.counts, { fetched: 0, used: 0 });
  const failed = usage.began("a", { offset: 50, length: 50 });
  failed.counter.add("fromWire", 7);
  usage.ended(failed, false);
  assert.equal(usage.unread, 0);
  usage.began("a", { offset: 200, length: 50 });
  usage.clear();
  assert.equal(usage.unread, 0);
  assert.deepEqual(usage.counts, { fetched: 7, used: 0 });
});

import assert from "node:assert/strict";
import { ServiceError } from "../../src/errors.ts";
import { ReadCounter } from "../../src/range/counts.ts";
import { HedgeBudget, hedging } from "../../src/range/hedge.ts";
import type { AnswerHead, Job, Layer, Sink } from "../../src/range/layer.ts";
import { Line } from "../../src/range/line.ts";
import { bounded, type ByteRange, rangeHeader } from "../../src/range/range.ts";
import { FakeClock, settle } from "./support/fake_clock.ts";
import { fakeStore } from "./support/fake_store.ts";

const HEAD: AnswerHead = {
  kind: "bytes",
  extent: { offset: 0, length: 100 },
  size: 1000,
  etag: "e",
  lastModified: undefined,
  contentType: undefined,
};

interface Call {
  readonly range: string;
  readonly sink: Sink;
  readonly signal: AbortSignal;
  readonly job: Job;
  resolve(): void;
  reject(error: unknown): void;
}

/** A race over requests that the test answers by hand, on a line that answers in 100 ms. */
function race(budget = new HedgeBudget(1), isAhead = () => false) {
  const clock = new FakeClock();
  const line = new Line();
  for (let sample = 0; sample < 20; sample++) line.answered(100);
  const calls: Call[] = [];
  const layer: Layer = (job, range: ByteRange, sink, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    calls.push({ range: rangeHeader(range), sink, signal, job, resolve, reject });
    return promise;
  };
  const counter = new ReadCounter();
  const job: Job = {
    target: { store: fakeStore(undefined), bucket: "b", key: "k", versionId: undefined },
    method: "GET",
    expected: { etag: "e", size: 1000, lastModified: undefined },
    ifNoneMatch: undefined,
    counter,
    onThrottled: () => {},
    isAhead,
  };
  const controller = new AbortController();
  const got: number[] = [];
  const state: { outcome: unknown } = { outcome: "waiting" };
  hedging(layer, { clock, line, budget })(job, bounded(0, 100), {
    head: () => {},
    chunk: (bytes) => got.push(...bytes),
  }, controller.signal).then(() => state.outcome = "done", (error) => state.outcome = error);
  return { clock, calls, counter, got, state, controller };
}

const bytes = (count: number, value: number) => new Uint8Array(count).fill(value);

Deno.test("an answer in time is not asked for twice", async () => {
  const t = race();
  await t.clock.pass(140);
  t.calls[0].sink.head(HEAD);
  t.calls[0].sink.chunk(bytes(100, 1));
  t.calls[0].resolve();
  await t.clock.pass(1000);
  assert.equal(t.state.outcome, "done");
  assert.equal(t.calls.length, 1);
  assert.equal(t.clock.timers, 0);
});

Deno.test("a late answer is asked for again; the first to come is kept, the other cancelled", async () => {
  for (const winner of [0, 1]) {
    const t = race();
    await t.clock.pass(160);
    assert.deepEqual(t.calls.map(({ range }) => range), ["bytes=0-99", "bytes=0-99"]);
    t.calls[winner].sink.head(HEAD);
    t.calls[winner].sink.chunk(bytes(100, winner));
    t.calls[1 - winner].sink.chunk(bytes(100, 9));
    assert.equal(t.calls[1 - winner].signal.aborted, true);
    t.calls[winner].resolve();
    await settle();
    assert.equal(t.state.outcome, "done");
    assert.deepEqual(t.got, Array(100).fill(winner));
    const { hedges, discarded } = t.counter.snapshot();
    assert.deepEqual([hedges, discarded], [1, 100]);
  }
});

Deno.test("a body that stands still is gone on with from where it stands", async () => {
  const t = race();
  t.calls[0].sink.head(HEAD);
  t.calls[0].sink.chunk(bytes(40, 1));
  await t.clock.pass(1000);
  assert.equal(t.calls[1].range, "bytes=40-99");
  t.calls[1].sink.head(HEAD);
  t.calls[1].sink.chunk(bytes(60, 2));
  t.calls[0].sink.chunk(bytes(60, 9));
  t.calls[1].resolve();
  await settle();
  assert.equal(t.state.outcome, "done");
  assert.deepEqual(t.got, [...Array(40).fill(1), ...Array(60).fill(2)]);
});

Deno.test("bytes that are read ahead are asked for again only when somebody waits for them", async () => {
  let isAhead = true;
  const t = race(new HedgeBudget(1), () => isAhead);
  await t.clock.pass(2000);
  assert.equal(t.calls.length, 1);
  isAhead = false;
  await t.clock.pass(200);
  assert.equal(t.calls.length, 2);
});

Deno.test("three requests for the same bytes are the most", async () => {
  const t = race(new HedgeBudget(1, 100));
  for (let round = 0; round < 5; round++) await t.clock.pass(500);
  assert.ok(t.calls.length <= 3);
});

Deno.test("no more than the share is sent twice", () => {
  const budget = new HedgeBudget(0.08);
  let taken = 0;
  for (let sent = 0; sent < 10_000; sent++) {
    budget.sent();
    if (budget.take()) taken++;
  }
  assert.ok(taken <= 801 && taken >= 790, `${taken}`);
  const none = new HedgeBudget(0);
  none.sent();
  assert.equal(none.take(), false);
});

Deno.test("a service that asks for fewer requests gets no second one", async () => {
  const t = race();
  t.calls[0].job.onThrottled();
  await t.clock.pass(5000);
  assert.equal(t.calls.length, 1);
});

Deno.test("one that fails leaves the other its chance; what holds for both ends both", async () => {
  const t = race();
  await t.clock.pass(160);
  t.calls[0].reject(new ServiceError("broken", { status: 503 }));
  await settle();
  assert.equal(t.state.outcome, "waiting");
  t.calls[1].sink.head(HEAD);
  t.calls[1].resolve();
  await settle();
  assert.equal(t.state.outcome, "done");

  const u = race();
  await u.clock.pass(160);
  u.calls[1].reject(new ServiceError("denied", { status: 403 }));
  await settle();
  assert.ok(u.state.outcome instanceof ServiceError);
  assert.equal(u.calls[0].signal.aborted, true);
});

Deno.test("an abort ends all requests and timers", async () => {
  const t = race();
  await t.clock.pass(160);
  t.controller.abort();
  await settle();
  assert.ok(t.calls.every(({ signal }) => signal.aborted));
  assert.equal(t.clock.timers, 0);
  assert.notEqual(t.state.outcome, "waiting");
});

import assert from "node:assert/strict";
import { ServiceError } from "../../src/errors.ts";
import { AttemptFailure, type Recovery } from "../../src/range/attempt_failure.ts";
import { ReadCounter } from "../../src/range/counts.ts";
import type { Job, Layer, Validators } from "../../src/range/layer.ts";
import { bounded, type ByteRange, rangeHeader } from "../../src/range/range.ts";
import { retrying } from "../../src/range/retry.ts";
import { DEFAULT_SETTINGS } from "../../src/range/settings.ts";
import { fakeStore } from "./support/fake_store.ts";
import { FakeClock, settle } from "./support/fake_clock.ts";

const settings = { ...DEFAULT_SETTINGS, backoffFirst: 100, backoffMost: 1000, retryBudget: 5000 };
const KNOWN: Validators = { etag: "e", size: 1000, lastModified: undefined };

function fail(recovery: Recovery, retryAfter?: number): AttemptFailure {
  return new AttemptFailure(new ServiceError("broken", { status: 503 }), recovery, retryAfter);
}

/** Attempts as a script: how many bytes come before the failure; undefined: all of them. */
function scripted(script: readonly { bytes?: number; failure?: AttemptFailure }[]) {
  const asked: string[] = [];
  const layer: Layer = (_job, range: ByteRange, sink) => {
    const { bytes, failure } = script[asked.length] ?? script.at(-1)!;
    asked.push(rangeHeader(range));
    const length = range.kind === "bounded" ? range.length : 0;
    sink.chunk(new Uint8Array(bytes ?? length));
    return failure === undefined ? Promise.resolve() : Promise.reject(failure);
  };
  return { asked, layer };
}

function run(layer: Layer, options: { random?: number; expected?: Validators } = {}) {
  const clock = new FakeClock();
  const counter = new ReadCounter();
  const controller = new AbortController();
  const throttled: number[] = [];
  const job: Job = {
    target: { store: fakeStore(undefined), bucket: "b", key: "k", versionId: undefined },
    method: "GET",
    expected: "expected" in options ? options.expected : KNOWN,
    ifNoneMatch: undefined,
    counter,
    onThrottled: () => throttled.push(clock.now()),
  };
  let received = 0;
  const state: { outcome: "waiting" | "done" | unknown } = { outcome: "waiting" };
  retrying(layer, { clock, random: () => options.random ?? 0.5, settings })(
    job,
    bounded(100, 200),
    { head: () => {}, chunk: (bytes) => received += bytes.byteLength },
    controller.signal,
  ).then(() => state.outcome = "done", (error) => state.outcome = error);
  return { clock, counter, controller, throttled, state, received: () => received };
}

Deno.test("a body that broke off goes on from its last byte", async () => {
  const { asked, layer } = scripted([{ bytes: 50, failure: fail("again") }, {
    bytes: 0,
    failure: fail("again"),
  }, {}]);
  const t = run(layer);
  await t.clock.pass(1000);
  assert.equal(t.state.outcome, "done");
  assert.deepEqual(asked, ["bytes=100-299", "bytes=150-299", "bytes=150-299"]);
  assert.equal(t.received(), 200);
  assert.equal(t.counter.snapshot().retries, 2);
});

Deno.test("waits grow, up to their bound, and chance says how long", async () => {
  const { asked, layer } = scripted([{ bytes: 0, failure: fail("again") }]);
  const t = run(layer);
  const at: number[] = [];
  for (let now = 0; now <= 5000; now += 10) {
    await t.clock.pass(10);
    while (at.length < asked.length) at.push(now);
  }
  const waits = at.slice(1).map((time, index) => time - at[index]);
  assert.deepEqual(waits.slice(0, 7), [40, 100, 200, 400, 500, 500, 500]);
  assert.ok(at.at(-1)! <= 5000 && at.at(-1)! >= 4400, `${at.at(-1)}`);
  assert.ok(t.state.outcome instanceof ServiceError);
});

Deno.test("Retry-After is honoured within the budget, and ends the read beyond it", async () => {
  const patient = scripted([{ bytes: 0, failure: fail("slower", 3000) }, {}]);
  const t = run(patient.layer);
  await t.clock.pass(2990);
  assert.equal(patient.asked.length, 1);
  assert.deepEqual(t.throttled, [0]);
  await t.clock.pass(20);
  assert.equal(t.state.outcome, "done");

  const hopeless = scripted([{ bytes: 0, failure: fail("slower", 60_000) }]);
  const u = run(hopeless.layer);
  await settle();
  assert.ok(u.state.outcome instanceof ServiceError);
  assert.equal(u.clock.timers, 0);
});

Deno.test("what cannot be mended is not tried again", async () => {
  const { asked, layer } = scripted([{ bytes: 0, failure: fail("never") }]);
  const t = run(layer);
  await settle();
  assert.ok(t.state.outcome instanceof ServiceError);
  assert.equal(asked.length, 1);
});

Deno.test("a host that cannot be reached is given up sooner", async () => {
  const { layer } = scripted([{ bytes: 0, failure: fail("unreachable") }]);
  const t = run(layer, { random: 1 });
  await t.clock.pass(3100);
  assert.ok(t.state.outcome instanceof ServiceError);
});

Deno.test("an abort ends the wait and its timer", async () => {
  const { asked, layer } = scripted([{ bytes: 0, failure: fail("again") }]);
  const t = run(layer);
  await settle();
  t.controller.abort();
  await settle();
  assert.equal((t.state.outcome as Error).name, "CancelledError");
  assert.equal(t.clock.timers, 0);
  assert.equal(asked.length, 1);
});

Deno.test("an opening starts anew: its object may be another one by then", async () => {
  const { asked, layer } = scripted([{ bytes: 50, failure: fail("again") }, {}]);
  const t = run(layer, { expected: undefined });
  await t.clock.pass(1000);
  assert.deepEqual(asked, ["bytes=100-299", "bytes=100-299"]);
});

import assert from "node:assert/strict";
import { Invocation } from "../../src/cli/invocation.ts";
import { patientSignal, unlessAborted } from "../../src/cli/patient_signal.ts";
import { FakeHost } from "./fake_host.ts";

const FLAGS = { store: [], json: false, debug: false, quiet: false, color: false };

Deno.test("an interruption goes to the work, and a later one to the process", async () => {
  const host = new FakeHost();
  let ofProcess = 0;
  host.signals.take(() => void ofProcess++);
  const { signal } = new AbortController();
  using patient = patientSignal(new Invocation(host, FLAGS, signal));
  host.signals.deliver("SIGINT");
  host.signals.deliver("SIGINT");
  assert.deepEqual([patient.signal.aborted, ofProcess], [true, 0]);
  while (ofProcess === 0) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    host.signals.deliver("SIGINT");
  }
  assert.equal(signal.aborted, false);
});

Deno.test("when the work is over, interruptions are the process's again", () => {
  const host = new FakeHost();
  let ofProcess = 0;
  host.signals.take(() => void ofProcess++);
  const outer = new AbortController();
  const patient = patientSignal(new Invocation(host, FLAGS, outer.signal));
  patient[Symbol.dispose]();
  host.signals.deliver("SIGINT");
  assert.deepEqual([patient.signal.aborted, ofProcess], [false, 1]);
  outer.abort();
  assert.equal(patient.signal.aborted, true);
});

Deno.test("a wait ends with its value, its failure or the interruption", async () => {
  const stop = new AbortController();
  assert.equal(await unlessAborted(Promise.resolve(1), stop.signal), 1);
  await assert.rejects(unlessAborted(Promise.reject(new Error("x")), stop.signal), /x/);
  const waiting = unlessAborted(new Promise(() => {}), stop.signal);
  stop.abort();
  await assert.rejects(waiting, { tag: "cancelled" });
  await assert.rejects(unlessAborted(Promise.resolve(1), stop.signal), { tag: "cancelled" });
});

import assert from "node:assert/strict";
import { environmentNumber } from "../../faults/support.ts";
import { runFaults } from "./support/fault_runs.ts";
import { FATAL, RECOVERABLE } from "./support/mini_service.ts";

Deno.test("whatever goes wrong, transfers end in the right bytes or a clear error", async () => {
  const runs = environmentNumber("DIPPER_TRANSFER_FAULT_RUNS", 2000);
  const began = performance.now();
  const least = Math.floor(runs / 40);
  const seed = environmentNumber("DIPPER_FAULT_SEED", 1);
  const outcome = await runFaults({ runs, seed, least });
  const counts = Object.entries(outcome.fired).sort(([, a], [, b]) => b - a)
    .map(([fault, count]) => `${fault} ${count}`).join(", ");
  Deno.stderr.writeSync(new TextEncoder().encode(
    `${runs} runs, ${outcome.requests} requests, ` +
      `${((performance.now() - began) / 1000).toFixed(1)} s; ` +
      `${outcome.recovered} of ${outcome.recoverable} recoverable ones right; fired: ${counts}\n`,
  ));
  assert.deepEqual(outcome.wrong, []);
  assert.ok(
    outcome.recovered >= outcome.recoverable * 0.999,
    outcome.notRecovered.join("\n"),
  );
  for (const fault of [...RECOVERABLE, ...FATAL]) {
    assert.ok((outcome.fired[fault] ?? 0) >= least, `${fault} fired ${outcome.fired[fault]} times`);
  }
});

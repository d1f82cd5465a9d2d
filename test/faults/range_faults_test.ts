import assert from "node:assert/strict";
import { DEFAULT_RUNS, environmentNumber, printCounts } from "./support.ts";
import { runFaults } from "./range_run.ts";
import { RECOVERABLE, UNRECOVERABLE } from "./fault.ts";

Deno.test("whatever goes wrong, reads end in the right bytes or a clear error", async () => {
  const runs = environmentNumber("DIPPER_FAULT_RUNS", DEFAULT_RUNS);
  const seed = environmentNumber("DIPPER_FAULT_SEED", 1);
  const outcome = await runFaults({ runs, seed });
  printCounts(outcome);
  assert.deepEqual(outcome.wrong, []);
  assert.deepEqual(outcome.unclear, []);
  assert.deepEqual(outcome.leaks, []);
  assert.ok(
    outcome.recovered >= outcome.recoverable * 0.999,
    `${outcome.recovered} of ${outcome.recoverable} recoverable runs ended in the right bytes:\n` +
      outcome.notRecovered.join("\n"),
  );
  const least = runs >= 2000 ? 100 : Math.floor(runs / 40);
  for (const fault of [...RECOVERABLE, ...UNRECOVERABLE]) {
    assert.ok((outcome.fired[fault] ?? 0) >= least, `${fault} fired ${outcome.fired[fault]} times`);
  }
});

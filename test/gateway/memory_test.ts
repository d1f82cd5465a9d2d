import assert from "node:assert/strict";
import { type MemoryRun, runMemory } from "./support/memory_run.ts";

const MIB = 1024 * 1024;
/** Several times what any queue between the service and the client holds. */
const SIZE = 768 * MIB;

Deno.test("an object of any size goes through the gateway in bounded memory", async (t) => {
  const runs: Record<string, MemoryRun> = {
    "to a client that takes all": { size: SIZE, cache: 0 },
    "to a client that is slow": { size: SIZE / 6, cache: 0, pace: 64 * MIB },
    "beside a small disk cache": { size: SIZE, cache: 128 * MIB },
    "to eight clients at once, beside a disk cache": { size: 2 * SIZE, cache: SIZE, readers: 8 },
  };
  for (const [name, run] of Object.entries(runs)) {
    await t.step(name, async () => {
      const { idle, peak, asked, received } = await runMemory(run);
      assert.equal(received, asked);
      assert.ok(peak - idle <= 256 * MIB, `${(peak - idle) / MIB} MiB over idle`);
    });
  }
});

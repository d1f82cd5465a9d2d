import assert from "node:assert/strict";
import { type Fetch, readAhead } from "../../src/formats/read_ahead.ts";

/** Fetches of 10 bytes each, which note when they start. */
function fetches(count: number, started: number[], signals: AbortSignal[] = []) {
  return (async function* (): AsyncGenerator<Fetch<number>> {
    for (let i = 0; i < count; i++) {
      yield {
        length: 10,
        start: async (signal) => {
          started.push(i);
          signals.push(signal);
          await Promise.resolve();
          if (i === 7) throw new Error("seven");
          return i;
        },
      };
    }
  })();
}

Deno.test("fetches start ahead, within the window and in order", async () => {
  const started: number[] = [];
  const found: number[] = [];
  for await (const value of readAhead(fetches(6, started), 25)) {
    found.push(value);
    // Those under way have less than 25 bytes together before the last of them is added.
    assert.ok(started.length <= found.length + 3, `${started.length} after ${found.length}`);
    assert.ok(started.length >= Math.min(6, found.length + 1));
  }
  assert.deepEqual(found, [0, 1, 2, 3, 4, 5]);
});

Deno.test("a failure is thrown in its turn", async () => {
  const found: number[] = [];
  const read = async () => {
    for await (const value of readAhead(fetches(20, []), 1000)) found.push(value);
  };
  await assert.rejects(read(), /seven/);
  assert.deepEqual(found, [0, 1, 2, 3, 4, 5, 6]);
});

Deno.test("leaving the loop aborts what is under way", async () => {
  const signals: AbortSignal[] = [];
  for await (const _ of readAhead(fetches(6, [], signals), 25)) break;
  assert.ok(signals.length > 1 && signals.every(({ aborted }) => aborted));
});

/**
 * How many runs, and what they came to.
 *
 * @module
 */
import type { FaultsOutcome } from "./range_run.ts";

/** Runs in the ordinary test task. */
export const DEFAULT_RUNS = 2000;

/** A number from the environment of the test. */
export function environmentNumber(name: string, otherwise: number): number {
  const text = Deno.env.get(name);
  return text === undefined ? otherwise : Number(text);
}

/** Prints how often each fault has fired. */
export function printCounts(
  outcome: FaultsOutcome,
): void {
  const { runs, throughGateway, seconds, requests, checked, fired, recovered, recoverable } =
    outcome;
  const counts = Object.entries(fired).sort(([, a], [, b]) => b - a)
    .map(([fault, count]) => `${fault} ${count}`).join(", ");
  print(
    `${runs} runs, ${throughGateway} of them through the gateway, ${requests} requests, ` +
      `${seconds.toFixed(1)} s; ${recovered} of ${recoverable} recoverable ones right; ` +
      `${Math.round(checked / 1e6)} MB in caches checked; fired: ${counts}\n`,
  );
}

/** The test runner keeps what a test that passes prints to itself; this is to be seen. */
function print(text: string): void {
  try {
    Deno.writeTextFileSync("/dev/stderr", text, { append: true });
  } catch {
    Deno.stderr.writeSync(new TextEncoder().encode(text)); // no such file on this system
  }
}

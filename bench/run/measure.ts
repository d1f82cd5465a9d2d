/**
 * Takes one measurement: a contender, a question, a delay.
 *
 * @module
 */
import type { BenchFolders } from "../folders.ts";
import type { Conditions } from "../origin/conditions.ts";
import type { BenchQuery } from "../queries.ts";
import { commandOf, type ContenderName, type Series, statementFor } from "./contender.ts";
import { ContenderProcess } from "./contender_process.ts";
import type { OriginProcess } from "./origin_process.ts";
import type { FailedSample, Sample } from "./sample.ts";
import { cacheFolder, environmentFor } from "./surroundings.ts";

/** Seconds that one answer may take. */
const PATIENCE = 600;

/** Milliseconds between an open session, or an answer, and the next question: a person's, of any tool. */
const PAUSE = 500;

/** What measuring needs. */
export interface Laboratory {
  readonly origin: OriginProcess;
  readonly folders: BenchFolders;
  /** The Python that has polars. */
  readonly python: string;
}

/** What is to be measured. */
export interface Measurement {
  readonly contender: ContenderName;
  readonly query: BenchQuery;
  readonly conditions: Conditions;
  readonly repetition: number;
}

/** Measures; Dipper gives three samples: cold, again, restarted. */
export async function measure(
  laboratory: Laboratory,
  measurement: Measurement,
): Promise<(Sample | FailedSample)[]> {
  const { contender } = measurement;
  const cache = await cacheFolder(laboratory.folders);
  try {
    if (contender !== "dipper") {
      return await inOneProcess(laboratory, measurement, cache, [contender]);
    }
    const first = await inOneProcess(laboratory, measurement, cache, ["dipper", "again"]);
    return [...first, ...await inOneProcess(laboratory, measurement, cache, ["restarted"])];
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

/** Asks the same question once for each of `series`. */
async function inOneProcess(
  { origin, python }: Laboratory,
  { contender, query, conditions, repetition }: Measurement,
  cache: string,
  series: readonly Series[],
): Promise<(Sample | FailedSample)[]> {
  const samples: (Sample | FailedSample)[] = [];
  const about = { query: query.name, delay: conditions.delay, repetition };
  try {
    await using process = await ContenderProcess.start({
      ...commandOf(contender, query, python),
      environment: await environmentFor(origin.endpoint, cache),
      patience: PATIENCE,
    });
    for (const one of series) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      await origin.begin(conditions);
      const told = await process.ask({ name: query.name, sql: statementFor(contender, query) });
      samples.push({ ...about, series: one, ...told, origin: await origin.counts() });
    }
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    for (const one of series.slice(samples.length)) {
      samples.push({ ...about, series: one, failure });
    }
  }
  return samples;
}

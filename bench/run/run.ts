/**
 * Runs a plan, and goes on where an earlier run ended.
 *
 * @module
 */
import { cannotAsk, type ContenderName, type Series } from "./contender.ts";
import { type Laboratory, measure, type Measurement } from "./measure.ts";
import { isMeasured, type SampleFile } from "./sample.ts";

/** How a run goes. */
export interface RunOptions {
  /** An answer slower than this, in seconds, is not asked for again. */
  readonly slow: number;
  readonly say: (text: string) => void;
}

/** Takes the measurements that `file` does not have. */
export async function runPlan(
  laboratory: Laboratory,
  measurements: readonly Measurement[],
  file: SampleFile,
  { slow, say }: RunOptions,
): Promise<void> {
  for (const [index, measurement] of measurements.entries()) {
    const { contender, query, conditions, repetition } = measurement;
    const known = file.of(query.name, conditions.delay, firstSeries(contender));
    if (known.some((sample) => sample.repetition === repetition)) continue;
    if (known.some((sample) => !isMeasured(sample) || sample.seconds > slow)) continue;
    const samples = await measure(laboratory, measurement);
    for (const sample of samples) await file.add(sample);
    const told = samples.map((sample) =>
      `${sample.series} ${isMeasured(sample) ? `${sample.seconds.toFixed(3)} s` : "FAILED"}`
    );
    say(
      `${index + 1}/${measurements.length}  ${query.name}, ${conditions.delay} ms: ${
        told.join(", ")
      }`,
    );
  }
}

/** Questions that a contender cannot be asked, in sentences. */
export function skipped(
  measurements: readonly Measurement[],
  contenders: readonly ContenderName[],
) {
  const queries = new Set(measurements.map(({ query }) => query));
  return contenders.filter((contender) => contender !== "download").flatMap((contender) =>
    [...queries].flatMap((query) => {
      const reason = cannotAsk(contender, query);
      return reason === undefined ? [] : [`${contender} is not asked ${query.name}: ${reason}`];
    })
  );
}

function firstSeries(contender: ContenderName): Series {
  return contender;
}

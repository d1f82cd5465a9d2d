/**
 * Samples, made to one line for each question, delay and series.
 *
 * @module
 */
import { totalRequests } from "../origin/counts.ts";
import type { Series } from "../run/contender.ts";
import { type FailedSample, isMeasured, type Sample } from "../run/sample.ts";
import { difference } from "./answers.ts";
import { median } from "./statistics.ts";

/** The medians of one series; the peaks are the highest. */
export interface Line {
  readonly query: string;
  readonly delay: number;
  readonly series: Series;
  /** How many measurements it is made of. */
  readonly count: number;
  readonly seconds: number;
  /** Fastest and slowest. */
  readonly range: readonly [number, number];
  readonly requests: number;
  /** Of objects. */
  readonly dataBytes: number;
  readonly listBytes: number;
  readonly mostInFlight: number;
  /** CPU-seconds of the contender, and of the origin while it served it. */
  readonly cpu: number;
  readonly originCpu: number;
  readonly peak: number;
  readonly idle: number;
}

/** All lines of a run, with a way to find one. */
export class Summary {
  readonly lines: readonly Line[];
  readonly #byName: ReadonlyMap<string, Line>;

  constructor(lines: readonly Line[]) {
    this.lines = lines;
    this.#byName = new Map(lines.map((line) => [nameOf(line), line]));
  }

  /** Made of what was measured. */
  static of(samples: readonly (Sample | FailedSample)[]): Summary {
    const groups = Map.groupBy(samples.filter(isMeasured), nameOf);
    return new Summary([...groups.values()].map(lineOf));
  }

  find(query: string, delay: number, series: Series): Line | undefined {
    return this.#byName.get(nameOf({ query, delay, series }));
  }
}

function nameOf({ query, delay, series }: Pick<Line, "query" | "delay" | "series">): string {
  return `${query} ${delay} ${series}`;
}

function lineOf(samples: readonly Sample[]): Line {
  const { query, delay, series } = samples[0];
  const middle = (value: (sample: Sample) => number) => median(samples.map(value));
  const seconds = samples.map((sample) => sample.seconds);
  return {
    query,
    delay,
    series,
    count: samples.length,
    seconds: median(seconds),
    range: [Math.min(...seconds), Math.max(...seconds)],
    requests: middle(({ origin }) => totalRequests(origin)),
    dataBytes: middle(({ origin }) => origin.dataBytes),
    listBytes: middle(({ origin }) => origin.listBytes),
    mostInFlight: middle(({ origin }) => origin.mostInFlight),
    cpu: middle((sample) => sample.cpu),
    originCpu: middle(({ origin }) => origin.cpu),
    peak: Math.max(...samples.map((sample) => sample.peak)),
    idle: middle((sample) => sample.idle),
  };
}

/** Contenders whose answers are not those of the first one to answer that question, in sentences. */
export function disagreements(samples: readonly (Sample | FailedSample)[]): string[] {
  const first = new Map<string, Sample>();
  const found: string[] = [];
  for (const sample of samples.filter(isMeasured)) {
    if (sample.series === "download") continue;
    const other = first.get(sample.query);
    if (other === undefined) {
      first.set(sample.query, sample);
      continue;
    }
    const different = difference(other.answer, sample.answer);
    if (different !== undefined) {
      found.push(`${sample.query}: ${other.series} and ${sample.series} differ: ${different}`);
    }
  }
  return found;
}

/**
 * One measurement, and the file that keeps them so that a run that was ended goes on.
 *
 * @module
 */
import type { AnswerRows } from "../contenders/protocol.ts";
import type { OriginCounts } from "../origin/counts.ts";
import type { Series } from "./contender.ts";

/** One measurement of one contender. */
export interface Sample {
  readonly query: string;
  /** Milliseconds to the first byte. */
  readonly delay: number;
  readonly series: Series;
  readonly repetition: number;
  readonly seconds: number;
  /** As the origin counted. */
  readonly origin: OriginCounts;
  /** CPU-seconds of the contender. */
  readonly cpu: number;
  /** Most bytes resident. */
  readonly peak: number;
  /** Bytes resident before the first question. */
  readonly idle: number;
  readonly answer: AnswerRows;
}

/** A measurement that could not be taken. */
export interface FailedSample {
  readonly query: string;
  readonly delay: number;
  readonly series: Series;
  readonly repetition: number;
  readonly failure: string;
}

/** What the samples of one file have in common: a file of another run is not continued. */
export interface RunIdentity {
  /** Of the tree, with a mark when it is changed. */
  readonly revision: string;
  readonly data: string;
}

/** Whether a measurement succeeded. */
export function isMeasured(sample: Sample | FailedSample): sample is Sample {
  return !("failure" in sample);
}

/** Samples on disk, a line each. */
export class SampleFile {
  readonly #path: string;
  readonly samples: (Sample | FailedSample)[];

  private constructor(path: string, samples: (Sample | FailedSample)[]) {
    this.#path = path;
    this.samples = samples;
  }

  /** Goes on with the file at `path` when it is of the same run; begins it otherwise. */
  static async open(
    path: string,
    identity: RunIdentity,
    mode: "continue" | "fresh",
  ): Promise<SampleFile> {
    const first = JSON.stringify(identity);
    const lines = mode === "fresh" ? [] : (await readOrEmpty(path)).split("\n");
    if (lines[0] !== first) {
      await Deno.writeTextFile(path, `${first}\n`);
      return new SampleFile(path, []);
    }
    const samples = lines.slice(1).flatMap(parseWhole);
    const whole = samples.map((sample) => `${JSON.stringify(sample)}\n`);
    await Deno.writeTextFile(path, `${first}\n${whole.join("")}`);
    return new SampleFile(path, samples);
  }

  async add(sample: Sample | FailedSample): Promise<void> {
    this.samples.push(sample);
    await Deno.writeTextFile(this.#path, `${JSON.stringify(sample)}\n`, { append: true });
  }

  /** The measurements of one series of one question. */
  of(query: string, delay: number, series: Series): (Sample | FailedSample)[] {
    return this.samples.filter((sample) =>
      sample.query === query && sample.delay === delay && sample.series === series
    );
  }
}

/** The last line may be half a line, of a run that was killed. */
function parseWhole(line: string): (Sample | FailedSample)[] {
  try {
    return line === "" ? [] : [JSON.parse(line)];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

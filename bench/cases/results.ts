/**
 * What the cases beside the questions measured.
 *
 * @module
 */

/** Memory of a gateway that hands on a large object. */
export interface MemoryResult {
  readonly gibibytes: number;
  /** Bytes resident before. */
  readonly idle: number;
  /** Bytes resident beyond that, at most. */
  readonly over: number;
  readonly seconds: number;
}

/** Questions while some answers come late; times in seconds. */
export interface TailResult {
  readonly questions: number;
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
}

/** A reader of `formats/` beside a known one; times in seconds. */
export interface ReaderResult {
  readonly name: string;
  readonly rival: string;
  readonly ours: number;
  readonly theirs: number;
  /** Most that `ours` may be of `theirs`. */
  readonly bound: number;
}

/** Those that were measured. */
export interface CaseResults {
  readonly memory?: MemoryResult;
  readonly tail?: TailResult;
  /** httpfs with 64 threads, to compare with. */
  readonly rivalTail?: TailResult;
  readonly readers?: readonly ReaderResult[];
}

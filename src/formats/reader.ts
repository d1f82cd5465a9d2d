/**
 * What every reader of a format gives: what is in the file, and its rows while they arrive.
 *
 * A reader is over one object and holds no resources between calls: nothing has to be closed. Leaving a
 * loop over {@link FormatReader.batches} ends its requests.
 *
 * @module
 */
import type { RecordBatch, Schema } from "apache-arrow";
import type { ReadCounter } from "../range/counts.ts";
import type { Predicate } from "./predicate.ts";
import type { PlainValue } from "./values.ts";

/** Formats that have a reader. */
export type FormatName = "parquet" | "csv";

/** One file as rows with typed columns. */
export interface FormatReader {
  readonly format: FormatName;
  /**
   * What the file holds, from as few bytes as say so.
   *
   * @throws {UnreadableFileError} when it is not what its name says, or is damaged
   */
  describe(options?: DescribeOptions): Promise<FormatDescription>;
  /**
   * The rows as Arrow record batches, in the file's order. Reads ahead of the caller by a bounded number
   * of bytes, and no further. At least one batch comes, of no rows where none match, so that there is
   * always a schema.
   *
   * @throws {UsageError} for a column that is not there, or a `where` that does not fit its columns
   * @throws {UnreadableFileError} at the first damaged place
   * @throws {CancelledError} when `signal` is aborted
   */
  batches(options?: ReadBatchesOptions): AsyncIterable<RecordBatch>;
  /** The rows one by one: {@link batches} as plain JavaScript values. */
  rows(options?: ReadBatchesOptions): AsyncIterable<FormatRow>;
}

/** A row: values by the name of their column. */
export type FormatRow = Record<string, PlainValue>;

/** How to describe. */
export interface DescribeOptions {
  readonly signal?: AbortSignal;
  /** Counts what describing reads. */
  readonly counter?: ReadCounter;
}

/** Which rows and columns to read, and how. */
export interface ReadBatchesOptions {
  /** Names of columns, in the order wanted; all by default. None gives batches that only count rows. */
  readonly columns?: readonly string[];
  /** Only rows for which this is true: neither false nor unknown. */
  readonly where?: Predicate;
  /** At most this many rows. */
  readonly limit?: number;
  /** Rows of a batch, at most; 65,536 by default. A batch of large values has fewer. */
  readonly batchRows?: number;
  readonly signal?: AbortSignal;
  /** Counts what reading costs. */
  readonly counter?: ReadCounter;
}

/** A column of a file. */
export interface FormatColumn {
  /** Unique in its file: a second `x` is named `x_1`. */
  readonly name: string;
  /** SQL type, as DuckDB writes it. */
  readonly type: string;
  /** Whether there may be NULLs. */
  readonly nullable: boolean;
}

/** What a file holds. */
export interface FormatDescription {
  readonly format: FormatName;
  readonly columns: readonly FormatColumn[];
  /** The same columns as {@link FormatReader.batches} gives them. */
  readonly schema: Schema;
  /** Rows, where the format says without reading them all. */
  readonly rows: number | undefined;
  /** Bytes, as stored. */
  readonly bytes: number;
  /** What only this format has, as text: row groups, codec, delimiter, … */
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** Rows of a batch unless told. */
export const ROWS_A_BATCH = 65_536;

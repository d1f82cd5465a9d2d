/**
 * Text formats for results of any size: batches of rows go in, text comes out, nothing is kept.
 *
 * @module
 */
import type { ShownColumn, ShownRow } from "../rows.ts";

/** A text format for one result: `begin()`, `rows()` for each batch in turn, `end()`. */
export interface RowFormat {
  /** What stands before the rows, such as a header. */
  begin(): string;
  /** The text of a batch, complete lines. */
  rows(batch: readonly ShownRow[]): string;
  /** What stands after the rows. */
  end(): string;
}

/** How a value becomes what `JSON.stringify` writes; see the engine's table of values. */
export type ToJsonValue = (value: unknown, type: string) => unknown;

/** What makes a {@link RowFormat}. */
export interface RowFormatInput {
  readonly columns: readonly ShownColumn[];
  /** Default: integers past 2^53 as strings, bytes as base64, maps as lists of entries. */
  readonly toJsonValue?: ToJsonValue;
}

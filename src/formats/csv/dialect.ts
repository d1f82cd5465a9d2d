/**
 * How a CSV file is written.
 *
 * @module
 */

/** Characters with a meaning, as bytes; undefined where there is none. */
export interface Dialect {
  readonly delimiter: number;
  readonly quote: number | undefined;
  /** Stands before a quote that is part of a value; the quote itself where it is doubled. */
  readonly escape: number | undefined;
  /** Starts a line that is no row. */
  readonly comment: number | undefined;
}

export const LF = 10;
export const CR = 13;
export const SPACE = 32;

/** The byte of an ASCII character. */
export function byteOf(text: string): number {
  return text.charCodeAt(0);
}

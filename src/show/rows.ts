/**
 * The shape of what is shown: named, typed columns, and rows by position or by name.
 *
 * @module
 */

/** A column of a result. */
export interface ShownColumn {
  readonly name: string;
  /** SQL type, such as `DECIMAL(18,3)`. */
  readonly type: string;
}

/** A row: values in the order of the columns, or by their names. */
export type ShownRow = readonly unknown[] | Readonly<Record<string, unknown>>;

/** The values of `row` in the order of `columns`. */
export function cellsOf(row: ShownRow, columns: readonly ShownColumn[]): readonly unknown[] {
  if (Array.isArray(row)) return columns.map((_, index) => row[index]);
  const named = row as Readonly<Record<string, unknown>>;
  return columns.map((column) => named[column.name]);
}

const NUMERIC =
  /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL|NUMERIC|REAL|BIGNUM|VARINT)(\(.*\))?$/i;

/** Whether values of the SQL type `type` are numbers. */
export function isNumericType(type: string): boolean {
  return NUMERIC.test(type);
}

/** Whether all values of the SQL type `type` are short and of about one length: dates and times. */
export function isFixedType(type: string): boolean {
  return /^(DATE|TIME|TIMESTAMP|BOOLEAN)\b(?!.*\])/i.test(type);
}

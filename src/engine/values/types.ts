/**
 * The JavaScript types that SQL values become; the table is in docs/values.md.
 *
 * @module
 */
import type { Bit } from "./bit.ts";
import type { DateValue, Interval, TimeTz, TimeValue } from "./date_time.ts";
import type { Geometry } from "./geometry.ts";
import type { Timestamp, TimestampTz } from "./timestamp.ts";
import type { UnionValue } from "./union.ts";

/** Any value of a result: one JavaScript type for each SQL type, exact. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Timestamp
  | TimestampTz
  | DateValue
  | TimeValue
  | TimeTz
  | Interval
  | Bit
  | Geometry
  | UnionValue
  | Map<Value, Value>
  | Value[]
  | { [name: string]: Value };

/** A row of a result: values by the name of their column. */
export type Row = Record<string, Value>;

/** What {@link Value} becomes in JSON. */
export type JsonValue = null | boolean | number | string | JsonValue[] | {
  [name: string]: JsonValue;
};

/** A row in JSON. */
export type JsonRow = Record<string, JsonValue>;

/** A column of a result. */
export interface Column {
  /** Unique in its result: a second `x` is named `x_1`. */
  readonly name: string;
  /** The SQL type as DuckDB writes it, such as `DECIMAL(10,2)`. */
  readonly type: string;
}

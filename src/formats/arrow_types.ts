/**
 * The Arrow type of each SQL type without parameters: one table for files and for DuckDB's results.
 *
 * @module
 */
import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  FixedSizeBinary,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  IntervalMonthDayNano,
  TimeMicrosecond,
  TimeNanosecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
} from "apache-arrow";

const MAKERS = {
  "BOOLEAN": () => new Bool(),
  "TINYINT": () => new Int8(),
  "SMALLINT": () => new Int16(),
  "INTEGER": () => new Int32(),
  "BIGINT": () => new Int64(),
  "UTINYINT": () => new Uint8(),
  "USMALLINT": () => new Uint16(),
  "UINTEGER": () => new Uint32(),
  "UBIGINT": () => new Uint64(),
  "FLOAT": () => new Float32(),
  "DOUBLE": () => new Float64(),
  "VARCHAR": () => new Utf8(),
  "JSON": () => new Utf8(),
  "BLOB": () => new Binary(),
  "GEOMETRY": () => new Binary(),
  "UUID": () => new FixedSizeBinary(16),
  "DATE": () => new DateDay(),
  "TIME": () => new TimeMicrosecond(),
  "TIME_NS": () => new TimeNanosecond(),
  // Arrow has no time of day with an offset.
  "TIME WITH TIME ZONE": () => new Utf8(),
  "TIMESTAMP": () => new TimestampMicrosecond(),
  "TIMESTAMP_NS": () => new TimestampNanosecond(),
  "TIMESTAMP WITH TIME ZONE": () => new TimestampMicrosecond("UTC"),
  "INTERVAL": () => new IntervalMonthDayNano(),
} as const satisfies Record<string, () => DataType>;

/** SQL types that need no parameters, as DuckDB writes them. */
export type PlainSqlType = keyof typeof MAKERS;

/** The Arrow type of `sql`; a new one at each call. */
export function plainArrowType(sql: PlainSqlType): DataType {
  return MAKERS[sql]();
}

/**
 * The metadata that makes a field one of an extension type.
 *
 * Source: Arrow columnar format, "Extension Types".
 */
export function extensionMetadata(name: string, metadata: string): Map<string, string> {
  return new Map([["ARROW:extension:name", name], ["ARROW:extension:metadata", metadata]]);
}

/**
 * The Arrow type and the SQL type of each column of Parquet: those that DuckDB gives the same column.
 *
 * @module
 */
import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Field,
  FixedSizeBinary,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  IntervalMonthDayNano,
  List,
  Map_,
  Struct,
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
import type { ColumnNode, LeafNode, StructNode } from "./schema.ts";
import { DamagedError, type ParquetUnit, type SchemaElement } from "./metadata.ts";

/** How the stored values become those of the Arrow column. */
export type Conversion =
  | "same"
  | "narrow"
  | "millis"
  | "nanos_to_micros"
  | "int96"
  | "float16"
  | "decimal"
  | "interval"
  | `time_tz_${ParquetUnit}`;

/** What a leaf is read as. */
export interface LeafType {
  readonly arrow: DataType;
  readonly sql: string;
  readonly conversion: Conversion;
  readonly metadata?: Map<string, string>;
}

/** An Arrow field and its SQL type. */
export interface TypedField {
  readonly field: Field;
  readonly sql: string;
}

/** The field of a column. All are nullable but keys of maps, as DuckDB exports them. */
export function typedField(node: ColumnNode, name: string, geo?: Map<string, string>): TypedField {
  switch (node.kind) {
    case "leaf": {
      const { arrow, sql, metadata } = leafType(node, geo);
      return { field: new Field(name, arrow, true, metadata), sql };
    }
    case "list": {
      const item = typedField(node.item, "item");
      return { field: new Field(name, new List(item.field), true), sql: `${item.sql}[]` };
    }
    case "map": {
      const key = typedField(node.key, "key");
      const value = typedField(node.value, "value");
      const entry = new Struct([
        new Field("key", key.field.type, false, key.field.metadata),
        value.field,
      ]);
      const type = new Map_(new Field("entries", entry, false) as never, false);
      return { field: new Field(name, type, true), sql: `MAP(${key.sql}, ${value.sql})` };
    }
    case "struct":
      return structField(node, name);
  }
}

function structField(node: StructNode, name: string): TypedField {
  const children = node.children.map((child) => typedField(child, child.name));
  const parts = children.map(({ field, sql }) => `${quoteName(field.name)} ${sql}`);
  const metadata = node.element.logical?.kind === "variant"
    ? extension("arrow.parquet.variant", "")
    : undefined;
  const type = new Struct(children.map(({ field }) => field));
  return { field: new Field(name, type, true, metadata), sql: `STRUCT(${parts.join(", ")})` };
}

/** What `leaf` is read as. */
export function leafType({ element }: LeafNode, geo?: Map<string, string>): LeafType {
  if (geo !== undefined && element.type === "BYTE_ARRAY") {
    return { arrow: new Binary(), sql: "GEOMETRY", conversion: "same", metadata: geo };
  }
  switch (element.type) {
    case "BOOLEAN":
      return same(new Bool(), "BOOLEAN");
    case "FLOAT":
      return same(new Float32(), "FLOAT");
    case "DOUBLE":
      return same(new Float64(), "DOUBLE");
    case "INT96":
      return { arrow: new TimestampMicrosecond(), sql: "TIMESTAMP", conversion: "int96" };
    case "INT32":
      return int32Type(element);
    case "INT64":
      return int64Type(element);
    default:
      return bytesType(element);
  }
}

function same(arrow: DataType, sql: string): LeafType {
  return { arrow, sql, conversion: "same" };
}

function int32Type(element: SchemaElement): LeafType {
  const { logical, converted } = element;
  if (isDecimal(element)) return decimalType(element);
  if (logical?.kind === "date" || converted === "DATE") return same(new DateDay(), "DATE");
  if (logical?.kind === "time") return timeType(logical);
  if (converted === "TIME_MILLIS") return timeType({ isUtc: false, unit: "ms" });
  switch (integerName(element)) {
    case "INT_8":
      return { arrow: new Int8(), sql: "TINYINT", conversion: "narrow" };
    case "INT_16":
      return { arrow: new Int16(), sql: "SMALLINT", conversion: "narrow" };
    case "UINT_8":
      return { arrow: new Uint8(), sql: "UTINYINT", conversion: "narrow" };
    case "UINT_16":
      return { arrow: new Uint16(), sql: "USMALLINT", conversion: "narrow" };
    case "UINT_32":
      return same(new Uint32(), "UINTEGER");
    default:
      return same(new Int32(), "INTEGER");
  }
}

function int64Type(element: SchemaElement): LeafType {
  const { logical, converted } = element;
  if (isDecimal(element)) return decimalType(element);
  if (logical?.kind === "time") return timeType(logical);
  if (converted === "TIME_MICROS") return timeType({ isUtc: false, unit: "us" });
  if (logical?.kind === "timestamp") {
    const { unit, isUtc } = logical;
    if (unit === "ns") {
      return isUtc
        ? {
          arrow: new TimestampMicrosecond("UTC"),
          sql: "TIMESTAMP WITH TIME ZONE",
          conversion: "nanos_to_micros",
        }
        : same(new TimestampNanosecond(), "TIMESTAMP_NS");
    }
    return {
      arrow: isUtc ? new TimestampMicrosecond("UTC") : new TimestampMicrosecond(),
      sql: isUtc ? "TIMESTAMP WITH TIME ZONE" : "TIMESTAMP",
      conversion: unit === "ms" ? "millis" : "same",
    };
  }
  if (converted === "TIMESTAMP_MILLIS" || converted === "TIMESTAMP_MICROS") {
    return {
      arrow: new TimestampMicrosecond(),
      sql: "TIMESTAMP",
      conversion: converted === "TIMESTAMP_MILLIS" ? "millis" : "same",
    };
  }
  return integerName(element) === "UINT_64"
    ? same(new Uint64(), "UBIGINT")
    : same(new Int64(), "BIGINT");
}

function timeType({ isUtc, unit }: { isUtc: boolean; unit: ParquetUnit }): LeafType {
  if (isUtc) {
    return { arrow: new Utf8(), sql: "TIME WITH TIME ZONE", conversion: `time_tz_${unit}` };
  }
  if (unit === "ns") return same(new TimeNanosecond(), "TIME_NS");
  return {
    arrow: new TimeMicrosecond(),
    sql: "TIME",
    conversion: unit === "ms" ? "millis" : "same",
  };
}

function bytesType(element: SchemaElement): LeafType {
  const { logical, converted, type, typeLength } = element;
  if (isDecimal(element)) return decimalType(element);
  if (type === "FIXED_LEN_BYTE_ARRAY") {
    if (typeLength <= 0) throw new DamagedError(`"${element.name}" has a length of ${typeLength}`);
    if (logical?.kind === "float16" && typeLength === 2) {
      return { arrow: new Float32(), sql: "FLOAT", conversion: "float16" };
    }
    if (logical?.kind === "uuid" && typeLength === 16) {
      return {
        arrow: new FixedSizeBinary(16),
        sql: "UUID",
        conversion: "same",
        metadata: extension("arrow.uuid", ""),
      };
    }
    if (converted === "INTERVAL" && typeLength === 12) {
      return { arrow: new IntervalMonthDayNano(), sql: "INTERVAL", conversion: "interval" };
    }
    return same(new Binary(), "BLOB");
  }
  if (logical?.kind === "json" || converted === "JSON") {
    return { ...same(new Utf8(), "JSON"), metadata: extension("arrow.json", "") };
  }
  if (
    logical?.kind === "string" || logical?.kind === "enum" || converted === "UTF8" ||
    converted === "ENUM"
  ) return same(new Utf8(), "VARCHAR");
  return same(new Binary(), "BLOB");
}

/** DuckDB's widest DECIMAL. Wider ones are exact here, and DOUBLE there. */
const DECIMAL_128 = 38;
const DECIMAL_256 = 76;

function isDecimal({ logical, converted }: SchemaElement): boolean {
  return logical?.kind === "decimal" || converted === "DECIMAL";
}

function decimalType(element: SchemaElement): LeafType {
  const { scale, precision } = element.logical?.kind === "decimal" ? element.logical : element;
  if (precision < 1 || precision > DECIMAL_256 || scale < 0 || scale > precision) {
    throw new DamagedError(`"${element.name}" is a DECIMAL(${precision},${scale})`);
  }
  return {
    arrow: new Decimal(scale, precision, precision > DECIMAL_128 ? 256 : 128),
    sql: `DECIMAL(${precision},${scale})`,
    conversion: "decimal",
  };
}

function integerName({ logical, converted }: SchemaElement): string | undefined {
  if (logical?.kind !== "integer") return converted;
  return `${logical.isSigned ? "INT" : "UINT"}_${logical.bits}`;
}

/** The metadata that makes a field one of an extension type. */
export function extension(name: string, metadata: string): Map<string, string> {
  return new Map([["ARROW:extension:name", name], ["ARROW:extension:metadata", metadata]]);
}

function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

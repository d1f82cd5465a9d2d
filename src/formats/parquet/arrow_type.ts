/**
 * The Arrow type and the SQL type of each column of Parquet: those that DuckDB gives the same column.
 *
 * @module
 */
import { type DataType, Decimal, Field, List, Map_, Struct } from "apache-arrow";
import { extensionMetadata, plainArrowType, type PlainSqlType } from "../arrow_types.ts";
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
    ? extensionMetadata("arrow.parquet.variant", "")
    : undefined;
  const type = new Struct(children.map(({ field }) => field));
  return { field: new Field(name, type, true, metadata), sql: `STRUCT(${parts.join(", ")})` };
}

/** What `leaf` is read as. */
export function leafType({ element }: LeafNode, geo?: Map<string, string>): LeafType {
  if (geo !== undefined && element.type === "BYTE_ARRAY") {
    return plain("GEOMETRY", "same", geo);
  }
  switch (element.type) {
    case "BOOLEAN":
      return same("BOOLEAN");
    case "FLOAT":
      return same("FLOAT");
    case "DOUBLE":
      return same("DOUBLE");
    case "INT96":
      return plain("TIMESTAMP", "int96");
    case "INT32":
      return int32Type(element);
    case "INT64":
      return int64Type(element);
    default:
      return bytesType(element);
  }
}

function same(sql: PlainSqlType): LeafType {
  return plain(sql, "same");
}

function plain(
  sql: PlainSqlType,
  conversion: Conversion,
  metadata?: Map<string, string>,
): LeafType {
  const arrow = plainArrowType(sql);
  return metadata === undefined ? { arrow, sql, conversion } : { arrow, sql, conversion, metadata };
}

function int32Type(element: SchemaElement): LeafType {
  const { logical, converted } = element;
  if (isDecimal(element)) return decimalType(element);
  if (logical?.kind === "date" || converted === "DATE") return same("DATE");
  if (logical?.kind === "time") return timeType(logical);
  if (converted === "TIME_MILLIS") return timeType({ isUtc: false, unit: "ms" });
  switch (integerName(element)) {
    case "INT_8":
      return plain("TINYINT", "narrow");
    case "INT_16":
      return plain("SMALLINT", "narrow");
    case "UINT_8":
      return plain("UTINYINT", "narrow");
    case "UINT_16":
      return plain("USMALLINT", "narrow");
    case "UINT_32":
      return same("UINTEGER");
    default:
      return same("INTEGER");
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
      return isUtc ? plain("TIMESTAMP WITH TIME ZONE", "nanos_to_micros") : same("TIMESTAMP_NS");
    }
    return plain(
      isUtc ? "TIMESTAMP WITH TIME ZONE" : "TIMESTAMP",
      unit === "ms" ? "millis" : "same",
    );
  }
  if (converted === "TIMESTAMP_MILLIS" || converted === "TIMESTAMP_MICROS") {
    return plain("TIMESTAMP", converted === "TIMESTAMP_MILLIS" ? "millis" : "same");
  }
  return integerName(element) === "UINT_64" ? same("UBIGINT") : same("BIGINT");
}

function timeType({ isUtc, unit }: { isUtc: boolean; unit: ParquetUnit }): LeafType {
  if (isUtc) return plain("TIME WITH TIME ZONE", `time_tz_${unit}`);
  if (unit === "ns") return same("TIME_NS");
  return plain("TIME", unit === "ms" ? "millis" : "same");
}

function bytesType(element: SchemaElement): LeafType {
  const { logical, converted, type, typeLength } = element;
  if (isDecimal(element)) return decimalType(element);
  if (type === "FIXED_LEN_BYTE_ARRAY") {
    if (typeLength <= 0) throw new DamagedError(`"${element.name}" has a length of ${typeLength}`);
    if (logical?.kind === "float16" && typeLength === 2) {
      return plain("FLOAT", "float16");
    }
    if (logical?.kind === "uuid" && typeLength === 16) {
      return plain("UUID", "same", extensionMetadata("arrow.uuid", ""));
    }
    if (converted === "INTERVAL" && typeLength === 12) {
      return plain("INTERVAL", "interval");
    }
    return same("BLOB");
  }
  if (logical?.kind === "json" || converted === "JSON") {
    return plain("JSON", "same", extensionMetadata("arrow.json", ""));
  }
  if (
    logical?.kind === "string" || logical?.kind === "enum" || converted === "UTF8" ||
    converted === "ENUM"
  ) return same("VARCHAR");
  return same("BLOB");
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

function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

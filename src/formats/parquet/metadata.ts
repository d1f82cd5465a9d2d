/**
 * What a Parquet footer says, as data.
 *
 * hyparquet reads the Thrift; its own metadata is not used, because it gives DECIMALs and timestamps of
 * statistics as rounded numbers and leaves out column orders and encryption.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 * @module
 */
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js";
import type { Extent } from "../../range/range.ts";

/** Physical types, by their number in the format. */
export const PHYSICAL_TYPES = [
  "BOOLEAN",
  "INT32",
  "INT64",
  "INT96",
  "FLOAT",
  "DOUBLE",
  "BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY",
] as const;
export type PhysicalType = (typeof PHYSICAL_TYPES)[number];

/** Codecs, by their number in the format. */
export const CODECS = [
  "UNCOMPRESSED",
  "SNAPPY",
  "GZIP",
  "LZO",
  "BROTLI",
  "LZ4",
  "ZSTD",
  "LZ4_RAW",
] as const;
export type Codec = (typeof CODECS)[number];

const CONVERTED_TYPES = [
  "UTF8",
  "MAP",
  "MAP_KEY_VALUE",
  "LIST",
  "ENUM",
  "DECIMAL",
  "DATE",
  "TIME_MILLIS",
  "TIME_MICROS",
  "TIMESTAMP_MILLIS",
  "TIMESTAMP_MICROS",
  "UINT_8",
  "UINT_16",
  "UINT_32",
  "UINT_64",
  "INT_8",
  "INT_16",
  "INT_32",
  "INT_64",
  "JSON",
  "BSON",
  "INTERVAL",
] as const;
export type ConvertedType = (typeof CONVERTED_TYPES)[number];

/** Seconds are divided into 10^3, 10^6 or 10^9. */
export type ParquetUnit = "ms" | "us" | "ns";

type SimpleKind = (typeof SIMPLE_LOGICAL_TYPES)[keyof typeof SIMPLE_LOGICAL_TYPES];

/** Logical types without parameters, by their field number in the format. */
const SIMPLE_LOGICAL_TYPES = {
  1: "string",
  2: "map",
  3: "list",
  4: "enum",
  6: "date",
  11: "null",
  12: "json",
  13: "bson",
  14: "uuid",
  15: "float16",
  16: "variant",
} as const;

export type LogicalType =
  | { readonly kind: SimpleKind | "unknown" }
  | { readonly kind: "decimal"; readonly scale: number; readonly precision: number }
  | { readonly kind: "time" | "timestamp"; readonly isUtc: boolean; readonly unit: ParquetUnit }
  | { readonly kind: "integer"; readonly bits: number; readonly isSigned: boolean }
  | { readonly kind: "geometry"; readonly crs: string | undefined }
  | { readonly kind: "geography"; readonly crs: string | undefined; readonly algorithm: number };

/** One element of the schema, which lists its tree depth first. */
export interface SchemaElement {
  readonly name: string;
  /** Undefined for a group. */
  readonly type: PhysicalType | undefined;
  readonly typeLength: number;
  readonly repetition: "required" | "optional" | "repeated";
  readonly childCount: number;
  readonly converted: ConvertedType | undefined;
  readonly scale: number;
  readonly precision: number;
  readonly logical: LogicalType | undefined;
}

/** Smallest and largest value of a column chunk, as the bytes that stand in the file. */
export interface RawStatistics {
  readonly min: Uint8Array | undefined;
  readonly max: Uint8Array | undefined;
  /** Of the deprecated fields, whose order is signed whatever the type. */
  readonly legacyMin: Uint8Array | undefined;
  readonly legacyMax: Uint8Array | undefined;
  readonly nullCount: number | undefined;
  readonly nanCount: number | undefined;
}

/** One column of one row group. */
export interface ColumnChunk {
  readonly path: readonly string[];
  readonly type: PhysicalType;
  readonly codec: Codec | undefined;
  /** Values and NULLs; elements of lists each count. */
  readonly valueCount: number;
  /** Where its pages are, the dictionary's among them. */
  readonly extent: Extent;
  readonly dataPageOffset: number;
  readonly statistics: RawStatistics | undefined;
  readonly columnIndex: Extent | undefined;
  readonly offsetIndex: Extent | undefined;
  /** Another file that holds the pages. */
  readonly filePath: string | undefined;
  readonly isEncrypted: boolean;
}

/** Some rows, all columns. */
export interface RowGroup {
  readonly rows: number;
  /** In the order of the schema's leaves. */
  readonly columns: readonly ColumnChunk[];
}

/** A file's footer. */
export interface ParquetMetadata {
  readonly schema: readonly SchemaElement[];
  readonly rowGroups: readonly RowGroup[];
  readonly keyValues: ReadonlyMap<string, string>;
  readonly createdBy: string | undefined;
  /** Whether statistics of each leaf have the order that its type defines; undefined where unsaid. */
  readonly columnOrders: readonly ColumnOrder[] | undefined;
  readonly isEncrypted: boolean;
}

/** `total` is IEEE 754's total order of floating point. */
export type ColumnOrder = "type" | "total" | "unknown";

/** A struct of Thrift: fields by their number. */
export type Thrift = { readonly [field: `field_${number}`]: unknown };

/** Thrown where bytes are not what they should be; becomes an {@link UnreadableFileError}. */
export class DamagedError extends Error {
  override readonly name = "DamagedError";
}

/** Reads a struct of Thrift from `offset` of `bytes` on. */
export function readThrift(bytes: Uint8Array, offset = 0): { value: Thrift; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = { view, offset };
  const value = deserializeTCompactProtocol(reader) as Thrift;
  return { value, end: reader.offset };
}

/** A file's metadata from the struct that its footer holds. */
export function parseMetadata(bytes: Uint8Array): ParquetMetadata {
  const { value } = readThrift(bytes);
  const schema = structs(value.field_2).map(schemaElement);
  const keyValues = new Map(
    structs(value.field_5, []).map((pair) => [text(pair.field_1) ?? "", text(pair.field_2) ?? ""]),
  );
  return {
    schema,
    rowGroups: structs(value.field_4).map(rowGroup),
    keyValues,
    createdBy: text(value.field_6),
    columnOrders: value.field_7 === undefined
      ? undefined
      : structs(value.field_7).map((order) =>
        order.field_1 !== undefined ? "type" : order.field_2 !== undefined ? "total" : "unknown"
      ),
    isEncrypted: value.field_8 !== undefined,
  };
}

function schemaElement(field: Thrift): SchemaElement {
  const type = field.field_1 === undefined ? undefined : PHYSICAL_TYPES[integer(field.field_1)];
  if (field.field_1 !== undefined && type === undefined) {
    throw new DamagedError(`the physical type ${field.field_1} does not exist`);
  }
  const repetition = (["required", "optional", "repeated"] as const)[integer(field.field_3, 0)];
  if (repetition === undefined) throw new DamagedError(`no repetition ${field.field_3}`);
  return {
    name: text(field.field_4) ?? "",
    type,
    typeLength: integer(field.field_2, 0),
    repetition,
    childCount: integer(field.field_5, 0),
    converted: CONVERTED_TYPES[integer(field.field_6, -1)],
    scale: integer(field.field_7, 0),
    precision: integer(field.field_8, 0),
    logical: field.field_10 === undefined ? undefined : logicalType(struct(field.field_10)),
  };
}

function logicalType(union: Thrift): LogicalType {
  const decimal = optionalStruct(union.field_5);
  if (decimal !== undefined) {
    const { field_1: scale, field_2: precision } = decimal;
    return { kind: "decimal", scale: integer(scale), precision: integer(precision) };
  }
  const time = optionalStruct(union.field_7) ?? optionalStruct(union.field_8);
  if (time !== undefined) {
    const unit = struct(time.field_2);
    return {
      kind: union.field_7 !== undefined ? "time" : "timestamp",
      isUtc: time.field_1 === true,
      unit: unit.field_1 !== undefined ? "ms" : unit.field_2 !== undefined ? "us" : "ns",
    };
  }
  const integers = optionalStruct(union.field_10);
  if (integers !== undefined) {
    return {
      kind: "integer",
      bits: integer(integers.field_1),
      isSigned: integers.field_2 === true,
    };
  }
  const geometry = optionalStruct(union.field_17);
  if (geometry !== undefined) return { kind: "geometry", crs: text(geometry.field_1) };
  const geography = optionalStruct(union.field_18);
  if (geography !== undefined) {
    const algorithm = integer(geography.field_2, 0);
    return { kind: "geography", crs: text(geography.field_1), algorithm };
  }
  const number = Number(Object.keys(union)[0]?.slice("field_".length));
  return { kind: SIMPLE_LOGICAL_TYPES[number as 1] ?? "unknown" };
}

function rowGroup(field: Thrift): RowGroup {
  return { rows: integer(field.field_3), columns: structs(field.field_1).map(columnChunk) };
}

function columnChunk(chunk: Thrift): ColumnChunk {
  const isEncrypted = chunk.field_8 !== undefined || chunk.field_3 === undefined;
  const meta = optionalStruct(chunk.field_3) ?? {};
  const dataPageOffset = integer(meta.field_9, 0);
  const dictionaryOffset = integer(meta.field_11, 0);
  // Some writers leave out the dictionary's place, or say 0: then the data page offset is the start.
  const offset = dictionaryOffset > 0 ? Math.min(dictionaryOffset, dataPageOffset) : dataPageOffset;
  return {
    path: list(meta.field_3, []).map((name) => text(name) ?? ""),
    type: PHYSICAL_TYPES[integer(meta.field_1, 0)],
    codec: CODECS[integer(meta.field_4, 0)],
    valueCount: integer(meta.field_5, 0),
    extent: { offset, length: integer(meta.field_7, 0) },
    dataPageOffset,
    statistics: meta.field_12 === undefined ? undefined : statistics(struct(meta.field_12)),
    columnIndex: place(chunk.field_6, chunk.field_7),
    offsetIndex: place(chunk.field_4, chunk.field_5),
    filePath: text(chunk.field_1),
    isEncrypted,
  };
}

function place(offset: unknown, length: unknown): Extent | undefined {
  const extent = { offset: integer(offset, 0), length: integer(length, 0) };
  return extent.offset > 0 && extent.length > 0 ? extent : undefined;
}

function statistics(field: Thrift): RawStatistics {
  const count = (value: unknown) => value === undefined ? undefined : integer(value);
  return {
    legacyMax: bytes(field.field_1),
    legacyMin: bytes(field.field_2),
    nullCount: count(field.field_3),
    max: bytes(field.field_5),
    min: bytes(field.field_6),
    nanCount: count(field.field_9),
  };
}

const utf8 = new TextDecoder();

function bytes(value: unknown): Uint8Array | undefined {
  if (value === undefined || value instanceof Uint8Array) return value;
  throw new DamagedError("bytes expected");
}

function text(value: unknown): string | undefined {
  const encoded = bytes(value);
  return encoded === undefined ? undefined : utf8.decode(encoded);
}

/** A whole number that JavaScript holds exactly; `otherwise` where there is none. */
export function integer(value: unknown, otherwise?: number): number {
  const given = value ?? otherwise;
  const number = typeof given === "bigint" ? Number(given) : given;
  if (typeof number !== "number" || !Number.isSafeInteger(number)) {
    throw new DamagedError("a number is missing or out of range");
  }
  return number;
}

/** A list of anything. */
export function list(value: unknown, otherwise?: unknown[]): unknown[] {
  const given = value ?? otherwise;
  if (!Array.isArray(given)) throw new DamagedError("a list is missing");
  return given;
}

function structs(value: unknown, otherwise?: unknown[]): Thrift[] {
  return list(value, otherwise).map(struct);
}

/** A struct that must be there. */
export function struct(value: unknown): Thrift {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) {
    throw new DamagedError("a struct is missing");
  }
  return value as Thrift;
}

/** A struct that may be there. */
export function optionalStruct(value: unknown): Thrift | undefined {
  return value === undefined ? undefined : struct(value);
}

/**
 * The Arrow type of each SQL type.
 *
 * @module
 */
import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Dictionary,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  IntervalMonthDayNano,
  List,
  Map_,
  Null,
  Schema,
  SparseUnion,
  Struct,
  TimeMicrosecond,
  TimeNanosecond,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import {
  type DuckDBArrayType,
  type DuckDBDecimalType,
  type DuckDBEnumType,
  type DuckDBGeometryType,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionType,
} from "@duckdb/node-api";
import { UnsupportedError } from "../../errors.ts";
import { redact } from "../../redaction.ts";
import { isUnnamed } from "./record.ts";

/** The Arrow schema of columns of DuckDB. */
export function arrowSchema(
  columns: readonly { readonly name: string; readonly duckType: DuckDBType }[],
): Schema {
  return new Schema(columns.map(({ name, duckType }) => arrowField(name, duckType)));
}

/** A nullable field, with the metadata of an extension type where there is one. */
export function arrowField(name: string, type: DuckDBType): Field {
  return new Field(name, arrowType(type), true, extension(type));
}

const SIMPLE: { readonly [typeId: number]: () => DataType } = {
  [DuckDBTypeId.SQLNULL]: () => new Null(),
  [DuckDBTypeId.BOOLEAN]: () => new Bool(),
  [DuckDBTypeId.TINYINT]: () => new Int8(),
  [DuckDBTypeId.SMALLINT]: () => new Int16(),
  [DuckDBTypeId.INTEGER]: () => new Int32(),
  [DuckDBTypeId.BIGINT]: () => new Int64(),
  [DuckDBTypeId.HUGEINT]: () => new Decimal(0, 38, 128),
  [DuckDBTypeId.UTINYINT]: () => new Uint8(),
  [DuckDBTypeId.USMALLINT]: () => new Uint16(),
  [DuckDBTypeId.UINTEGER]: () => new Uint32(),
  [DuckDBTypeId.UBIGINT]: () => new Uint64(),
  [DuckDBTypeId.UHUGEINT]: () => new Utf8(),
  [DuckDBTypeId.BIGNUM]: () => new Utf8(),
  [DuckDBTypeId.FLOAT]: () => new Float32(),
  [DuckDBTypeId.DOUBLE]: () => new Float64(),
  [DuckDBTypeId.VARCHAR]: () => new Utf8(),
  [DuckDBTypeId.BLOB]: () => new Binary(),
  [DuckDBTypeId.GEOMETRY]: () => new Binary(),
  [DuckDBTypeId.BIT]: () => new Utf8(),
  [DuckDBTypeId.UUID]: () => new FixedSizeBinary(16),
  [DuckDBTypeId.DATE]: () => new DateDay(),
  [DuckDBTypeId.TIME]: () => new TimeMicrosecond(),
  [DuckDBTypeId.TIME_NS]: () => new TimeNanosecond(),
  [DuckDBTypeId.TIME_TZ]: () => new Utf8(),
  [DuckDBTypeId.TIMESTAMP]: () => new TimestampMicrosecond(),
  [DuckDBTypeId.TIMESTAMP_S]: () => new TimestampSecond(),
  [DuckDBTypeId.TIMESTAMP_MS]: () => new TimestampMillisecond(),
  [DuckDBTypeId.TIMESTAMP_NS]: () => new TimestampNanosecond(),
  [DuckDBTypeId.TIMESTAMP_TZ]: () => new TimestampMicrosecond("UTC"),
  [DuckDBTypeId.INTERVAL]: () => new IntervalMonthDayNano(),
  [DuckDBTypeId.VARIANT]: () => new Utf8(),
};

function arrowType(type: DuckDBType): DataType {
  const simple = SIMPLE[type.typeId];
  if (simple !== undefined) return simple();
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as DuckDBDecimalType;
      return new Decimal(scale, width, 128);
    }
    case DuckDBTypeId.ENUM:
      return enumType(type as DuckDBEnumType);
    case DuckDBTypeId.LIST:
      return new List(arrowField("item", (type as DuckDBListType).valueType));
    case DuckDBTypeId.ARRAY: {
      const { valueType, length } = type as DuckDBArrayType;
      return new FixedSizeList(length, arrowField("item", valueType));
    }
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      const names = isUnnamed(entryNames) ? entryNames.map((_, i) => `v${i + 1}`) : entryNames;
      return new Struct(entryTypes.map((child, i) => arrowField(redact(names[i]), child)));
    }
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type as DuckDBMapType;
      const key = arrowField("key", keyType);
      const entry = new Struct([
        new Field("key", key.type, false, key.metadata),
        arrowField("value", valueType),
      ]);
      return new Map_(new Field("entries", entry, false) as never, false);
    }
    case DuckDBTypeId.UNION: {
      const { memberTags, memberTypes } = type as DuckDBUnionType;
      return new SparseUnion(
        memberTypes.map((_, i) => i),
        memberTypes.map((child, i) => arrowField(redact(memberTags[i]), child)),
      );
    }
  }
  throw new UnsupportedError(`the type ${type} has no Arrow type`, {
    hint: "CAST it to a type that docs/values.md lists.",
  });
}

const dictionaries = new WeakMap<DataType, Vector<Utf8>>();

/**
 * The values of an ENUM's type: the same Vector at each call, since the IPC writer writes one that
 * it knows only once.
 */
export function dictionaryOf(type: Dictionary): Vector<Utf8> {
  return dictionaries.get(type)!;
}

function enumType(type: DuckDBEnumType): Dictionary {
  const dictionary = new Dictionary(new Utf8(), enumIndexType(type));
  dictionaries.set(dictionary, vectorFromArray(type.values.map(redact), new Utf8()));
  return dictionary;
}

function enumIndexType(type: DuckDBEnumType): Uint8 | Uint16 | Uint32 {
  switch (type.internalTypeId) {
    case DuckDBTypeId.UTINYINT:
      return new Uint8();
    case DuckDBTypeId.USMALLINT:
      return new Uint16();
    default:
      return new Uint32();
  }
}

/** Source: Arrow columnar format, canonical extension types; GeoArrow 0.2, extension types. */
function extension(type: DuckDBType): Map<string, string> | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.UUID:
      return extensionMetadata("arrow.uuid", "");
    case DuckDBTypeId.VARCHAR:
      return type.alias === "JSON" ? extensionMetadata("arrow.json", "") : undefined;
    case DuckDBTypeId.GEOMETRY: {
      const { crs } = type as DuckDBGeometryType;
      return extensionMetadata("geoarrow.wkb", JSON.stringify(crsMetadata(crs)));
    }
    default:
      return undefined;
  }
}

/** Source: GeoArrow 0.2, extension types, metadata. */
function crsMetadata(crs: string | undefined): Record<string, unknown> {
  if (crs === undefined) return {};
  if (/^[A-Z]+:\w+$/.test(crs)) return { crs, crs_type: "authority_code" };
  try {
    return { crs: JSON.parse(crs), crs_type: "projjson" };
  } catch {
    return { crs };
  }
}

function extensionMetadata(name: string, metadata: string): Map<string, string> {
  return new Map([["ARROW:extension:name", name], ["ARROW:extension:metadata", metadata]]);
}

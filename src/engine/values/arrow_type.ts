/**
 * The Arrow type of each SQL type.
 *
 * @module
 */
import {
  type DataType,
  Decimal,
  Dictionary,
  Field,
  FixedSizeList,
  List,
  Map_,
  Null,
  Schema,
  SparseUnion,
  Struct,
  TimestampMillisecond,
  TimestampSecond,
  Uint16,
  Uint32,
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
import { extensionMetadata, plainArrowType, type PlainSqlType } from "../../formats/arrow_types.ts";
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

/** Types that files have as well. */
const PLAIN: { readonly [typeId: number]: PlainSqlType } = {
  [DuckDBTypeId.BOOLEAN]: "BOOLEAN",
  [DuckDBTypeId.TINYINT]: "TINYINT",
  [DuckDBTypeId.SMALLINT]: "SMALLINT",
  [DuckDBTypeId.INTEGER]: "INTEGER",
  [DuckDBTypeId.BIGINT]: "BIGINT",
  [DuckDBTypeId.UTINYINT]: "UTINYINT",
  [DuckDBTypeId.USMALLINT]: "USMALLINT",
  [DuckDBTypeId.UINTEGER]: "UINTEGER",
  [DuckDBTypeId.UBIGINT]: "UBIGINT",
  [DuckDBTypeId.FLOAT]: "FLOAT",
  [DuckDBTypeId.DOUBLE]: "DOUBLE",
  [DuckDBTypeId.VARCHAR]: "VARCHAR",
  [DuckDBTypeId.BLOB]: "BLOB",
  [DuckDBTypeId.GEOMETRY]: "GEOMETRY",
  [DuckDBTypeId.UUID]: "UUID",
  [DuckDBTypeId.DATE]: "DATE",
  [DuckDBTypeId.TIME]: "TIME",
  [DuckDBTypeId.TIME_NS]: "TIME_NS",
  [DuckDBTypeId.TIME_TZ]: "TIME WITH TIME ZONE",
  [DuckDBTypeId.TIMESTAMP]: "TIMESTAMP",
  [DuckDBTypeId.TIMESTAMP_NS]: "TIMESTAMP_NS",
  [DuckDBTypeId.TIMESTAMP_TZ]: "TIMESTAMP WITH TIME ZONE",
  [DuckDBTypeId.INTERVAL]: "INTERVAL",
};

const OWN: { readonly [typeId: number]: () => DataType } = {
  [DuckDBTypeId.SQLNULL]: () => new Null(),
  [DuckDBTypeId.HUGEINT]: () => new Decimal(0, 38, 128),
  [DuckDBTypeId.UHUGEINT]: () => new Utf8(),
  [DuckDBTypeId.BIGNUM]: () => new Utf8(),
  [DuckDBTypeId.BIT]: () => new Utf8(),
  [DuckDBTypeId.TIMESTAMP_S]: () => new TimestampSecond(),
  [DuckDBTypeId.TIMESTAMP_MS]: () => new TimestampMillisecond(),
  [DuckDBTypeId.VARIANT]: () => new Utf8(),
};

function arrowType(type: DuckDBType): DataType {
  const plain = PLAIN[type.typeId];
  if (plain !== undefined) return plainArrowType(plain);
  const own = OWN[type.typeId];
  if (own !== undefined) return own();
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

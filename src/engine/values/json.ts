/**
 * Values as JSON: what DuckDB's own to_json writes, except that nothing loses digits.
 *
 * @module
 */
import {
  type DuckDBArrayType,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionType,
} from "@duckdb/node-api";
import { redact } from "../../redaction.ts";
import { setField } from "./record.ts";
import { blobText, toText } from "./text.ts";
import type { JsonValue, Value } from "./types.ts";
import { UnionValue } from "./union.ts";

/** Turns values of one type into JSON values. */
export type JsonConverter = (value: Value) => JsonValue;

/**
 * The JSON value of any value: integers past 2^53 − 1 and decimals as strings, NaN and the
 * infinities as `"NaN"`, `"Infinity"`, `"-Infinity"`, bytes as DuckDB's text of a BLOB, geometry as
 * well-known text.
 *
 * @param type of the value; it decides whether a text is JSON to be taken in, and how the keys of
 * maps are written
 */
export function toJsonValue(value: Value, type?: DuckDBType): JsonValue {
  return type === undefined ? byValue(value) : jsonConverter(type)(value);
}

/** The converter for values of `type`. */
export function jsonConverter(type: DuckDBType): JsonConverter {
  const convert = converterOf(type);
  return (value) => value === null ? null : convert(value);
}

function converterOf(type: DuckDBType): JsonConverter {
  switch (type.typeId) {
    case DuckDBTypeId.VARCHAR:
      return type.alias === "JSON" ? (value) => parseExact(value as string) : asIs;
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY: {
      const convert = jsonConverter((type as DuckDBListType | DuckDBArrayType).valueType);
      return (value) => (value as Value[]).map(convert);
    }
    case DuckDBTypeId.STRUCT: {
      const converters = (type as DuckDBStructType).entryTypes.map(jsonConverter);
      return (value) =>
        Array.isArray(value)
          ? value.map((item, i) => converters[i](item))
          : mapFields(value as Record<string, Value>, (item, i) => converters[i](item));
    }
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type as DuckDBMapType;
      const convert = jsonConverter(valueType);
      return (value) => mapObject(value as Map<Value, Value>, convert, keyType);
    }
    case DuckDBTypeId.UNION: {
      const { memberTags, memberTypes } = type as DuckDBUnionType;
      const converters = memberTypes.map(jsonConverter);
      const tags = memberTags.map(redact);
      return (value) => {
        const { tag, value: member } = value as UnionValue;
        return unionObject(tag, converters[tags.indexOf(tag)](member));
      };
    }
    default:
      return byValue;
  }
}

function asIs(value: Value): JsonValue {
  return value as string;
}

function byValue(value: Value): JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return blobText(value);
  if (Array.isArray(value)) return value.map(byValue);
  if (value instanceof Map) return mapObject(value, byValue);
  if (value instanceof UnionValue) return unionObject(value.tag, byValue(value.value));
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return mapFields(value as Record<string, Value>, byValue);
  }
  return value.toString();
}

function mapFields(
  struct: Record<string, Value>,
  convert: (value: Value, index: number) => JsonValue,
): JsonValue {
  const result: Record<string, JsonValue> = {};
  Object.entries(struct).forEach(([name, value], i) => setField(result, name, convert(value, i)));
  return result;
}

function mapObject(
  map: Map<Value, Value>,
  convert: JsonConverter,
  keyType?: DuckDBType,
): JsonValue {
  const result: Record<string, JsonValue> = {};
  for (const [key, value] of map) setField(result, toText(key, keyType), convert(value));
  return result;
}

function unionObject(tag: string, value: JsonValue): JsonValue {
  const result: Record<string, JsonValue> = {};
  setField(result, tag, value);
  return result;
}

/** The reviver's third argument, which TypeScript's library does not know yet. */
type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context: { source?: string },
) => unknown;

/** JSON text as a value: integers past 2^53 − 1 as strings; text that is not JSON as it is. */
function parseExact(text: string): JsonValue {
  const exact: Reviver = (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && /^-?\d+$/.test(source) &&
      !Number.isSafeInteger(value)
      ? source
      : value;
  try {
    return JSON.parse(text, exact as (key: string, value: unknown) => unknown) as JsonValue;
  } catch {
    return text;
  }
}

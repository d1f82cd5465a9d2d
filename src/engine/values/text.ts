/**
 * Values as DuckDB casts them to VARCHAR.
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
import { doubleText, floatText } from "./number_text.ts";
import type { Value } from "./types.ts";
import { UnionValue } from "./union.ts";

/**
 * The text of `CAST(value AS VARCHAR)`.
 *
 * @param type of the value; without it a number is written as JavaScript does
 */
export function toText(value: Value, type?: DuckDBType): string {
  return text(value, type, false);
}

/** Bytes as DuckDB writes a BLOB: printable ASCII as it is, all else as `\xFF`. */
export function blobText(bytes: Uint8Array): string {
  let result = "";
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x5c && byte !== 0x27 && byte !== 0x22;
    result += plain
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return result;
}

function text(value: Value, type: DuckDBType | undefined, nested: boolean): string {
  if (value === null) return "NULL";
  if (typeof value === "number") {
    if (type?.typeId === DuckDBTypeId.FLOAT) return floatText(value);
    return type?.typeId === DuckDBTypeId.DOUBLE ? doubleText(value) : String(value);
  }
  if (typeof value === "string" && isNumeric(type)) return value;
  if (typeof value !== "object") return quoted(String(value), nested);
  if (value instanceof Uint8Array) return quoted(blobText(value), nested);
  if (Array.isArray(value)) return arrayText(value, type);
  if (value instanceof Map) {
    const { keyType, valueType } = (type ?? {}) as Partial<DuckDBMapType>;
    const entries = [...value].map(([key, item]) =>
      `${text(key, keyType, true)}=${text(item, valueType, true)}`
    );
    return `{${entries.join(", ")}}`;
  }
  if (value instanceof UnionValue) {
    const union = type as DuckDBUnionType | undefined;
    const member = union?.memberTags.indexOf(value.tag) ?? -1;
    return text(value.value, union?.memberTypes[member], nested);
  }
  if (Object.getPrototypeOf(value) === Object.prototype) {
    const { entryTypes } = (type ?? {}) as Partial<DuckDBStructType>;
    const entries = Object.entries(value as Record<string, Value>).map(([name, item], i) =>
      `'${name.replaceAll(/['\\]/g, "\\$&")}': ${text(item, entryTypes?.[i], true)}`
    );
    return `{${entries.join(", ")}}`;
  }
  return quoted(String(value), nested);
}

function arrayText(values: readonly Value[], type: DuckDBType | undefined): string {
  if (type?.typeId === DuckDBTypeId.STRUCT) {
    const { entryTypes } = type as DuckDBStructType;
    return `(${values.map((item, i) => text(item, entryTypes[i], true)).join(", ")})`;
  }
  const itemType = (type as DuckDBListType | DuckDBArrayType | undefined)?.valueType;
  return `[${values.map((item) => text(item, itemType, true)).join(", ")}]`;
}

function isNumeric(type: DuckDBType | undefined): boolean {
  return type?.typeId === DuckDBTypeId.DECIMAL;
}

/** Inside of a list, struct or map, DuckDB quotes what could be read otherwise. */
function quoted(plain: string, nested: boolean): string {
  if (!nested) return plain;
  if (plain !== "" && !/["'(),:=[\]{}]|^\s|\s$|^null$/i.test(plain)) return plain;
  return `'${plain.replaceAll(/['\\]/g, "\\$&")}'`;
}

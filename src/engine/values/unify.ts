/**
 * One type for the elements of a list.
 *
 * @module
 */
import {
  BIGINT,
  BIGNUM,
  DOUBLE,
  type DuckDBListType,
  DuckDBListValue,
  type DuckDBStructType,
  DuckDBStructValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  HUGEINT,
  INTEGER,
  LIST,
  listValue,
  SQLNULL,
  STRUCT,
  structValue,
  UHUGEINT,
} from "@duckdb/node-api";
import { UsageError } from "../../errors.ts";
import { setField } from "./record.ts";

/** Narrow to wide; each holds all of those before it, UHUGEINT the positive ones only. */
const INTEGERS = [INTEGER, BIGINT, HUGEINT, UHUGEINT, BIGNUM] as const;

interface Typed {
  readonly type: DuckDBType;
  readonly value: DuckDBValue;
}

/**
 * The narrowest type that holds every one of `items`, and their values in it.
 *
 * @throws {UsageError} when there is none, such as for `[1, "a"]`
 */
export function unifyTypes(
  items: readonly Typed[],
  name: string,
): { type: DuckDBType; values: DuckDBValue[] } {
  const hasNegative = items.some(({ value }) =>
    (typeof value === "bigint" || typeof value === "number") && value < 0
  );
  let type: DuckDBType = SQLNULL;
  for (const item of items) type = widest(type, item.type, hasNegative, name);
  return { type, values: items.map((item) => widen(item.value, type)) };
}

function widest(a: DuckDBType, b: DuckDBType, hasNegative: boolean, name: string): DuckDBType {
  if (a.typeId === DuckDBTypeId.SQLNULL) return b;
  if (b.typeId === DuckDBTypeId.SQLNULL) return a;
  const ranks = [a, b].map((type) => INTEGERS.findIndex(({ typeId }) => typeId === type.typeId));
  if (ranks.every((rank) => rank >= 0)) {
    const wide = INTEGERS[Math.max(...ranks)];
    return wide === UHUGEINT && hasNegative ? BIGNUM : wide;
  }
  if (isNumber(a, ranks[0]) && isNumber(b, ranks[1])) return DOUBLE;
  if (a.typeId === DuckDBTypeId.LIST && b.typeId === DuckDBTypeId.LIST) {
    const [itemA, itemB] = [a, b].map((type) => (type as DuckDBListType).valueType);
    return LIST(widest(itemA, itemB, true, name));
  }
  if (a.typeId === DuckDBTypeId.STRUCT && b.typeId === DuckDBTypeId.STRUCT) {
    const joined = widestStruct(a as DuckDBStructType, b as DuckDBStructType, name);
    if (joined !== undefined) return joined;
  }
  if (a.toString() === b.toString()) return a;
  throw new UsageError(`parameter ${name} mixes ${a} and ${b}`, {
    hint: "The elements of a list must be of one type.",
  });
}

function widestStruct(
  a: DuckDBStructType,
  b: DuckDBStructType,
  name: string,
): DuckDBType | undefined {
  if (a.entryCount !== b.entryCount) return undefined;
  const types: Record<string, DuckDBType> = {};
  for (const [i, field] of a.entryNames.entries()) {
    const j = b.entryNames.indexOf(field);
    if (j < 0) return undefined;
    setField(types, field, widest(a.entryTypes[i], b.entryTypes[j], true, `${name}.${field}`));
  }
  return STRUCT(types);
}

function isNumber(type: DuckDBType, rank: number): boolean {
  return type.typeId === DuckDBTypeId.DOUBLE || rank >= 0;
}

function widen(value: DuckDBValue, type: DuckDBType): DuckDBValue {
  if (value === null) return null;
  if (type.typeId === DuckDBTypeId.DOUBLE) return Number(value);
  if (typeof value === "number" && type.typeId !== DuckDBTypeId.INTEGER) return BigInt(value);
  if (value instanceof DuckDBListValue) {
    const { valueType } = type as DuckDBListType;
    return listValue(value.items.map((item) => widen(item, valueType)));
  }
  if (value instanceof DuckDBStructValue) {
    const { entryNames, entryTypes } = type as DuckDBStructType;
    const entries: Record<string, DuckDBValue> = {};
    entryNames.forEach((field, i) =>
      setField(entries, field, widen(value.entries[field], entryTypes[i]))
    );
    return structValue(entries);
  }
  return value;
}

/**
 * Values of conditions, brought to what a column's values are compared by.
 *
 * @module
 */
import { DataType, type Decimal, type Timestamp, TimeUnit } from "apache-arrow";
import { UsageError } from "../errors.ts";
import { compareBytes, compareFloats, type KeyOrder } from "./keys.ts";
import type { PredicateValue } from "./predicate.ts";
import { parseDecimal, parseTime, parseTimestamp } from "./sql_text.ts";

/** Kinds of keys: how a column's values are read and ordered. */
export type Domain = "float" | "integer" | "bytes" | "none";

/** The kind of keys of a column; `none` where its values have no order here. */
export function domainOf(type: DataType, extension?: string): Domain {
  if (extension?.startsWith("geoarrow.") || extension === "arrow.json") return "none";
  if (DataType.isFloat(type)) return "float";
  if (
    DataType.isInt(type) || DataType.isBool(type) || DataType.isDecimal(type) ||
    DataType.isDate(type) || DataType.isTime(type) || DataType.isTimestamp(type)
  ) return "integer";
  if (DataType.isUtf8(type) || DataType.isBinary(type)) return "bytes";
  if (DataType.isFixedSizeBinary(type)) return "bytes";
  return "none";
}

/**
 * How the values of a column of `type` compare with `value`; undefined when `value` is NULL.
 *
 * @throws {UsageError} when the two do not compare
 */
export function orderAgainst(
  value: PredicateValue,
  type: DataType,
  column: string,
): KeyOrder | undefined {
  if (value === null) return undefined;
  const order = DataType.isFloat(type)
    ? floatOrder(value, type.precision === 1)
    : DataType.isUtf8(type)
    ? textOrder(value)
    : DataType.isBinary(type)
    ? bytesOrder(value)
    : DataType.isFixedSizeBinary(type)
    ? uuidOrder(value)
    : integerOrder(value, type);
  if (order === undefined) {
    const shown = typeof value === "bigint" ? `${value}n` : JSON.stringify(value);
    throw new UsageError(`the column "${column}" (${type}) does not compare with ${shown}`, {
      hint: "Give a value of the column's own kind; a text is cast to the column's type.",
    });
  }
  return order;
}

function floatOrder(value: PredicateValue, isSingle: boolean): KeyOrder | undefined {
  let number: number;
  if (typeof value === "number") number = value;
  else if (typeof value === "bigint") number = Number(value);
  else if (typeof value === "string") {
    const parsed = parseFloatText(value);
    if (parsed === undefined) return undefined;
    number = isSingle ? Math.fround(parsed) : parsed;
  } else return undefined;
  return (key) => compareFloats(key as number, number);
}

function parseFloatText(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  const word = /^([+-]?)(nan|inf|infinity)$/.exec(trimmed);
  if (word !== null) return word[2] === "nan" ? NaN : word[1] === "-" ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}

function textOrder(value: PredicateValue): KeyOrder | undefined {
  if (typeof value !== "string") return undefined;
  return bytesOrder(new TextEncoder().encode(value));
}

function bytesOrder(value: PredicateValue): KeyOrder | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  return (key) => compareBytes(key as Uint8Array, value);
}

function uuidOrder(value: PredicateValue): KeyOrder | undefined {
  if (typeof value !== "string") return bytesOrder(value);
  const hex = value.replace(/[-{}]/g, "");
  if (!/^[0-9a-f]{32}$/i.test(hex)) return undefined;
  return bytesOrder(Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16)));
}

/** An exact rational: `unscaled` / 10^`scale`. */
interface Exact {
  readonly unscaled: bigint;
  readonly scale: number;
}

function integerOrder(value: PredicateValue, type: DataType): KeyOrder | undefined {
  const scale = DataType.isDecimal(type) ? (type as Decimal).scale : 0;
  if (typeof value === "number" && !Number.isInteger(value)) {
    return isNumeric(type) ? doubleOrder(value, scale) : undefined;
  }
  const exact = exactOf(value, type);
  if (exact === undefined) return undefined;
  if (exact.scale <= scale) {
    return keyOrder(exact.unscaled * 10n ** BigInt(scale - exact.scale), 0);
  }
  const unit = 10n ** BigInt(exact.scale - scale);
  if (typeof value === "string") {
    // A cast: numbers are rounded half away from zero, times are cut.
    const bound = isNumeric(type)
      ? (exact.unscaled + (exact.unscaled < 0n ? -unit : unit) / 2n) / unit
      : floorDivide(exact.unscaled, unit);
    return keyOrder(bound, 0);
  }
  // Between two values of the column: above the lower, below the upper.
  const lower = floorDivide(exact.unscaled, unit);
  return keyOrder(lower, lower * unit === exact.unscaled ? 0 : -1);
}

function floorDivide(value: bigint, unit: bigint): bigint {
  const quotient = value / unit;
  return value < 0n && quotient * unit !== value ? quotient - 1n : quotient;
}

/** Order against `bound`; a value that equals it compares as `atBound`. */
function keyOrder(bound: bigint, atBound: number): KeyOrder {
  const small = Number(bound);
  if (Number.isSafeInteger(small)) {
    return (key) =>
      typeof key === "number"
        ? (key < small ? -1 : key > small ? 1 : atBound)
        : ((key as bigint) < bound ? -1 : (key as bigint) > bound ? 1 : atBound);
  }
  return (key) => ((key as bigint) < bound ? -1 : (key as bigint) > bound ? 1 : atBound);
}

function doubleOrder(value: number, scale: number): KeyOrder {
  const unit = 10 ** scale;
  return (key) => compareFloats(Number(key as number | bigint) / unit, value);
}

function isNumeric(type: DataType): boolean {
  return DataType.isInt(type) || DataType.isDecimal(type);
}

function exactOf(value: PredicateValue, type: DataType): Exact | undefined {
  if (DataType.isBool(type)) return booleanOf(value);
  if (isNumeric(type)) {
    if (typeof value === "bigint") return { unscaled: value, scale: 0 };
    if (typeof value === "number") return { unscaled: BigInt(value), scale: 0 };
    return typeof value === "string" ? parseDecimal(value) : undefined;
  }
  if (DataType.isTime(type)) {
    const digits = unitDigits(type.unit);
    const nanos = typeof value === "string" ? parseTime(value) : undefined;
    return nanos === undefined ? undefined : { unscaled: nanos, scale: 9 - digits };
  }
  const digits = DataType.isTimestamp(type) ? unitDigits((type as Timestamp).unit) : undefined;
  const nanos = value instanceof Date
    ? (Number.isNaN(value.getTime()) ? undefined : BigInt(value.getTime()) * 1_000_000n)
    : typeof value !== "string"
    ? undefined
    : parseTimestamp(value);
  if (nanos === undefined) return undefined;
  if (digits !== undefined) return { unscaled: nanos, scale: 9 - digits };
  return typeof value === "string"
    ? { unscaled: floorDivide(nanos, DAY), scale: 0 }
    : instantInDays(nanos);
}

const DAY = 86_400_000_000_000n;

/** Days with as many digits after the point as tell an instant inside of a day from its start. */
function instantInDays(nanos: bigint): Exact {
  const days = floorDivide(nanos, DAY);
  return days * DAY === nanos
    ? { unscaled: days, scale: 0 }
    : { unscaled: days * 10n + 5n, scale: 1 };
}

function booleanOf(value: PredicateValue): Exact | undefined {
  if (typeof value === "boolean") return { unscaled: value ? 1n : 0n, scale: 0 };
  if (typeof value !== "string") return undefined;
  const text = value.toLowerCase();
  if (text === "true" || text === "t" || text === "1") return { unscaled: 1n, scale: 0 };
  if (text === "false" || text === "f" || text === "0") return { unscaled: 0n, scale: 0 };
  return undefined;
}

function unitDigits(unit: TimeUnit): number {
  switch (unit) {
    case TimeUnit.SECOND:
      return 0;
    case TimeUnit.MILLISECOND:
      return 3;
    case TimeUnit.MICROSECOND:
      return 6;
    default:
      return 9;
  }
}

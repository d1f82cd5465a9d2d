/**
 * Keys: what a column's values are compared by, whatever library holds the values.
 *
 * @module
 */
import type { CompareOp } from "./predicate.ts";

/**
 * What a column's values are compared by: a number (small integers, floating point, days, booleans), a
 * bigint (64-bit integers, DECIMALs without their point, ticks of time) or bytes (text, BLOB, UUID).
 */
export type Key = number | bigint | Uint8Array;

/** Compares a column's value with a fixed one: below 0, 0 or above, monotonic in the value. */
export type KeyOrder = (key: Key) => number;

/** DuckDB's order of floating point: NaN equals NaN and is above all else, -0 equals 0. */
export function compareFloats(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0);
}

/** By unsigned bytes; a prefix is below what it is a prefix of. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}

/** Orders any two keys of one domain. */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a === "object") return compareBytes(a, b as Uint8Array);
  if (typeof a === "number" && typeof b === "number") return compareFloats(a, b);
  const other = b as number | bigint;
  return a < other ? -1 : a > other ? 1 : 0;
}

/** Whether a comparison holds for a value below, at and above the fixed one: 0 or 1. */
export function outcomes(op: CompareOp): readonly [below: number, at: number, above: number] {
  switch (op) {
    case "=":
      return [0, 1, 0];
    case "<>":
      return [1, 0, 1];
    case "<":
      return [1, 0, 0];
    case "<=":
      return [1, 1, 0];
    case ">":
      return [0, 0, 1];
    case ">=":
      return [0, 1, 1];
  }
}

/**
 * Whether two contenders gave the same answer.
 *
 * @module
 */
import type { AnswerRows } from "../contenders/protocol.ts";

/** Sums of floats in another order differ in their last digits. */
const TOLERANCE = 1e-9;

/** What is different, in a sentence; undefined when nothing is. */
export function difference(a: AnswerRows, b: AnswerRows): string | undefined {
  if (a.length !== b.length) return `${a.length} rows and ${b.length} rows`;
  for (const [row, cells] of a.entries()) {
    if (cells.length !== b[row].length) {
      return `${cells.length} columns and ${b[row].length} columns`;
    }
    for (const [column, cell] of cells.entries()) {
      if (!sameCell(cell, b[row][column])) {
        return `row ${row + 1}, column ${column + 1}: ${JSON.stringify(cell)} and ${
          JSON.stringify(b[row][column])
        }`;
      }
    }
  }
  return undefined;
}

/** Integers match only themselves, other numbers within 1e-9 of their size, times in either writing. */
export function sameCell(a: unknown, b: unknown): boolean {
  if (a === null || b === null || typeof a === "boolean" || typeof b === "boolean") return a === b;
  const [left, right] = [plainText(a), plainText(b)];
  if (left === right) return true;
  if (isInteger(left) && isInteger(right)) return BigInt(left) === BigInt(right);
  if (left.trim() === "" || right.trim() === "") return false;
  const [x, y] = [Number(left), Number(right)];
  return Math.abs(x - y) <= TOLERANCE * Math.max(Math.abs(x), Math.abs(y));
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text);
}

/** `2020-01-01T00:00:00.000000Z` and `2020-01-01 00:00:00` are one time. */
function plainText(value: unknown): string {
  return String(value)
    .replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/, "$1 $2")
    .replace(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.0+)?(Z|\+00(:00)?)?$/, "$1");
}

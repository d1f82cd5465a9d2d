/**
 * Types that a field can be, and their values: what DuckDB's CSV reader takes for each.
 *
 * @module
 */
import { ascii, DOT, isDigit, isSpace, MINUS, NINE, ZERO } from "./ascii.ts";

/** Types that are detected, in the order in which they are tried. */
export const CSV_TYPES = [
  "BOOLEAN",
  "TIME",
  "DATE",
  "TIMESTAMP",
  "TIMESTAMP WITH TIME ZONE",
  "BIGINT",
  "DOUBLE",
  "VARCHAR",
] as const;
export type CsvType = (typeof CSV_TYPES)[number];

/** The integers of a field are put here: BIGINT, ticks, as two halves of 64 bits. */
export interface Int64Sink {
  /** As halves, lower first, in two's complement. */
  readonly halves: Int32Array;
  readonly values: BigInt64Array;
}

/** Writes a whole number of less than 2^53 to place `at`. */
export function putInteger({ halves }: Int64Sink, at: number, value: number): void {
  halves[2 * at] = value | 0;
  if (value > 0x7fff_ffff || value < -0x8000_0000) {
    halves[2 * at] = (value - Math.floor(value / 4_294_967_296) * 4_294_967_296) | 0;
  }
  halves[2 * at + 1] = Math.floor(value / 4_294_967_296);
}

/**
 * Parses a BIGINT: spaces around, a minus, no plus, no leading zero but after a minus, `0x` and `0b`.
 * False when it is none.
 */
export function parseBigint(
  bytes: Uint8Array,
  start: number,
  end: number,
  sink: Int64Sink,
  at: number,
): boolean {
  while (start < end && isSpace(bytes[start])) start++;
  while (end > start && isSpace(bytes[end - 1])) end--;
  let pos = start;
  const negative = bytes[pos] === MINUS;
  if (negative) pos++;
  const digits = end - pos;
  if (digits === 0) return false;
  if (bytes[pos] === ZERO && digits > 1 && !negative) {
    return parsePrefixed(bytes, pos, end, sink, at);
  }
  if (digits > 15) return parseLong(bytes, pos, end, negative, sink, at);
  let value = 0;
  for (; pos < end; pos++) {
    const byte = bytes[pos];
    if (byte < ZERO || byte > NINE) return false;
    value = value * 10 + byte - ZERO;
  }
  putInteger(sink, at, negative ? -value : value);
  return true;
}

function parseLong(
  bytes: Uint8Array,
  pos: number,
  end: number,
  negative: boolean,
  sink: Int64Sink,
  at: number,
): boolean {
  for (let i = pos; i < end; i++) if (bytes[i] < ZERO || bytes[i] > NINE) return false;
  if (end - pos > 400) return false;
  const value = BigInt(`${negative ? "-" : ""}${ascii(bytes, pos, end)}`);
  if (BigInt.asIntN(64, value) !== value) return false;
  sink.values[at] = value;
  return true;
}

function parsePrefixed(
  bytes: Uint8Array,
  pos: number,
  end: number,
  sink: Int64Sink,
  at: number,
): boolean {
  const text = ascii(bytes, pos, Math.min(end, pos + 70));
  if (end - pos > 70 || !/^0(x[0-9a-f]+|b[01]+)$/i.test(text)) return false;
  const value = BigInt(text);
  if (BigInt.asIntN(64, value) !== value) return false;
  sink.values[at] = value;
  return true;
}

/** Powers of ten that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** Parses a DOUBLE: spaces before, no plus, no leading zero before a digit; undefined when it is none. */
export function parseDouble(bytes: Uint8Array, start: number, end: number): number | undefined {
  while (start < end && isSpace(bytes[start])) start++;
  let pos = start;
  const negative = bytes[pos] === MINUS;
  if (negative) pos++;
  if (pos >= end) return undefined;
  if (!negative && bytes[pos] === ZERO && isDigit(bytes[pos + 1]) && pos + 1 < end) {
    return undefined;
  }
  let mantissa = 0;
  let digits = 0;
  let scale = 0;
  let seenPoint = false;
  const firstDigit = pos;
  for (; pos < end; pos++) {
    const byte = bytes[pos];
    if (byte >= ZERO && byte <= NINE) {
      mantissa = mantissa * 10 + byte - ZERO;
      digits++;
      if (seenPoint) scale++;
    } else if (byte === DOT && !seenPoint) seenPoint = true;
    else break;
  }
  // Both are exact, so one division rounds once. Source: W. D. Clinger, "How to Read Floating Point
  // Numbers Accurately", 1990.
  if (pos === end && digits > 0 && digits <= 15 && scale <= 22) {
    const value = scale === 0 ? mantissa : mantissa / POWERS[scale];
    return negative ? -value : value;
  }
  return slowDouble(
    ascii(bytes, start, Math.min(end, start + 1000)),
    firstDigit - start,
    end - start,
  );
}

function slowDouble(text: string, signLength: number, length: number): number | undefined {
  if (length > 1000) return undefined;
  const word = text.slice(signLength).toLowerCase();
  if (word === "nan") return NaN;
  if (word === "inf" || word === "infinity") return signLength > 0 ? -Infinity : Infinity;
  return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

const TRUE_WORDS = new Set(["true", "t", "yes"]);
const FALSE_WORDS = new Set(["false", "f", "no"]);

/** Parses a BOOLEAN: 1, 0, or undefined when it is none. */
export function parseBoolean(bytes: Uint8Array, start: number, end: number): 0 | 1 | undefined {
  if (end - start > 5 || end === start) return undefined;
  const word = ascii(bytes, start, end).toLowerCase();
  return TRUE_WORDS.has(word) ? 1 : FALSE_WORDS.has(word) ? 0 : undefined;
}

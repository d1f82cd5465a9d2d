/**
 * Types that a field can be, and their values: what DuckDB's CSV reader takes for each.
 *
 * @module
 */
import { daysOf } from "../sql_text.ts";

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

/**
 * Order and separator of dates, as DuckDB's formats have them: `ymd` is `%Y-%m-%d`, a lower-case `2` is a
 * year of two digits. With `12h` there is an AM or PM.
 */
export interface DateForm {
  readonly order: "ymd" | "y2md" | "dmy" | "dmy2" | "mdy" | "mdy2";
  readonly separator: number;
  readonly clock: "24h" | "12h";
}

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const DOT = 46;
const COLON = 58;
const SPACE = 32;

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

function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= 9 && byte <= 13);
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

function ascii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]);
  return text;
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

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

const TRUE_WORDS = new Set(["true", "t", "yes"]);
const FALSE_WORDS = new Set(["false", "f", "no"]);

/** Parses a BOOLEAN: 1, 0, or undefined when it is none. */
export function parseBoolean(bytes: Uint8Array, start: number, end: number): 0 | 1 | undefined {
  if (end - start > 5 || end === start) return undefined;
  const word = ascii(bytes, start, end).toLowerCase();
  return TRUE_WORDS.has(word) ? 1 : FALSE_WORDS.has(word) ? 0 : undefined;
}

/** A reader of parts: each takes what it can from where the last one stopped. */
class Parts {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  at: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.at = start;
    this.#end = end;
    while (this.at < end && this.#bytes[this.at] === SPACE) this.at++;
    while (this.#end > this.at && this.#bytes[this.#end - 1] === SPACE) this.#end--;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#end;
  }

  /** The next byte. */
  get next(): number {
    return this.at < this.#end ? this.#bytes[this.at] : -1;
  }

  /** A number of `least` to `most` digits; -1 when there is none. */
  number(least: number, most: number): number {
    let value = 0;
    let count = 0;
    while (count < most && isDigit(this.next)) {
      value = value * 10 + this.next - ZERO;
      this.at++;
      count++;
    }
    return count < least ? -1 : value;
  }

  /** Takes `byte` if it is next. */
  skip(byte: number): boolean {
    if (this.next !== byte) return false;
    this.at++;
    return true;
  }

  /** Microseconds of digits after a point; those past the sixth are cut. */
  micros(): number {
    let value = 0;
    let count = 0;
    while (isDigit(this.next)) {
      if (count < 6) value = value * 10 + this.next - ZERO;
      this.at++;
      count++;
    }
    return count === 0 ? -1 : value * 10 ** Math.max(0, 6 - count);
  }

  /** What is left, as text. */
  rest(): string {
    return ascii(this.#bytes, this.at, this.#end);
  }
}

/** Days since 1970-01-01; undefined when it is no date of the form. */
export function parseDateCell(
  bytes: Uint8Array,
  start: number,
  end: number,
  form: DateForm,
): number | undefined {
  const parts = new Parts(bytes, start, end);
  const days = dateOf(parts, form);
  return parts.isAtEnd ? days : undefined;
}

function dateOf(parts: Parts, { order, separator }: DateForm): number | undefined {
  const year = (): number => {
    if (order === "ymd") return parts.number(4, 6);
    if (!order.includes("2")) return parts.number(4, 4);
    const two = parts.number(2, 2);
    return two === -1 ? -1 : two < 69 ? 2000 + two : 1900 + two;
  };
  const small = () => parts.number(1, 2);
  let y: number, m: number, d: number;
  if (order === "ymd" || order === "y2md") {
    y = year();
    if (!parts.skip(separator)) return undefined;
    m = small();
    if (!parts.skip(separator)) return undefined;
    d = small();
  } else {
    const [a, isFirst] = [small(), parts.skip(separator)];
    const [b, isSecond] = [small(), parts.skip(separator)];
    if (!isFirst || !isSecond) return undefined;
    y = year();
    [d, m] = order.startsWith("d") ? [a, b] : [b, a];
  }
  return y === -1 || m === -1 || d === -1 ? undefined : daysOf(y, m, d);
}

/** Microseconds since midnight, up to 24:00:00; undefined when it is no time. */
export function parseTimeCell(bytes: Uint8Array, start: number, end: number): number | undefined {
  const parts = new Parts(bytes, start, end);
  const micros = clockOf(parts);
  return parts.isAtEnd ? micros : undefined;
}

function clockOf(parts: Parts, needsSeconds?: "seconds"): number | undefined {
  const hours = parts.number(1, 2);
  if (hours === -1 || !parts.skip(COLON)) return undefined;
  const before = parts.at;
  const minutes = parts.number(1, 2);
  let seconds = 0;
  let micros = 0;
  if (parts.skip(COLON)) {
    seconds = parts.number(1, 2);
    if (parts.skip(DOT)) micros = parts.micros();
  } else if (needsSeconds === "seconds" || parts.at - before < 2) return undefined;
  if (minutes === -1 || minutes > 59 || seconds === -1 || seconds > 59 || micros === -1) {
    return undefined;
  }
  const total = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros;
  return total > 86_400_000_000 ? undefined : total;
}

/** An instant, or a date with a time. */
export interface TimestampCell {
  /** Since 1970-01-01. */
  readonly days: number;
  /** Microseconds since the day's start, in UTC where there is an offset: may be of another day. */
  readonly clock: number;
  /** Whether the text has an offset from UTC. */
  readonly hasOffset: boolean;
}

const LETTER_T = 84;

/** Days whose microseconds are less than 2^53. */
const EXACT_DAYS = 100_000;

/** Writes a timestamp's microseconds to place `at`. */
export function putTimestamp(sink: Int64Sink, at: number, { days, clock }: TimestampCell): void {
  if (Math.abs(days) < EXACT_DAYS) putInteger(sink, at, days * 86_400_000_000 + clock);
  else sink.values[at] = BigInt(days) * 86_400_000_000n + BigInt(clock);
}

/** A timestamp; undefined when it is none of the form. */
export function parseTimestampCell(
  bytes: Uint8Array,
  start: number,
  end: number,
  form: DateForm,
): TimestampCell | undefined {
  const parts = new Parts(bytes, start, end);
  const days = dateOf(parts, form);
  if (days === undefined) return undefined;
  if (parts.isAtEnd) {
    return isIso(form) ? { days, clock: 0, hasOffset: false } : undefined;
  }
  if (!parts.skip(SPACE) && !(isIso(form) && parts.skip(LETTER_T))) return undefined;
  const clock = clockOf(parts, isIso(form) ? undefined : "seconds");
  if (clock === undefined) return undefined;
  if (form.clock === "12h") return halfDay(parts.rest(), days, clock);
  if (parts.isAtEnd) {
    return isPlainClock(form, clock) ? { days, clock, hasOffset: false } : undefined;
  }
  if (!isIso(form)) return undefined;
  const rest = parts.rest().trim();
  if (rest === "UTC") return { days, clock, hasOffset: false };
  const offset = /^(?:Z|([+-])(\d{1,2})(?::?(\d{2}))?)$/i.exec(rest);
  if (offset === null) return undefined;
  const minutes = Number(offset[2] ?? 0) * 60 + Number(offset[3] ?? 0);
  const shift = minutes * 60_000_000 * (offset[1] === "-" ? -1 : 1);
  return { days, clock: clock - shift, hasOffset: true };
}

function isIso({ order, separator }: DateForm): boolean {
  return order === "ymd" && separator === MINUS;
}

/** The other forms have whole seconds. */
function isPlainClock(form: DateForm, clock: number): boolean {
  return isIso(form) || clock % 1_000_000 === 0;
}

function halfDay(rest: string, days: number, clock: number): TimestampCell | undefined {
  const match = /^ (AM|PM)$/i.exec(rest);
  const hours = Math.floor(clock / 3_600_000_000);
  if (match === null || hours < 1 || hours > 12 || clock % 1_000_000 !== 0) return undefined;
  const shift = (match[1].toUpperCase() === "PM" ? 12 : 0) - (hours === 12 ? 12 : 0);
  return { days, clock: clock + shift * 3_600_000_000, hasOffset: false };
}

/** ISO 8601, and what DuckDB takes for it. */
export const ISO: DateForm = { order: "ymd", separator: MINUS, clock: "24h" };

const SEPARATORS = [MINUS, 47, DOT, SPACE];

/** Forms of dates, those first that DuckDB prefers. */
export const DATE_FORMS: readonly DateForm[] = [
  ISO,
  ...SEPARATORS.flatMap((separator) =>
    (["y2md", "ymd", "dmy2", "dmy", "mdy2", "mdy"] as const).map((order): DateForm => ({
      order,
      separator,
      clock: "24h",
    }))
  ),
];

/** Forms of timestamps, those first that DuckDB prefers. */
export const TIMESTAMP_FORMS: readonly DateForm[] = [
  ISO,
  ...SEPARATORS.flatMap((separator) => [
    ...(["y2md", "ymd", "dmy2", "dmy"] as const).map((order): DateForm => ({
      order,
      separator,
      clock: "24h",
    })),
    ...(["mdy2", "mdy"] as const).map((order): DateForm => ({ order, separator, clock: "12h" })),
  ]),
];

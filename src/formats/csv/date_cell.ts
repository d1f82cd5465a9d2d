/**
 * Dates, times and timestamps in the fields of a CSV file: what DuckDB's reader takes for each.
 *
 * @module
 */
import { ascii, COLON, DOT, isDigit, MINUS, SPACE, ZERO } from "./ascii.ts";
import { type Int64Sink, putInteger } from "./cell.ts";
import { daysOf } from "../civil.ts";

/**
 * Order and separator of dates, as DuckDB's formats have them: `ymd` is `%Y-%m-%d`, a lower-case `2` is a
 * year of two digits. With `12h` there is an AM or PM.
 */
export interface DateForm {
  readonly order: "ymd" | "y2md" | "dmy" | "dmy2" | "mdy" | "mdy2";
  readonly separator: number;
  readonly clock: "24h" | "12h";
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

/**
 * Numbers, dates and times in DuckDB's text, read and written exactly.
 *
 * @module
 */
import { dateText, daysOf } from "./civil.ts";

const DAY = 86_400_000_000_000n;
const MINUTE = 60_000_000_000n;

/** An exact decimal, `unscaled` / 10^`scale`; undefined when `text` is none. */
export function parseDecimal(
  text: string,
): { readonly unscaled: bigint; readonly scale: number } | undefined {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?\s*$/i.exec(text);
  if (match === null || (match[2] === "" && (match[3] ?? "") === "")) return undefined;
  const fraction = match[3] ?? "";
  const digits = BigInt(match[2] + fraction) * (match[1] === "-" ? -1n : 1n);
  const scale = fraction.length - Number(match[4] ?? 0);
  return scale >= 0
    ? { unscaled: digits, scale }
    : { unscaled: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** Nanoseconds from 1970-01-01 to the start of a day such as `2024-01-31`. */
export function parseDate(text: string): bigint | undefined {
  const match = /^\s*(-?\d{4,6})-(\d{1,2})-(\d{1,2})\s*$/.exec(text);
  if (match === null) return undefined;
  const days = daysOf(Number(match[1]), Number(match[2]), Number(match[3]));
  return days === undefined ? undefined : BigInt(days) * DAY;
}

/** Nanoseconds since midnight of a time such as `12:30:00.5`. */
export function parseTime(text: string): bigint | undefined {
  const match = /^\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*$/.exec(text);
  if (match === null) return undefined;
  const [hours, minutes, seconds] = [match[1], match[2], match[3] ?? "0"].map(Number);
  if (hours > 24 || minutes > 59 || seconds > 59) return undefined;
  const whole = BigInt((hours * 60 + minutes) * 60 + seconds) * 1_000_000_000n;
  return whole + BigInt((match[4] ?? "").padEnd(9, "0"));
}

/** Nanoseconds since 1970-01-01 of `2024-01-31 12:00:00.5+01`; without an offset it is UTC. */
export function parseTimestamp(text: string): bigint | undefined {
  const match = /^\s*(\S+?)(?:[ T]+([\d:.]+)\s*(Z|UTC|[+-]\d{1,2}(?::?\d{2})?)?)?\s*$/i.exec(text);
  if (match === null) return undefined;
  const date = parseDate(match[1]);
  const time = match[2] === undefined ? 0n : parseTime(match[2]);
  if (date === undefined || time === undefined) return undefined;
  const offset = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(match[3] ?? "");
  if (offset === null) return date + time;
  const minutes = BigInt(Number(offset[2]) * 60 + Number(offset[3] ?? 0)) * MINUTE;
  return date + time - (offset[1] === "-" ? -minutes : minutes);
}

/** `12:30:00`, with as many digits of `ticks` of 10^-`digits` seconds as are not zero at the end. */
export function timeText(ticks: bigint, digits: number): string {
  return clockText(Number(ticks), digits);
}

/** A day's ticks are a small number, whatever the unit. */
function clockText(ticks: number, digits: number): string {
  const unit = 10 ** digits;
  const seconds = Math.floor(ticks / unit);
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${
    two(seconds % 60)
  }`;
  const rest = ticks % unit;
  return rest === 0
    ? clock
    : `${clock}.${rest.toString().padStart(digits, "0").replace(/0+$/, "")}`;
}

/** The day that was asked for last: timestamps of one day often follow one another. */
let lastDay = NaN;
let lastText = "";

/** `2024-01-31 12:30:00.5` of `ticks` of 10^-`digits` seconds since 1970. */
export function timestampText(ticks: bigint, digits: number): string {
  const day = 86_400 * 10 ** digits;
  const small = Number(ticks);
  let days = Math.floor(small / day);
  let rest = small - days * day;
  if (!Number.isSafeInteger(small)) {
    const unit = BigInt(day);
    const clock = ((ticks % unit) + unit) % unit;
    days = Number((ticks - clock) / unit);
    rest = Number(clock);
  }
  if (days !== lastDay) {
    lastText = dateText(days);
    lastDay = days;
  }
  const text = clockText(rest, digits);
  return lastText.endsWith(" (BC)")
    ? `${lastText.slice(0, -5)} ${text} (BC)`
    : `${lastText} ${text}`;
}

/** `unscaled` × 10^-`scale`, with `scale` digits after the point. */
export function decimalText(unscaled: bigint | number, scale: number): string {
  if (scale === 0) return unscaled.toString();
  if (scale < 0) return (BigInt(unscaled) * 10n ** BigInt(-scale)).toString();
  const digits = (unscaled < 0 ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${unscaled < 0 ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

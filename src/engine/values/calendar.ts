/**
 * Text of times of day as DuckDB writes them, in whatever unit they are counted.
 *
 * @module
 */
import { dateText } from "../../formats/civil.ts";

const SECONDS_A_DAY = 86_400n;
const UNITS_A_SECOND = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n } as const;
const DIGITS = { s: 0, ms: 3, us: 6, ns: 9 } as const;

/** What one tick of a time is: a second, a millisecond, a microsecond or a nanosecond. */
export type TimeUnit = keyof typeof UNITS_A_SECOND;

/** Ticks of `unit` in a day. */
export function ticksADay(unit: TimeUnit): bigint {
  return SECONDS_A_DAY * UNITS_A_SECOND[unit];
}

/** Nanoseconds in a tick of `unit`. */
export function nanosATick(unit: TimeUnit): bigint {
  return UNITS_A_SECOND.ns / UNITS_A_SECOND[unit];
}

/** Division that rounds towards minus infinity, with its remainder of 0 or more. */
export function floorDivide(value: bigint, by: bigint): [quotient: bigint, remainder: bigint] {
  const quotient = value / by;
  const remainder = value % by;
  return remainder < 0n ? [quotient - 1n, remainder + by] : [quotient, remainder];
}

/** `01:02:03.5`: the fraction without its trailing zeros; hours may pass 24. */
export function timeText(ticks: bigint, unit: TimeUnit): string {
  const [whole, fraction] = floorDivide(ticks, UNITS_A_SECOND[unit]);
  const seconds = Number(whole % 60n);
  const minutes = Number((whole / 60n) % 60n);
  const text = `${(whole / 3_600n).toString().padStart(2, "0")}:${pad(minutes, 2)}:${
    pad(seconds, 2)
  }`;
  if (fraction === 0n) return text;
  return `${text}.${fraction.toString().padStart(DIGITS[unit], "0").replace(/0+$/, "")}`;
}

/** `2024-01-31 01:02:03.5`. */
export function dateTimeText(ticks: bigint, unit: TimeUnit): string {
  const [days, ofDay] = floorDivide(ticks, ticksADay(unit));
  return `${dateText(Number(days))} ${timeText(ofDay, unit)}`;
}

/** `+00`, `-07:30`, `+15:59:59`. */
export function offsetText(seconds: number): string {
  const size = Math.abs(seconds);
  const hours = pad(Math.floor(size / 3_600), 2);
  const minutes = Math.floor(size / 60) % 60;
  const rest = size % 60;
  return (seconds < 0 ? "-" : "+") + hours +
    (minutes === 0 && rest === 0 ? "" : `:${pad(minutes, 2)}`) +
    (rest === 0 ? "" : `:${pad(rest, 2)}`);
}

function pad(value: number, width: number): string {
  return value.toString().padStart(width, "0");
}

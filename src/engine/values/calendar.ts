/**
 * Text of dates and times of day as DuckDB writes them (proleptic Gregorian calendar).
 *
 * @module
 */

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

/**
 * Year, month (1 to 12) and day of the day that is `days` after 1970-01-01; year 0 is 1 BC.
 *
 * Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
 */
export function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra -
    (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

/** `2024-01-31`, `12345-01-31`, `0044-03-15 (BC)`. */
export function dateText(days: number): string {
  const { year, month, day } = civilFromDays(days);
  const text = `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  return year > 0 ? text : `${text} (BC)`;
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

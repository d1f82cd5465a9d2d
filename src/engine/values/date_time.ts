/**
 * DATE, TIME, TIME_NS, TIME WITH TIME ZONE and INTERVAL.
 *
 * @module
 */
import { dateText } from "../../formats/civil.ts";
import { floorDivide, nanosATick, offsetText, timeText } from "./calendar.ts";

const INFINITE_DAYS = 2 ** 31 - 1;
const DAY_IN_MILLISECONDS = 86_400_000;

/** A day of the calendar: `2024-01-31`. */
export class DateValue {
  /** @param days since 1970-01-01 */
  constructor(readonly days: number) {}

  /** The day that `date` has in UTC. */
  static fromDate(date: Date): DateValue {
    return new DateValue(Math.floor(date.getTime() / DAY_IN_MILLISECONDS));
  }

  /** Negative, zero or positive as `a` is before, at or after `b`. */
  static compare(a: DateValue, b: DateValue): number {
    return a.days - b.days;
  }

  /** False for `infinity` and `-infinity`. */
  get isFinite(): boolean {
    return Math.abs(this.days) !== INFINITE_DAYS;
  }

  /** Midnight UTC; an invalid Date for the infinities and beyond the years that a Date can hold. */
  toDate(): Date {
    return new Date(this.isFinite ? this.days * DAY_IN_MILLISECONDS : NaN);
  }

  /** {@link days}: so that `<` and `>` compare. */
  valueOf(): number {
    return this.days;
  }

  toJSON(): string {
    return this.toString();
  }

  /** DuckDB's text. */
  toString(): string {
    if (!this.isFinite) return this.days > 0 ? "infinity" : "-infinity";
    return dateText(this.days);
  }

  [Symbol.for("Deno.customInspect")](): string {
    return `DateValue ${this.toString()}`;
  }
}

/** A time of day, TIME in microseconds or TIME_NS in nanoseconds: `12:00:00.000001`. */
export class TimeValue {
  /**
   * @param ticks since midnight
   * @param unit of the ticks
   */
  constructor(readonly ticks: bigint, readonly unit: "us" | "ns" = "us") {}

  /** Microseconds since midnight; what a TIME_NS has beyond them is cut. */
  get micros(): bigint {
    return floorDivide(this.nanos, 1_000n)[0];
  }

  /** Nanoseconds since midnight. */
  get nanos(): bigint {
    return this.ticks * nanosATick(this.unit);
  }

  /** {@link nanos}: so that `<` and `>` compare. */
  valueOf(): bigint {
    return this.nanos;
  }

  toJSON(): string {
    return this.toString();
  }

  /** DuckDB's text. */
  toString(): string {
    return timeText(this.ticks, this.unit);
  }

  [Symbol.for("Deno.customInspect")](): string {
    return `TimeValue ${this.toString()}`;
  }
}

/** A time of day with an offset from UTC: `12:00:00+01`. */
export class TimeTz {
  /**
   * @param micros since midnight, local
   * @param offset of the local time from UTC in seconds, positive to the east
   */
  constructor(readonly micros: bigint, readonly offset: number) {}

  /** Microseconds since midnight UTC, which `<` and `>` compare. */
  valueOf(): bigint {
    return this.micros - BigInt(this.offset) * 1_000_000n;
  }

  toJSON(): string {
    return this.toString();
  }

  /** DuckDB's text. */
  toString(): string {
    return timeText(this.micros, "us") + offsetText(this.offset);
  }

  [Symbol.for("Deno.customInspect")](): string {
    return `TimeTz ${this.toString()}`;
  }
}

/** A span of months, days and microseconds, kept apart as DuckDB does: `1 month 2 days 03:00:00`. */
export class Interval {
  constructor(readonly months: number, readonly days: number, readonly micros: bigint) {}

  toJSON(): string {
    return this.toString();
  }

  /** DuckDB's text. */
  toString(): string {
    const parts = [
      counted(Math.trunc(this.months / 12), "year"),
      counted(this.months % 12, "month"),
      counted(this.days, "day"),
    ].filter((part) => part !== "");
    if (this.micros !== 0n || parts.length === 0) {
      const size = this.micros < 0n ? -this.micros : this.micros;
      parts.push(`${this.micros < 0n ? "-" : ""}${timeText(size, "us")}`);
    }
    return parts.join(" ");
  }

  [Symbol.for("Deno.customInspect")](): string {
    return `Interval ${this.toString()}`;
  }
}

function counted(count: number, name: string): string {
  if (count === 0) return "";
  return `${count} ${name}${Math.abs(count) === 1 ? "" : "s"}`;
}

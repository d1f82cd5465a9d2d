/**
 * TIMESTAMP, TIMESTAMP_S, TIMESTAMP_MS, TIMESTAMP_NS and TIMESTAMP WITH TIME ZONE.
 *
 * @module
 */
import { dateTimeText, floorDivide, nanosATick, type TimeUnit } from "./calendar.ts";

/** The ticks that stand for `infinity`; its negative stands for `-infinity`. */
const INFINITE_TICKS = 2n ** 63n - 1n;

/** What {@link Timestamp} and {@link TimestampTz} share: a count of ticks since 1970-01-01. */
abstract class Ticks {
  /**
   * @param ticks since 1970-01-01 00:00:00
   * @param unit of the ticks
   */
  constructor(readonly ticks: bigint, readonly unit: TimeUnit) {}

  /** False for `infinity` and `-infinity`. */
  get isFinite(): boolean {
    return this.ticks !== INFINITE_TICKS && this.ticks !== -INFINITE_TICKS;
  }

  /** Microseconds since 1970-01-01 00:00:00; what a TIMESTAMP_NS has beyond them is cut. */
  get micros(): bigint {
    return floorDivide(this.ticks * nanosATick(this.unit), 1_000n)[0];
  }

  /** Nanoseconds since 1970-01-01 00:00:00: exact for every unit. */
  get nanos(): bigint {
    return this.ticks * nanosATick(this.unit);
  }

  /**
   * The nearest earlier millisecond; what is finer is lost. An invalid Date for the infinities and
   * beyond the years that a Date can hold (±271,821).
   */
  toDate(): Date {
    if (!this.isFinite) return new Date(NaN);
    return new Date(Number(floorDivide(this.nanos, 1_000_000n)[0]));
  }

  /** {@link nanos}, or ±Infinity: so that `<` and `>` compare. */
  valueOf(): bigint | number {
    if (this.isFinite) return this.nanos;
    return this.ticks > 0n ? Infinity : -Infinity;
  }

  /** The text of {@link toString}, as in DuckDB's own JSON. */
  toJSON(): string {
    return this.toString();
  }

  /** DuckDB's text. */
  toString(): string {
    if (!this.isFinite) return this.ticks > 0n ? "infinity" : "-infinity";
    return dateTimeText(this.ticks, this.unit);
  }

  [Symbol.for("Deno.customInspect")](): string {
    return `${this.constructor.name} ${this.toString()}`;
  }
}

/** A date and time of day without a time zone, exact to its `unit`: `2024-01-31 12:00:00.000001`. */
export class Timestamp extends Ticks {
  /** From microseconds since 1970-01-01 00:00:00, as TIMESTAMP has them. */
  static fromMicros(micros: bigint): Timestamp {
    return new Timestamp(micros, "us");
  }

  /** The date and time that `date` has in UTC. */
  static fromDate(date: Date): Timestamp {
    return new Timestamp(BigInt(date.getTime()) * 1_000n, "us");
  }

  /** Negative, zero or positive as `a` is before, at or after `b`; the units may differ. */
  static compare(a: Timestamp, b: Timestamp): number {
    return order(a.valueOf(), b.valueOf());
  }
}

/** An instant, in microseconds; its text is in UTC: `2024-01-31 12:00:00.5+00`. */
export class TimestampTz extends Ticks {
  /** @param micros since 1970-01-01 00:00:00 UTC */
  constructor(micros: bigint) {
    super(micros, "us");
  }

  /** The instant of `date`. */
  static fromDate(date: Date): TimestampTz {
    return new TimestampTz(BigInt(date.getTime()) * 1_000n);
  }

  /** Negative, zero or positive as `a` is before, at or after `b`. */
  static compare(a: TimestampTz, b: TimestampTz): number {
    return order(a.valueOf(), b.valueOf());
  }

  override toString(): string {
    return this.isFinite ? `${super.toString()}+00` : super.toString();
  }
}

function order(a: bigint | number, b: bigint | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

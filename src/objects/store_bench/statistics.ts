/**
 * What measured times say. No I/O.
 *
 * @module
 */

const MIB = 2 ** 20;

/** The times of one size in one direction, and what they come to. */
export interface Measured {
  /** Seconds of each repetition, in their order. */
  readonly seconds: readonly number[];
  /** Of the seconds. */
  readonly median: number;
  readonly mibPerSecond: number;
  /**
   * Without the time that a copy of a few bytes takes; undefined where what is left is no more than the
   * noise of that time.
   */
  readonly netMibPerSecond: number | undefined;
}

/** The middle of `values`, of which there is at least one; the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How far values are from their median: the median of the distances. */
export function spread(values: readonly number[]): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle)));
}

/**
 * Rates of copies of `bytes` that took `seconds` each.
 *
 * @param few seconds of copies of a few bytes: the cost of a call, whatever it moves
 */
export function measured(
  bytes: number,
  seconds: readonly number[],
  few: readonly number[],
): Measured {
  const middle = median(seconds);
  const net = middle - median(few);
  return {
    seconds,
    median: middle,
    mibPerSecond: bytes / MIB / middle,
    netMibPerSecond: net > 2 * spread(few) ? bytes / MIB / net : undefined,
  };
}

/**
 * The difficulties an origin puts in the way: delay, bandwidth and a slow tail.
 *
 * @module
 */

/** How the origin answers. */
export interface Conditions {
  /** Milliseconds until the first byte of an answer. */
  readonly delay: number;
  /** Bytes a second over one connection; 0 for no bound. */
  readonly bandwidth: number;
  /** Some answers come late: one in `every`, after `factor` times the delay. */
  readonly tail?: { readonly every: number; readonly factor: number };
}

/** Milliseconds that answer number `index` waits; which ones are late is the same in each run. */
export function delayOf({ delay, tail }: Conditions, index: number): number {
  if (tail === undefined) return delay;
  const place = Math.imul(index + 1, 2654435761) >>> 0;
  return place / 2 ** 32 < 1 / tail.every ? delay * tail.factor : delay;
}

/** Milliseconds from the first byte until `bytes` may have been sent. */
export function dueAfter(bytes: number, { bandwidth }: Conditions): number {
  return bandwidth === 0 ? 0 : bytes / bandwidth * 1000;
}

/**
 * Time and chance, from outside, so that tests decide them.
 *
 * @module
 */
import { cancelled, throwIfAborted } from "../errors.ts";

/** What tells the time. */
export interface Clock {
  /** Milliseconds of a steady clock. */
  now(): number;
  /** The date, as services want it in signatures. */
  date(): Date;
  /** Calls `callback` after `milliseconds`; the function returned prevents it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** A number from 0 up to, not including, 1. */
export type Random = () => number;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/**
 * Resolves after `milliseconds`.
 *
 * @throws {CancelledError} as soon as `signal` is aborted
 */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = () => {
    stop();
    reject(cancelled(signal));
  };
  const stop = clock.after(milliseconds, () => {
    signal?.removeEventListener("abort", abort);
    resolve();
  });
  signal?.addEventListener("abort", abort, { once: true });
  return promise;
}

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
    if (milliseconds >= COARSE_FROM) return later(milliseconds, callback);
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Milliseconds from which a wait may end late, and by how many: time-outs of requests, which seldom end. */
const COARSE_FROM = 1_000;
const COARSE_BY = 100;

/** Waits that share one timer: one of its own for each costs a tenth of the CPU of a small request. */
const waits = new Set<{ readonly at: number; readonly callback: () => void }>();
let ticking: ReturnType<typeof setInterval> | undefined;

function later(milliseconds: number, callback: () => void): () => void {
  const wait = { at: performance.now() + milliseconds, callback };
  waits.add(wait);
  ticking ??= setInterval(tick, COARSE_BY);
  return () => {
    waits.delete(wait);
    rest();
  };
}

function tick(): void {
  const now = performance.now();
  const due = [...waits].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
  for (const wait of due) if (waits.delete(wait)) wait.callback();
  rest();
}

/** Nothing is left behind when nobody waits. */
function rest(): void {
  if (waits.size > 0) return;
  clearInterval(ticking);
  ticking = undefined;
}

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

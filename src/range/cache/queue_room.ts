/**
 * Back-pressure from the disk: who fetches waits a little while too much waits to be written.
 *
 * Without it a line that is faster than the disk filled the queue, and half of a gigabyte read at 1 GB/s
 * was not kept. A disk that cannot keep up even so holds nobody up for long: then the rest is dropped.
 *
 * @module
 */
import type { Expected } from "../block_cache.ts";

/** Requests for no more bytes than this never wait: footers, headers, small objects. */
const SMALL = 256 * 1024;

/** How long the disk is waited for. */
export interface QueueRoomOptions {
  /** Bytes that may be under way or wait to be written. */
  readonly limit: number;
  /** Milliseconds that one request waits at most. */
  readonly patience: number;
  /** Milliseconds for which nobody waits when one has waited in vain. */
  readonly rest: number;
}

interface Waiter {
  readonly bytes: number;
  readonly enter: () => void;
}

/** The room that is left in a queue of writes. */
export class QueueRoom {
  readonly #options: QueueRoomOptions;
  readonly #waiters = new Set<Waiter>();
  #written = 0;
  #expected = 0;
  #restsUntil = -Infinity;

  constructor(options: QueueRoomOptions) {
    this.#options = options;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** So many bytes more, or fewer, wait to be written. */
  changed(by: number): void {
    this.#written += by;
    if (by < 0) this.#admit();
  }

  /** Lets a request for `bytes` begin, now or when there is room; never fails. */
  expect(bytes: number, signal: AbortSignal): Expected | Promise<Expected> {
    if (bytes <= SMALL) return () => {};
    const isFree = this.#waiters.size === 0 && this.#fits(bytes);
    if (isFree || performance.now() < this.#restsUntil) return this.#enter(bytes);
    return this.#wait(bytes, signal);
  }

  #wait(bytes: number, signal: AbortSignal): Promise<Expected> {
    const { promise, resolve } = Promise.withResolvers<Expected>();
    const enter = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", enter);
      this.#waiters.delete(waiter);
      resolve(this.#enter(bytes));
    };
    const waiter: Waiter = { bytes, enter };
    const timer = setTimeout(() => {
      this.#restsUntil = performance.now() + this.#options.rest;
      for (const each of [...this.#waiters]) each.enter();
    }, this.#options.patience);
    signal.addEventListener("abort", enter, { once: true });
    this.#waiters.add(waiter);
    if (signal.aborted) enter();
    return promise;
  }

  #enter(bytes: number): Expected {
    this.#expected += bytes;
    let isExpected = true;
    return () => {
      if (isExpected) this.#expected -= bytes;
      isExpected = false;
      this.#admit();
    };
  }

  #admit(): void {
    for (const waiter of this.#waiters) {
      if (!this.#fits(waiter.bytes)) return;
      waiter.enter();
    }
  }

  #fits(bytes: number): boolean {
    const taken = this.#written + this.#expected;
    return taken === 0 || taken + bytes <= this.#options.limit;
  }
}

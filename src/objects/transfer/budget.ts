/**
 * How much is under way at once: so many requests, and so many bytes held in memory.
 *
 * @module
 */
import { cancelled, throwIfAborted } from "../../errors.ts";

/** Bytes in memory and requests under way at most. */
export interface Limits {
  readonly requests: number;
  readonly bytes: number;
}

/** Many small requests, or six parts of 8 MiB, within a process of 256 MiB. */
export const DEFAULT_LIMITS: Limits = { requests: 64, bytes: 48 * 2 ** 20 };

interface Waiter {
  readonly bytes: number;
  readonly grant: () => void;
}

/** Places for work, first come first served. */
export class Budget {
  readonly limits: Limits;
  readonly #waiting: Waiter[] = [];
  #requests = 0;
  #bytes = 0;

  constructor(limits: Limits = DEFAULT_LIMITS) {
    this.limits = limits;
  }

  /** Runs `work` when there is room for `bytes` more; what is larger than all runs alone. */
  async run<T>(bytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(bytes, signal);
    try {
      return await work();
    } finally {
      this.#requests--;
      this.#bytes -= bytes;
      this.#admit();
    }
  }

  async #enter(bytes: number, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.#waiting.length === 0 && this.#fits(bytes)) return this.#take(bytes);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = {
      bytes,
      grant: () => {
        signal.removeEventListener("abort", abort);
        resolve();
      },
    };
    const abort = () => {
      const at = this.#waiting.indexOf(waiter);
      if (at >= 0) this.#waiting.splice(at, 1);
      reject(cancelled(signal));
      this.#admit();
    };
    signal.addEventListener("abort", abort, { once: true });
    this.#waiting.push(waiter);
    await promise;
  }

  #fits(bytes: number): boolean {
    return this.#requests === 0 ||
      this.#requests < this.limits.requests && this.#bytes + bytes <= this.limits.bytes;
  }

  #take(bytes: number): void {
    this.#requests++;
    this.#bytes += bytes;
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#fits(this.#waiting[0].bytes)) {
      const waiter = this.#waiting.shift()!;
      this.#take(waiter.bytes);
      waiter.grant();
    }
  }
}

/** Calls `work` for each of `items`, `atOnce` at a time; the first failure ends it. */
export async function forEach<T>(
  items: Iterable<T> | AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items
    ? items[Symbol.asyncIterator]()
    : items[Symbol.iterator]();
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  // An async generator answers one question at a time, in order.
  const worker = async () => {
    while (!isOver) {
      try {
        const { done, value } = await iterator.next();
        if (done) isOver = true;
        else if (!isOver) await work(value);
      } catch (error) {
        isOver = true;
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  await iterator.return?.();
  if (failure !== undefined) throw failure.error;
}

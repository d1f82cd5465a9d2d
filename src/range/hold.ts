/**
 * What one reader holds while it waits: leases that are given back together, and its `signal`.
 *
 * @module
 */
import { cancelled, throwIfAborted } from "../errors.ts";

/** Leases of one reader. Given back when disposed of, or as soon as `signal` is aborted. */
export class Hold implements Disposable {
  readonly #releases: (() => void)[] = [];
  readonly #aborted: PromiseWithResolvers<never> = Promise.withResolvers();
  readonly #signal: AbortSignal | undefined;
  #isOver = false;

  constructor(signal: AbortSignal | undefined) {
    throwIfAborted(signal);
    this.#signal = signal;
    // Nobody may be waiting when the signal comes.
    this.#aborted.promise.catch(() => {});
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** Calls `release` at the end; at once when that has been. */
  add(release: () => void): void {
    if (this.#isOver) release();
    else this.#releases.push(release);
  }

  /** What `work` gives, unless the signal comes first. */
  async wait<T>(work: Promise<T>): Promise<T> {
    return this.#signal === undefined
      ? await work
      : await Promise.race([work, this.#aborted.promise]);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    for (const release of this.#releases.splice(0)) release();
  }

  #abort = () => {
    this.#aborted.reject(cancelled(this.#signal));
    this[Symbol.dispose]();
  };
}

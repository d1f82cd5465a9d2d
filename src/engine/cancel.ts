/**
 * Lets a signal end a statement of DuckDB.
 *
 * @module
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { cancelled, throwIfAborted } from "../errors.ts";

/** An interrupt that comes before DuckDB has begun is lost, so it is said again. */
const REPEAT_MS = 50;

/** A connection's work, and when it is free again. */
export class Interruptible {
  readonly #connection: DuckDBConnection;
  #working: Promise<unknown> = Promise.resolve();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** Resolves when DuckDB has ended what it was doing, which may be after a cancellation. */
  async idle(): Promise<void> {
    await Promise.allSettled([this.#working]);
  }

  /**
   * Runs `work`; when `signal` is aborted, rejects at once and interrupts DuckDB until it has ended.
   *
   * @throws {CancelledError} when `signal` is aborted
   */
  async run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    throwIfAborted(signal);
    let repeat: ReturnType<typeof setInterval> | undefined;
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => {
      this.#connection.interrupt();
      repeat = setInterval(() => this.#connection.interrupt(), REPEAT_MS);
      aborted.reject(cancelled(signal));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const working = work().finally(() => {
      clearInterval(repeat);
      signal?.removeEventListener("abort", onAbort);
    });
    this.#working = working;
    return await Promise.race([working, aborted.promise]);
  }
}

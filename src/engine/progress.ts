/**
 * Watches a running statement.
 *
 * @module
 */
import type { DuckDBConnection } from "@duckdb/node-api";

/** Called with the fraction done, 0 to 1, while a statement runs. */
export type OnProgress = (fraction: number) => void;

const POLL_MS = 100;

/** Statements that make DuckDB keep account of progress without printing it. */
export const PROGRESS_SETTINGS = "SET enable_progress_bar = true;" +
  "SET enable_progress_bar_print = false; SET progress_bar_time = 0";

/** Tells how far a connection's statement is, ten times a second at most. */
export class ProgressWatch {
  readonly #connection: DuckDBConnection;
  readonly #onProgress: OnProgress | undefined;
  #last = performance.now();

  constructor(connection: DuckDBConnection, onProgress: OnProgress | undefined) {
    this.#connection = connection;
    this.#onProgress = onProgress;
  }

  /** Watches while `work` is under way. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#onProgress === undefined) return await work();
    const timer = setInterval(() => this.#tell(), POLL_MS);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      if (performance.now() - this.#last >= POLL_MS) this.#tell();
    }
  }

  #tell(): void {
    this.#last = performance.now();
    const { percentage } = this.#connection.progress;
    if (percentage >= 0) this.#onProgress?.(Math.min(1, percentage / 100));
  }
}

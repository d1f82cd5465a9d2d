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

/** Reports the progress of `connection` until the returned function is called. */
export function watchProgress(connection: DuckDBConnection, onProgress: OnProgress): () => void {
  const timer = setInterval(() => {
    const { percentage } = connection.progress;
    if (percentage >= 0) onProgress(Math.min(1, percentage / 100));
  }, POLL_MS);
  return () => clearInterval(timer);
}

/**
 * Asking DuckDB for its plan of a statement.
 *
 * @module
 */

/** What is put before a statement to have its plan as JSON; it runs nothing and writes nothing. */
export const EXPLAIN = "EXPLAIN (FORMAT JSON) ";

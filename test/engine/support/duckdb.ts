/**
 * DuckDB itself, without a session: what the engine's own reading of SQL and errors is held against.
 *
 * @module
 */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** A connection to an empty database in memory. */
export interface PlainDuckdb extends Disposable {
  readonly connection: DuckDBConnection;
  /** The rows of `sql` as JSON values. */
  rows(sql: string): Promise<unknown[][]>;
  /** The text of the error that `sql` ends in. */
  failure(sql: string): Promise<Error>;
}

/** Opens one. */
export async function plainDuckdb(
  settings: Readonly<Record<string, string>> = {},
): Promise<PlainDuckdb> {
  const instance = await DuckDBInstance.create(":memory:", { ...settings });
  const connection = await instance.connect();
  return {
    connection,
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowsJson(),
    async failure(sql) {
      try {
        await connection.runAndReadAll(sql);
      } catch (error) {
        return error as Error;
      }
      throw new Error(`it succeeded: ${sql}`);
    },
    [Symbol.dispose]() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

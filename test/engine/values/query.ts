/** A DuckDB in memory, and results of it. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { emptyReport } from "../../../src/engine/report.ts";
import { columnsOf, QueryResult } from "../../../src/engine/result.ts";
import { bindParams, type Params } from "../../../src/engine/values/bind.ts";

let opened: Promise<DuckDBConnection> | undefined;

/** The connection that the tests of this file share. */
export function connection(): Promise<DuckDBConnection> {
  opened ??= DuckDBInstance.create(":memory:").then((instance) => instance.connect());
  return opened;
}

/** All rows of a statement. */
export async function query(sql: string, params: Params = []): Promise<QueryResult> {
  const prepared = await (await connection()).prepare(sql);
  bindParams(prepared, params);
  const result = await prepared.run();
  return QueryResult.from(columnsOf(result), await result.fetchAllChunks(), emptyReport("direct"));
}

/** The value of the first row's first column. */
export async function value(sql: string, params: Params = []) {
  const result = await query(sql, params);
  return result.column(result.columns[0].name)[0];
}

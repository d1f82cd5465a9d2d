/**
 * The chunks of a result up to a limit of rows.
 *
 * @module
 */
import type { DuckDBDataChunk } from "@duckdb/node-api";
import type { OpenResult } from "./runner.ts";

/** The chunks of a result, counted while they are read. */
export class CountedChunks implements AsyncIterable<DuckDBDataChunk> {
  rows = 0;
  readonly #result: OpenResult;
  readonly #limit: number;

  constructor(result: OpenResult, limit = Infinity) {
    this.#result = result;
    this.#limit = limit;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DuckDBDataChunk> {
    while (this.rows < this.#limit) {
      const chunk = await this.#result.next();
      if (chunk === undefined) return;
      if (this.rows + chunk.rowCount > this.#limit) chunk.rowCount = this.#limit - this.rows;
      this.rows += chunk.rowCount;
      yield chunk;
    }
  }
}

/** All chunks up to `limit` rows, and how many rows that is. */
export async function readAll(
  result: OpenResult,
  limit: number | undefined,
): Promise<{ chunks: DuckDBDataChunk[]; rows: number }> {
  const counted = new CountedChunks(result, limit);
  const chunks = await Array.fromAsync(counted);
  return { chunks, rows: counted.rows };
}

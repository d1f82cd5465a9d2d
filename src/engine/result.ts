/**
 * What a query gives: columns, rows, JSON, Arrow, and what it cost.
 *
 * @module
 */
import { Table } from "apache-arrow";
import type { DuckDBDataChunk, DuckDBResult, DuckDBType } from "@duckdb/node-api";
import { UsageError } from "../errors.ts";
import { uniqueNames } from "../formats/names.ts";
import { redact } from "../redaction.ts";
import type { Report } from "./report.ts";
import { ArrowEncoder } from "./values/arrow.ts";
import { decodeChunk, decodeVector } from "./values/decode.ts";
import { jsonConverter } from "./values/json.ts";
import { setField } from "./values/record.ts";
import { typeText } from "./values/type_text.ts";
import { columnVector } from "./values/vector.ts";
import type { Column, JsonRow, Row, Value } from "./values/types.ts";

/** A column of a result with DuckDB's own description of its type. */
export interface TypedColumn extends Column {
  readonly duckType: DuckDBType;
}

/** The columns of a result of node-api: names made unique, and cleaned of registered secrets. */
export function columnsOf(
  result: Pick<DuckDBResult, "columnNames" | "columnTypes">,
): TypedColumn[] {
  const names = uniqueNames(result.columnNames().map(redact));
  return result.columnTypes().map((duckType, i) => ({
    name: names[i],
    type: redact(typeText(duckType)),
    duckType,
  }));
}

/** The rows of one chunk. */
export function chunkRows(chunk: DuckDBDataChunk, columns: readonly TypedColumn[]): Row[] {
  return toRows(
    columns.map((column) => column.name),
    decodeChunk(chunk, columns.map((column) => column.duckType)),
    chunk.rowCount,
  );
}

/** The rows of one chunk as JSON. */
export function chunkJsonRows(chunk: DuckDBDataChunk, columns: readonly TypedColumn[]): JsonRow[] {
  const values = decodeChunk(chunk, columns.map((column) => column.duckType));
  return toRows(
    columns.map((column) => column.name),
    columns.map((column, i) => values[i].map(jsonConverter(column.duckType))),
    chunk.rowCount,
  );
}

function toRows<T>(names: readonly string[], values: readonly T[][], count: number) {
  const rows: Record<string, T>[] = new Array(count);
  for (let row = 0; row < count; row++) rows[row] = {};
  names.forEach((name, i) => {
    const column = values[i];
    if (name === "__proto__") {
      for (let row = 0; row < count; row++) setField(rows[row], name, column[row]);
    } else {
      for (let row = 0; row < count; row++) rows[row][name] = column[row];
    }
  });
  return rows;
}

/** The result of a query, all of it in memory. */
export class QueryResult implements Iterable<Row> {
  /** Name and SQL type of each column; a second column `x` is named `x_1`. */
  readonly columns: readonly Column[];
  readonly rowCount: number;
  /** What the query cost. */
  readonly report: Report;
  readonly #columns: readonly TypedColumn[];
  readonly #chunks: readonly DuckDBDataChunk[];

  private constructor(
    columns: readonly TypedColumn[],
    chunks: readonly DuckDBDataChunk[],
    report: Report,
  ) {
    this.columns = columns.map(({ name, type }) => ({ name, type }));
    this.rowCount = chunks.reduce((count, chunk) => count + chunk.rowCount, 0);
    this.#columns = columns;
    this.#chunks = chunks;
    this.report = report;
  }

  /** For the session: a result of chunks that are read already. */
  static from(
    columns: readonly TypedColumn[],
    chunks: readonly DuckDBDataChunk[],
    report: Report,
  ): QueryResult {
    return new QueryResult(columns, chunks, report);
  }

  /** All rows, each an object of values by column name; made anew by each call. */
  rows(): Row[] {
    const rows: Row[] = [];
    for (const chunk of this.#chunks) {
      for (const row of chunkRows(chunk, this.#columns)) rows.push(row);
    }
    return rows;
  }

  /** The rows one by one, decoded 2,048 at a time: less memory than {@link rows} for a walk. */
  *[Symbol.iterator](): Iterator<Row> {
    for (const chunk of this.#chunks) yield* chunkRows(chunk, this.#columns);
  }

  /**
   * The values of one column, in order.
   *
   * @throws {UsageError} when there is no such column
   */
  column(name: string): Value[] {
    const index = this.#columns.findIndex((column) => column.name === name);
    if (index < 0) throw noColumn(name, this.columns);
    const { duckType } = this.#columns[index];
    return this.#chunks.flatMap((chunk) =>
      decodeVector(columnVector(chunk, index), duckType, chunk.rowCount)
    );
  }

  /** Columns and rows as plain data: what the tables and charts of `show` take. */
  table(): { columns: readonly Column[]; rows: Row[] } {
    return { columns: this.columns, rows: this.rows() };
  }

  /** The result as a Table of apache-arrow; docs/values.md has the Arrow type of each SQL type. */
  toArrow(): Table {
    const encoder = new ArrowEncoder(this.#columns);
    return new Table(encoder.schema, [...encoder.batches(this.#chunks)]);
  }

  /**
   * All rows as JSON values, which `JSON.stringify` uses too: as DuckDB's to_json writes them, but
   * integers past 2^53 − 1 and decimals are strings (docs/values.md has the whole table).
   */
  toJSON(): JsonRow[] {
    return this.#chunks.flatMap((chunk) => chunkJsonRows(chunk, this.#columns));
  }

  [Symbol.for("Deno.customInspect")](): string {
    const names = this.columns.map(({ name, type }) => `${name} ${type}`).join(", ");
    return `QueryResult ${this.rowCount} rows (${names})`;
  }
}

function noColumn(name: string, columns: readonly Column[]): UsageError {
  return new UsageError(`the result has no column ${name}`, {
    hint: `It has ${columns.map((column) => column.name).join(", ")}.`,
  });
}

/**
 * DuckDB's chunks to Arrow's record batches, on typed arrays: no value passes through JavaScript.
 *
 * @module
 */
import { makeData, RecordBatch, type Schema, Struct } from "apache-arrow";
import type { DuckDBDataChunk, DuckDBType } from "@duckdb/node-api";
import { emptyData, toData } from "./arrow_data.ts";
import { arrowSchema } from "./arrow_type.ts";
import { byteSize, joinColumns, type RawColumn } from "./raw_column.ts";
import { readRaw } from "./raw_read.ts";
import { columnVector } from "./vector.ts";

/** How chunks are gathered into batches. */
export interface BatchOptions {
  /** Rows after which a batch is complete: 65,536 unless told. */
  readonly rows?: number;
}

const ROWS_A_BATCH = 65_536;
const BYTES_A_BATCH = 64 * 2 ** 20;

/** Encodes the chunks of one result; its batches share a schema and dictionaries. */
export class ArrowEncoder {
  readonly schema: Schema;
  readonly #types: readonly DuckDBType[];

  constructor(columns: readonly { readonly name: string; readonly duckType: DuckDBType }[]) {
    this.#types = columns.map((column) => column.duckType);
    this.schema = arrowSchema(columns);
  }

  /** One batch of one chunk. */
  batch(chunk: DuckDBDataChunk): RecordBatch {
    return this.#batchOf([this.#read(chunk)], chunk.rowCount);
  }

  /** A batch of no rows. */
  emptyBatch(): RecordBatch {
    const children = this.schema.fields.map((field) => emptyData(field.type));
    return this.#recordBatch(children, 0);
  }

  /** Batches of about {@link BatchOptions.rows} rows; one of no rows if there are none. */
  *batches(chunks: Iterable<DuckDBDataChunk>, options: BatchOptions = {}): Generator<RecordBatch> {
    const gathered = new Gathered(options);
    let any = false;
    for (const chunk of chunks) {
      if (!gathered.add(this.#read(chunk), chunk.rowCount)) continue;
      any = true;
      yield this.#batchOf(...gathered.take());
    }
    if (gathered.rows > 0) yield this.#batchOf(...gathered.take());
    else if (!any) yield this.emptyBatch();
  }

  /** As {@link batches}, of chunks that still arrive: the next one is asked for when needed. */
  async *stream(
    chunks: AsyncIterable<DuckDBDataChunk>,
    options: BatchOptions = {},
  ): AsyncGenerator<RecordBatch> {
    const gathered = new Gathered(options);
    let any = false;
    for await (const chunk of chunks) {
      if (!gathered.add(this.#read(chunk), chunk.rowCount)) continue;
      any = true;
      yield this.#batchOf(...gathered.take());
    }
    if (gathered.rows > 0) yield this.#batchOf(...gathered.take());
    else if (!any) yield this.emptyBatch();
  }

  #read(chunk: DuckDBDataChunk): RawColumn[] {
    const count = chunk.rowCount;
    return this.#types.map((type, i) => readRaw(columnVector(chunk, i), type, count));
  }

  #batchOf(chunks: readonly (readonly RawColumn[])[], rows: number): RecordBatch {
    const children = this.schema.fields.map((field, i) =>
      toData(joinColumns(chunks.map((chunk) => chunk[i])), field.type)
    );
    return this.#recordBatch(children, rows);
  }

  #recordBatch(children: ReturnType<typeof toData>[], length: number): RecordBatch {
    const type = new Struct(this.schema.fields);
    return new RecordBatch(this.schema, makeData({ type, length, nullCount: 0, children }));
  }
}

/** Chunks that are not yet a batch. */
class Gathered {
  rows = 0;
  #bytes = 0;
  #chunks: RawColumn[][] = [];
  readonly #rowsABatch: number;

  constructor({ rows = ROWS_A_BATCH }: BatchOptions) {
    this.#rowsABatch = rows;
  }

  /** Whether there is enough for a batch now. */
  add(chunk: RawColumn[], rows: number): boolean {
    if (rows === 0) return false;
    this.#chunks.push(chunk);
    this.rows += rows;
    this.#bytes += chunk.reduce((size, column) => size + byteSize(column), 0);
    return this.rows >= this.#rowsABatch || this.#bytes >= BYTES_A_BATCH;
  }

  take(): [chunks: RawColumn[][], rows: number] {
    const taken: [RawColumn[][], number] = [this.#chunks, this.rows];
    this.#chunks = [];
    this.rows = 0;
    this.#bytes = 0;
    return taken;
  }
}

/**
 * Record batches of chunks that still arrive, for results larger than memory.
 *
 * @param columns of the result the chunks are of
 */
export function recordBatches(
  chunks: AsyncIterable<DuckDBDataChunk>,
  columns: readonly { readonly name: string; readonly duckType: DuckDBType }[],
  options?: BatchOptions,
): AsyncGenerator<RecordBatch> {
  return new ArrowEncoder(columns).stream(chunks, options);
}

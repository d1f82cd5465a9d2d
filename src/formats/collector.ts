/**
 * Filters rows and gathers them into batches of a useful size.
 *
 * @module
 */
import type { Data, RecordBatch, Schema } from "apache-arrow";
import { emptyData, gather, recordBatch } from "./gather.ts";

/** Rows that are wanted, columns in the schema's order. */
interface Piece {
  readonly columns: readonly Data[];
  readonly rows: Int32Array | undefined;
  readonly count: number;
}

/** Bytes of a batch after which it is complete, about. */
export const BATCH_BYTES = 32 * 1024 * 1024;

/** Takes pieces of any size, gives batches of at most `batchRows` rows, up to `limit` in all. */
export class Collector {
  readonly #schema: Schema;
  readonly #batchRows: number;
  #left: number;
  #held: Piece[] = [];
  #rows = 0;
  #bytes = 0;
  #isAny = false;

  constructor(schema: Schema, batchRows: number, limit: number | undefined) {
    this.#schema = schema;
    this.#batchRows = batchRows;
    this.#left = limit ?? Infinity;
  }

  /** Whether as many rows came as are wanted. */
  get isFull(): boolean {
    return this.#left <= 0;
  }

  /**
   * Takes `total` rows, or of these only `selected`; at most `batchRows`. Gives the batches that are
   * complete with them.
   */
  *add(columns: readonly Data[], total: number, selected?: Int32Array): Generator<RecordBatch> {
    let rows = selected?.length === total ? undefined : selected;
    let count = rows?.length ?? total;
    if (count > this.#left) {
      count = this.#left;
      rows = rows?.subarray(0, count) ?? Int32Array.from({ length: count }, (_, i) => i);
    }
    if (count === 0) return;
    this.#left -= count;
    // A piece that is a batch by itself, nearly, is not copied.
    const isLarge = rows === undefined && count * 2 >= this.#batchRows;
    if (isLarge || this.#rows + count > this.#batchRows) yield* this.flush();
    this.#held.push({ columns, rows, count });
    this.#rows += count;
    const size = columns.reduce((sum, data) => sum + data.byteLength, 0);
    this.#bytes += Math.ceil(size * (count / Math.max(1, total)));
    if (isLarge || this.#rows >= this.#batchRows || this.#bytes >= BATCH_BYTES) yield* this.flush();
  }

  /** The batch of what is held, if anything is. */
  *flush(): Generator<RecordBatch> {
    if (this.#rows === 0) return;
    const pieces = this.#held;
    const columns = this.#schema.fields.map((field, i) =>
      gather(field.type, pieces.map(({ columns, rows }) => ({ data: columns[i], rows })))
    );
    const length = this.#rows;
    this.#held = [];
    this.#rows = 0;
    this.#bytes = 0;
    this.#isAny = true;
    yield recordBatch(this.#schema, columns, length);
  }

  /** What is held, and a batch of no rows where there was none at all. */
  *end(): Generator<RecordBatch> {
    yield* this.flush();
    if (this.#isAny) return;
    yield recordBatch(this.#schema, this.#schema.fields.map(({ type }) => emptyData(type)), 0);
  }
}

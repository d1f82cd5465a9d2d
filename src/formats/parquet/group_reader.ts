/**
 * The rows of one row group, from the bytes of its steps.
 *
 * @module
 */
import type { Data, RecordBatch } from "apache-arrow";
import { BATCH_BYTES, type Collector } from "../collector.ts";
import { type BoundPredicate, selectRows } from "../evaluate.ts";
import type { Chunks } from "../../range/block_cache.ts";
import { assemble } from "./assemble.ts";
import { ColumnCursor, type PagePart } from "./cursor.ts";
import { damaged } from "./damage.ts";
import type { FileColumn, ParquetFile } from "./file.ts";
import { DamagedError } from "./metadata.ts";
import type { ChunkRead, GroupRead, RowRange } from "./plan.ts";
import { leavesOf } from "./schema.ts";

/** What is wanted of every row group. */
export interface GroupRequest {
  readonly uri: string;
  readonly file: ParquetFile;
  /** Columns to give, and columns of the condition besides. */
  readonly columns: readonly FileColumn[];
  readonly extra: readonly FileColumn[];
  readonly where: BoundPredicate | undefined;
  readonly batchRows: number;
}

interface Lane {
  readonly chunk: ChunkRead;
  readonly cursor: ColumnCursor;
}

/** Reads the selected rows of one row group. */
export class GroupReader {
  readonly #request: GroupRequest;
  readonly #read: GroupRead;
  readonly #lanes: readonly Lane[];
  #range = 0;
  #row: number;

  constructor(request: GroupRequest, read: GroupRead) {
    this.#request = request;
    this.#read = read;
    this.#row = read.selected[0]?.start ?? 0;
    const owners = new Map(
      [...request.columns, ...request.extra].flatMap((column) =>
        leavesOf(column.node).map((leaf) =>
          [leaf.leaf, column.node.kind === "leaf" ? column.typed : undefined] as const
        )
      ),
    );
    this.#lanes = read.chunks.map((chunk) => {
      const { node } = chunk;
      const type = request.file.leafType(owners.get(node.leaf), node);
      const cursor = new ColumnCursor({
        context: { node, type, codec: chunk.chunk.codec },
        groupRows: read.group.rows,
        valueCount: chunk.chunk.valueCount,
        pages: chunk.pages,
      });
      return { chunk, cursor };
    });
  }

  /** Takes the bytes of the next step, gives the batches that are complete with them. */
  *step(
    chunks: readonly Chunks[],
    isLast: boolean,
    collector: Collector,
  ): Generator<RecordBatch> {
    this.#lanes.forEach(({ cursor }, i) => cursor.push(chunks[i], isLast));
    while (!collector.isFull) {
      const range = this.#read.selected[this.#range];
      if (range === undefined) break;
      const count = this.#rowsReady(range, isLast);
      if (count === 0) return;
      yield* this.#emit(count, collector);
      this.#row += count;
      if (this.#row === range.end) {
        this.#range++;
        this.#row = this.#read.selected[this.#range]?.start ?? this.#row;
      }
    }
    if (isLast && !collector.isFull) this.#checkEnd();
  }

  /** Rows from the current one on that every column has decoded; 0 when more bytes must come first. */
  #rowsReady({ end }: RowRange, isLast: boolean): number {
    const wanted = Math.min(this.#request.batchRows, end - this.#row);
    const budget = BATCH_BYTES / Math.max(1, this.#lanes.length);
    let count = wanted;
    let isStarved = false;
    let memory = 0;
    for (const lane of this.#lanes) {
      const { cursor } = lane;
      this.#guard(lane, () => {
        cursor.skipTo(this.#row);
        while (cursor.ready < wanted && (cursor.ready === 0 || cursor.memory < budget)) {
          const outcome = cursor.advance(this.#row);
          cursor.skipTo(this.#row);
          if (outcome === "page") continue;
          if (outcome === "starved" && !isLast) isStarved = true;
          break;
        }
        if (isLast && (cursor.ready === 0 || cursor.row !== this.#row)) {
          throw new DamagedError("a column with fewer rows than its row group");
        }
      });
      memory += cursor.memory;
      count = Math.min(count, cursor.row === this.#row ? cursor.ready : 0);
    }
    // Whole batches where memory allows.
    if (isStarved && memory < BATCH_BYTES) return 0;
    // One page may expand to more than a batch should have.
    const share = memory > 2 * BATCH_BYTES ? Math.floor((count * BATCH_BYTES) / memory) : count;
    return count === 0 ? 0 : Math.max(1, share);
  }

  *#emit(count: number, collector: Collector): Generator<RecordBatch> {
    const { columns, extra, where } = this.#request;
    const parts = new Map<number, readonly PagePart[]>();
    for (const lane of this.#lanes) parts.set(lane.chunk.node.leaf, lane.cursor.take(count));
    const made = new Map<string, Data>();
    const column = ({ name, node, typed }: FileColumn): Data => {
      let data = made.get(name);
      if (data === undefined) {
        data = this.#guardColumn(node, () => assemble(node, typed.field, parts, count));
        made.set(name, data);
      }
      return data;
    };
    let selected: Int32Array | undefined;
    if (where !== undefined) {
      for (const each of extra) column(each);
      selected = selectRows(where, made, count);
      if (selected.length === 0) return;
    }
    yield* collector.add(columns.map(column), count, selected);
  }

  #checkEnd(): void {
    const { selected, group } = this.#read;
    const isWhole = selected.length === 1 && selected[0].end === group.rows;
    if (!isWhole) return;
    for (const lane of this.#lanes) this.#guard(lane, () => lane.cursor.checkEnd());
  }

  #guardColumn<T>(node: FileColumn["node"], work: () => T): T {
    const { leaf } = leavesOf(node)[0];
    return this.#guard(this.#lanes.find(({ chunk }) => chunk.node.leaf === leaf)!, work);
  }

  #guard<T>({ chunk: { node, chunk } }: Lane, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw damaged(error, {
        uri: this.#request.uri,
        byteOffset: chunk.extent.offset,
        what: `the column "${node.path.join(".")}" of row group ${this.#read.index}`,
      });
    }
  }
}

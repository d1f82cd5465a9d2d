/**
 * Parquet files: batches of the columns and rows that are wanted, from the bytes that they need.
 *
 * A read costs one request for the footer, one for page indexes where they can leave pages out, and one
 * or a few for each row group, the next of them while the one before is decoded. Small row groups share a
 * request, and what came along with the footer is not asked for again.
 *
 * @module
 */
import type { RecordBatch } from "apache-arrow";
import { throwIfAborted, UnsupportedError } from "../../errors.ts";
import type { Chunks } from "../../range/block_cache.ts";
import { bounded, type Extent } from "../../range/range.ts";
import { joinChunks, type RangeSource, type ReadOptions } from "../../range/source.ts";
import { Collector } from "../collector.ts";
import { type Fetch, readAhead } from "../read_ahead.ts";
import type {
  DescribeOptions,
  FormatDescription,
  FormatReader,
  FormatRow,
  ReadBatchesOptions,
} from "../reader.ts";
import { type ReadRequest, readRequest } from "../request.ts";
import { rowsOf } from "../values.ts";
import { damaged } from "./damage.ts";
import { type FileColumn, openParquet, type ParquetFile } from "./file.ts";
import { GroupReader } from "./group_reader.ts";
import { parseColumnIndex, parseOffsetIndex } from "./page_index.ts";
import {
  type GroupIndexes,
  type GroupRead,
  indexExtents,
  leavesOfColumns,
  planGroups,
  type PlannedGroup,
  planReads,
  prunePages,
  type Pruning,
  TOGETHER_BYTES,
} from "./plan.ts";

/** How a Parquet file is read. */
export interface ParquetOptions {
  /** What statistics may leave out; `pages` by default. The rows are the same whatever it is. */
  readonly pruning?: Pruning;
}

/** Bytes that are fetched before they are asked for, at most, about. */
const WINDOW = 16 * 1024 * 1024;

/** Row groups whose page indexes are read together. */
const GROUPS_AT_ONCE = 64;

/** Reads one Parquet file. */
export class ParquetReader implements FormatReader {
  readonly format = "parquet";
  readonly #source: RangeSource;
  readonly #pruning: Pruning;
  #file: ParquetFile | undefined;

  constructor(source: RangeSource, options: ParquetOptions = {}) {
    this.#source = source;
    this.#pruning = options.pruning ?? "pages";
  }

  /** As {@link FormatReader.describe}: reads the footer, once. */
  async describe(options: DescribeOptions = {}): Promise<FormatDescription> {
    const { metadata, columns, schema } = await this.#open(options);
    const codecs = new Set(
      metadata.rowGroups.flatMap((group) => group.columns.map((c) => c.codec ?? "unknown")),
    );
    return {
      format: this.format,
      columns: columns.map(({ name, node, typed }) => ({
        name,
        type: typed.sql,
        nullable: node.nullable,
      })),
      schema,
      // Some writers leave the file's own count at 0.
      rows: metadata.rowGroups.reduce((sum, group) => sum + group.rows, 0),
      bytes: this.#source.size,
      details: {
        rowGroups: metadata.rowGroups.length,
        codecs: [...codecs].join(", "),
        ...(metadata.createdBy === undefined ? {} : { createdBy: metadata.createdBy }),
      },
    };
  }

  async *batches(options: ReadBatchesOptions = {}): AsyncGenerator<RecordBatch> {
    const { signal, counter } = options;
    throwIfAborted(signal);
    const file = await this.#open({ signal, counter });
    const request = readRequest(file.schema, options);
    const read = new FileRead(this.#source, file, request, this.#pruning, { signal, counter });
    yield* read.batches();
  }

  rows(options: ReadBatchesOptions = {}): AsyncIterable<FormatRow> {
    return rowsOf(this.batches(options));
  }

  /** What a read of `options` would fetch after the footer and the page indexes: the plan itself. */
  async plan(options: ReadBatchesOptions = {}): Promise<GroupRead[]> {
    const { signal, counter } = options;
    const file = await this.#open({ signal, counter });
    const request = readRequest(file.schema, options);
    const read = new FileRead(this.#source, file, request, this.#pruning, { signal, counter });
    const groups: GroupRead[] = [];
    for await (const group of read.groups()) groups.push(group);
    return groups;
  }

  async #open(options: ReadOptions): Promise<ParquetFile> {
    return this.#file ??= await openParquet(this.#source, options);
  }
}

/** A step that is still to be fetched. */
interface PlannedStep {
  readonly reader: GroupReader;
  readonly extents: readonly (readonly Extent[])[];
  readonly isLast: boolean;
}

/** The bytes of one step, and what to do with them. */
interface Step {
  readonly reader: GroupReader;
  readonly chunks: readonly Chunks[];
  readonly isLast: boolean;
}

/** One run over a file. */
class FileRead {
  readonly #source: RangeSource;
  readonly #file: ParquetFile;
  readonly #request: ReadRequest;
  readonly #pruning: Pruning;
  readonly #options: ReadOptions;
  readonly #columns: readonly FileColumn[];
  readonly #whereColumns: readonly FileColumn[];

  constructor(
    source: RangeSource,
    file: ParquetFile,
    request: ReadRequest,
    pruning: Pruning,
    options: ReadOptions,
  ) {
    this.#source = source;
    this.#file = file;
    this.#request = request;
    this.#pruning = pruning;
    this.#options = options;
    const find = (name: string) => file.columns.find((column) => column.name === name)!;
    this.#columns = request.columns.map(find);
    this.#whereColumns = request.whereColumns.map(find);
  }

  async *batches(): AsyncGenerator<RecordBatch> {
    const { schema, batchRows, limit } = this.#request;
    const { signal } = this.#options;
    const collector = new Collector(schema, batchRows, limit);
    if (!collector.isFull) {
      for await (const steps of readAhead(this.#fetches(), WINDOW, signal)) {
        for (const { reader, chunks, isLast } of steps) {
          for (const batch of reader.step(chunks, isLast, collector)) {
            throwIfAborted(signal);
            yield batch;
          }
        }
        if (collector.isFull) break;
      }
    }
    yield* collector.end();
  }

  /** The row groups to read, with their pages where these were worth asking for. */
  async *groups(): AsyncGenerator<GroupRead> {
    const { where, limit } = this.#request;
    const planned = planGroups(this.#file, where, limit, this.#pruning);
    const needed = [...this.#columns, ...this.#whereColumns];
    for (let at = 0; at < planned.length; at += GROUPS_AT_ONCE) {
      const some = planned.slice(at, at + GROUPS_AT_ONCE);
      const indexes = await this.#indexes(some, needed);
      for (const [i, group] of some.entries()) {
        const read = this.#guard("the places", group, () => {
          const pruned = prunePages(this.#file, group, where, indexes[i]);
          return planReads(this.#file, pruned, needed, indexes[i]);
        });
        if (read.selected.length > 0) yield read;
      }
    }
  }

  /** Steps with their bytes; small row groups share a fetch. */
  async *#fetches(): AsyncGenerator<Fetch<readonly Step[]>> {
    const { where, batchRows } = this.#request;
    const request = {
      uri: this.#source.uri,
      file: this.#file,
      columns: this.#columns,
      extra: this.#whereColumns,
      where,
      batchRows,
    };
    let together: PlannedStep[] = [];
    let length = 0;
    for await (const group of this.groups()) {
      this.#checkReadable(group);
      const reader = new GroupReader(request, group);
      for (const [i, step] of group.steps.entries()) {
        if (together.length > 0 && length + step.length > TOGETHER_BYTES) {
          yield this.#fetch(together, length);
          together = [];
          length = 0;
        }
        together.push({ reader, extents: step.extents, isLast: i === group.steps.length - 1 });
        length += step.length;
      }
    }
    if (together.length > 0) yield this.#fetch(together, length);
  }

  #fetch(steps: readonly PlannedStep[], length: number): Fetch<readonly Step[]> {
    return {
      length,
      start: async (signal) => {
        const extents = steps.flatMap((step) => step.extents.flat());
        const known = extents.map((extent) => this.#file.fromTail(extent));
        const missing = extents.filter((_, i) => known[i] === undefined)
          .map((extent) => bounded(extent.offset, extent.length));
        const read = missing.length === 0
          ? []
          : await this.#source.read(missing, { ...this.#options, signal });
        let fetched = 0;
        const found = known.map((bytes) => bytes === undefined ? read[fetched++] : [bytes]);
        let next = 0;
        return steps.map(({ reader, extents, isLast }) => ({
          reader,
          isLast,
          chunks: extents.map((pieces) => pieces.flatMap(() => found[next++])),
        }));
      },
    };
  }

  #checkReadable({ index, chunks }: GroupRead): void {
    const { uri } = this.#source;
    const encrypted = chunks.find(({ chunk }) => chunk.isEncrypted);
    if (encrypted !== undefined) {
      throw new UnsupportedError(`the column "${encrypted.node.name}" of ${uri} is encrypted`, {
        uri,
        hint: "Leave it out with `columns`.",
      });
    }
    const external = chunks.find(({ chunk }) => chunk.filePath !== undefined);
    if (external !== undefined) {
      throw new UnsupportedError(
        `row group ${index} of ${uri} is in another file: ${external.chunk.filePath}`,
        { uri, hint: "Read that file itself." },
      );
    }
  }

  async #indexes(
    planned: readonly PlannedGroup[],
    columns: readonly FileColumn[],
  ): Promise<GroupIndexes[]> {
    const none = { locations: new Map(), statistics: new Map() };
    if (this.#pruning !== "pages" || leavesOfColumns(columns).length === 0) {
      return planned.map(() => none);
    }
    const wanted = planned.flatMap((group, i) =>
      this.#guard(
        "the places",
        group,
        () => indexExtents(this.#file, group, columns, this.#whereColumns),
      ).map((each) => ({ ...each, i, group }))
    );
    const bytes = wanted.map(({ extent }) => this.#file.fromTail(extent));
    const missing = wanted.filter((_, k) => bytes[k] === undefined);
    const fetched = missing.length === 0 ? [] : await this.#source.read(
      missing.map(({ extent }) => bounded(extent.offset, extent.length)),
      { ...this.#options, kind: "index" },
    );
    let next = 0;
    const found = bytes.map((known) => known ?? joinChunks(fetched[next++]));
    return planned.map((group, i) =>
      this.#guard("the page indexes", group, () => {
        const mine = wanted.flatMap((each, k) =>
          each.i === i ? [{ ...each, bytes: found[k] }] : []
        );
        const locations = new Map(
          mine.filter(({ kind }) => kind === "locations")
            .map(({ leaf, bytes }) => [leaf, parseOffsetIndex(bytes)] as const),
        );
        const statistics = new Map(
          mine.filter(({ kind }) => kind === "statistics")
            .map(({ leaf, bytes }) =>
              [leaf, parseColumnIndex(bytes, locations.get(leaf)!.length)] as const
            ),
        );
        return { locations, statistics };
      })
    );
  }

  #guard<T>(what: string, { index, group }: PlannedGroup, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw damaged(error, {
        uri: this.#source.uri,
        byteOffset: group.columns[0]?.extent.offset ?? 0,
        what: `${what} of row group ${index}`,
      });
    }
  }
}

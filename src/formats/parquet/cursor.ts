/**
 * One column of one row group, page after page: takes bytes as they come, gives rows as they are wanted.
 *
 * @module
 */
import type { Chunks } from "../../range/block_cache.ts";
import { joinChunks } from "../../range/source.ts";
import { DamagedError } from "./metadata.ts";
import {
  type DataPage,
  decodeDataPage,
  decodeDictionary,
  type PageContext,
  type PageHeader,
  readPageHeader,
} from "./page.ts";
import type { PageLocation } from "./page_index.ts";
import type { LeafValues } from "./values.ts";

/** Part of a page: entries from `start` to `end`, and the values among them. */
export interface PagePart {
  readonly page: DataPage;
  readonly start: number;
  readonly end: number;
  /** The first value among `page`'s values that is in the part. */
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** What a cursor reads. */
export interface CursorInput {
  readonly context: PageContext;
  /** Rows of the row group. */
  readonly groupRows: number;
  /** Entries of the column chunk. */
  readonly valueCount: number;
  /** The pages that are read, where only some are; their places say which rows they have. */
  readonly pages: readonly PageLocation[] | undefined;
}

interface Held {
  readonly page: DataPage;
  /** Entry at which each row starts, where there are lists. */
  readonly starts: Int32Array | undefined;
  /** Entries, values and rows that were taken. */
  entry: number;
  value: number;
  row: number;
}

/** Reads rows in order. Rows are counted from the row group's start. */
export class ColumnCursor {
  readonly #input: CursorInput;
  readonly #isRepeated: boolean;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #header: PageHeader | undefined;
  #dictionary: LeafValues | undefined;
  #held: Held[] = [];
  #isComplete = false;
  /** Entries of the pages that came. */
  #entries = 0;
  #pagesDone = 0;
  /** Row that the first held entry is of. */
  #row = 0;
  /** Rows whose start was seen. */
  #started = 0;
  #memory = 0;

  constructor(input: CursorInput) {
    this.#input = input;
    this.#isRepeated = input.context.node.maxRepetition > 0;
  }

  /** The first row that is held, or the next to come. */
  get row(): number {
    return this.#row;
  }

  /** Rows that are held whole, from {@link row} on, without a gap. */
  get ready(): number {
    // A row may go on in the next page, but not where an index says at which row each page starts.
    const last = this.#isRepeated && this.#input.pages === undefined && !this.#isDone() ? 1 : 0;
    return Math.max(0, this.#started - this.#row - last);
  }

  /** Bytes that the held pages take, about. */
  get memory(): number {
    return this.#memory;
  }

  /** Takes bytes that follow those before; `isLast` when there are no more. */
  push(chunks: Chunks, isLast: boolean): void {
    const left = this.#bytes.subarray(this.#at);
    this.#bytes = left.length === 0 ? joinChunks(chunks) : joinChunks([left, ...chunks]);
    this.#at = 0;
    this.#isComplete = isLast;
  }

  /**
   * Decodes one more page of what was pushed: `starved` when that needs more bytes, `end` when no page
   * follows without a gap on the rows that are held.
   *
   * @param wanted a page that ends before this row is skipped where that can be told from its header
   */
  advance(wanted: number): "page" | "starved" | "end" {
    if (this.#isDone() || !this.#joinsNext()) return "end";
    this.#header ??= this.#readHeader();
    const header = this.#header;
    if (header === undefined) return "starved";
    const start = this.#at + header.headerSize;
    if (this.#bytes.length - start < header.size) {
      if (this.#isComplete) throw new DamagedError("a column that ends inside of a page");
      return "starved";
    }
    this.#header = undefined;
    this.#at = start + header.size;
    this.#take(header, this.#bytes.subarray(start, this.#at), wanted);
    return "page";
  }

  /** Drops rows until `row` is the first that is held, or is still to come. */
  skipTo(row: number): void {
    const count = Math.min(row, this.#started) - this.#row;
    if (count > 0) this.take(count);
  }

  /** The next `count` rows, which must be {@link ready} (or started, when they are dropped). */
  take(count: number): PagePart[] {
    const parts: PagePart[] = [];
    const last = this.#row + count;
    while (this.#held.length > 0) {
      const held = this.#held[0];
      const part = takeFrom(held, last - this.#row, this.#input.context.node.maxDefinition);
      if (part !== undefined) parts.push(part.part);
      this.#row += part?.rows ?? 0;
      if (held.entry < held.page.entries) break;
      this.#held.shift();
      this.#memory -= memoryOf(held.page);
    }
    return parts;
  }

  /** @throws {DamagedError} when the column has not as many rows as its row group */
  checkEnd(): void {
    if (this.#input.pages !== undefined) return;
    const { groupRows } = this.#input;
    if (this.#isDone() && this.#started !== groupRows) {
      throw new DamagedError(`a column of ${this.#started} rows in a row group of ${groupRows}`);
    }
  }

  #isDone(): boolean {
    const { pages, valueCount, groupRows } = this.#input;
    if (pages !== undefined) return this.#pagesDone === pages.length;
    if (this.#entries >= valueCount) return true;
    if (!this.#isRepeated && this.#started >= groupRows) return true;
    return this.#isComplete && this.#at >= this.#bytes.length;
  }

  /** Whether the next page follows on what is held. Goes to its first row when nothing is. */
  #joinsNext(): boolean {
    const next = this.#input.pages?.[this.#pagesDone];
    if (next === undefined || next.firstRow <= this.#started) return true;
    if (this.#held.length > 0) return false;
    this.#row = next.firstRow;
    this.#started = next.firstRow;
    return true;
  }

  #readHeader(): PageHeader | undefined {
    if (this.#at >= this.#bytes.length) return undefined;
    try {
      return readPageHeader(this.#bytes, this.#at);
    } catch (error) {
      // A header that is not there whole yet. It has statistics of at most some KiB.
      if (!this.#isComplete && this.#bytes.length - this.#at < LONGEST_HEADER) return undefined;
      throw error;
    }
  }

  #take(header: PageHeader, body: Uint8Array, wanted: number): void {
    const { context, valueCount, pages } = this.#input;
    if (header.kind === "other") return;
    if (header.kind === "dictionary") {
      if (header.valueCount < 0) throw new DamagedError("a dictionary of less than no values");
      this.#dictionary = decodeDictionary(header, body, context);
      return;
    }
    const firstRow = pages?.[this.#pagesDone]?.firstRow;
    this.#pagesDone++;
    this.#entries += header.valueCount;
    if (this.#entries > valueCount) {
      throw new DamagedError("pages with more values than their column");
    }
    const rows = this.#isRepeated ? header.rowCount : header.valueCount;
    if (firstRow !== undefined && firstRow !== this.#started) {
      throw new DamagedError("a page whose rows are not where its index says");
    }
    if (
      this.#held.length === 0 && rows !== undefined && this.#started + rows <= wanted &&
      this.#row === this.#started && !(this.#isRepeated && header.kind === "data")
    ) {
      this.#row += rows;
      this.#started += rows;
      return;
    }
    const page = decodeDataPage(header, body, context, this.#dictionary);
    const starts = page.repetition === undefined ? undefined : rowStarts(page.repetition);
    if (this.#started === (firstRow ?? 0) && page.repetition?.[0]) {
      throw new DamagedError("a column that starts inside of a row");
    }
    // The rest of a row that was dropped is dropped too.
    const entry = starts !== undefined && this.#row === this.#started
      ? starts[0] ?? page.entries
      : 0;
    this.#started += starts?.length ?? page.entries;
    if (entry === page.entries) return;
    const value = valuesIn(page, 0, entry, context.node.maxDefinition);
    this.#memory += memoryOf(page);
    this.#held.push({ page, starts, entry, value, row: 0 });
  }
}

/** Statistics in headers are truncated by writers; what is longer is no header. */
const LONGEST_HEADER = 64 * 1024 * 1024;

/** Entries at which rows start. */
function rowStarts(repetition: Uint8Array): Int32Array {
  let count = 0;
  for (let i = 0; i < repetition.length; i++) if (repetition[i] === 0) count++;
  const starts = new Int32Array(count);
  for (let i = 0, at = 0; i < repetition.length; i++) if (repetition[i] === 0) starts[at++] = i;
  return starts;
}

/**
 * Entries of `held` up to the start of the row `rows` rows on. A page's first entries may belong to a
 * row of the page before: they come with the rest of it.
 */
function takeFrom(
  held: Held,
  rows: number,
  maxDefinition: number,
): { part: PagePart; rows: number } | undefined {
  const { page, starts } = held;
  const start = held.entry;
  const total = starts?.length ?? page.entries;
  const lastRow = Math.min(total, held.row + rows);
  const end = starts === undefined ? lastRow : lastRow < total ? starts[lastRow] : page.entries;
  if (end === start) return undefined;
  const valueEnd = held.value + valuesIn(page, start, end, maxDefinition);
  const part = { page, start, end, valueStart: held.value, valueEnd };
  const taken = lastRow - held.row;
  held.entry = end;
  held.value = valueEnd;
  held.row = lastRow;
  return { part, rows: taken };
}

function valuesIn({ definition }: DataPage, start: number, end: number, highest: number): number {
  if (definition === undefined) return end - start;
  let count = 0;
  for (let i = start; i < end; i++) if (definition[i] === highest) count++;
  return count;
}

/** Bytes of a page's values when they stand alone, without their dictionary. */
function memoryOf({ values, indices, count, entries }: DataPage): number {
  if (values.kind === "fixed") {
    return entries + count * values.stride * values.data.BYTES_PER_ELEMENT;
  }
  if (indices === undefined) return entries + values.bytes.length;
  return entries + Math.ceil(count * (values.bytes.length / Math.max(1, values.count)));
}

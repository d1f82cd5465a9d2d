/**
 * Pieces of a CSV file to rows of Arrow columns.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";
import type { Data, RecordBatch } from "apache-arrow";
import { UnreadableFileError } from "../../errors.ts";
import type { Collector } from "../collector.ts";
import { selectRows } from "../evaluate.ts";
import type { ReadRequest } from "../request.ts";
import { buildColumn, type NullTexts } from "./column.ts";
import { CR, LF } from "./dialect.ts";
import type { BadRow, CsvOptions } from "./options.ts";
import type { Pieces } from "./pieces.ts";
import { Rows, scanRows } from "./scan.ts";
import { hasTrailing, skipLines, type Sniffed } from "./sniff.ts";
import type { TextStream } from "./text_stream.ts";

/** What is read, and how. */
export interface BlockInit {
  readonly uri: string;
  readonly options: CsvOptions;
  readonly nulls: NullTexts;
  readonly skipLines: number;
  readonly found: Sniffed;
  readonly request: ReadRequest;
  readonly text: Pick<TextStream, "compression" | "encoding" | "markLength">;
  readonly onSkip: () => void;
}

/** Bytes that are cut into rows at once. */
const BLOCK = 4 * 1024 * 1024;

/** A row of more bytes has lost its closing quote, most likely. */
const LONGEST_ROW = 64 * 1024 * 1024;

/** Reads pieces in order. */
export class BlockReader {
  readonly #init: BlockInit;
  readonly #rows = new Rows();
  /** Bytes and lines before the piece at hand. */
  #offset: number;
  #lines: number;
  /** Rows that are still above the first one. */
  #above: number;
  #isAtStart = true;
  /** At first whatever is there, so that the first rows come soon. */
  #wanted = 1;

  constructor(init: BlockInit) {
    const { found, text } = init;
    this.#init = init;
    this.#offset = text.markLength;
    this.#lines = 0;
    this.#above = found.skipRows + (found.hasHeader ? 1 : 0);
  }

  /** Bytes to have before the next {@link read}. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Uses up the rows that are whole in `pieces`, and gives the batches that are complete with them. */
  *read(pieces: Pieces, isLast: boolean, collector: Collector): Generator<RecordBatch> {
    const bytes = pieces.joined();
    const rows = this.#rows;
    rows.clear();
    const top = this.#isAtStart ? this.#init.skipLines : 0;
    const start = skipLines(bytes, top);
    const { dialect } = this.#init.found;
    let end = scanRows(bytes, start, dialect, rows, { isLast });
    if (rows.rowCount === 0 && end === start && !isLast) {
      if (bytes.length < LONGEST_ROW) {
        this.#wanted = bytes.length * 2;
        return;
      }
      end = this.#dropLine(bytes, start);
    }
    this.#isAtStart = false;
    this.#wanted = BLOCK;
    const picked = this.#goodRows(bytes);
    const { batchRows } = this.#init.request;
    for (let at = 0; at < picked.length && !collector.isFull; at += batchRows) {
      yield* this.#emit(bytes, picked.subarray(at, at + batchRows), collector);
    }
    this.#lines += rows.lines + top;
    this.#offset += end;
    pieces.use(end);
  }

  /** A row without an end is bad, and what follows its first line is read again. */
  #dropLine(bytes: Uint8Array, start: number): number {
    this.#bad(bytes, start, "a row of more than 64 MiB: a quote is never closed, perhaps");
    const next = bytes.indexOf(LF, start);
    this.#rows.lines++;
    return next === -1 ? bytes.length : next + 1;
  }

  /** Rows with the right number of fields, in valid UTF-8; the others are bad. */
  #goodRows(bytes: Uint8Array): Int32Array {
    const rows = this.#rows;
    const { columns } = this.#init.found;
    const width = columns.length;
    const good = new Int32Array(rows.rowCount);
    const takesShort = this.#init.options.shortRows === "nulls";
    const first = rows.rowCount === 0 ? 0 : rows.rowStart[0];
    const isValid = isUtf8(bytes.subarray(first, rows.rowStart[rows.rowCount]));
    let count = 0;
    let row = Math.min(this.#above, rows.rowCount);
    this.#above -= row;
    for (; row < rows.rowCount; row++) {
      const found = rows.width(row);
      if (width > 1 && found === 1 && rows.isBlank(row)) continue;
      const fault = rows.faults.get(row);
      const start = rows.rowStart[row];
      if (fault !== undefined) this.#bad(bytes, start, fault);
      else if (
        found !== width && !(takesShort && found < width) && !hasTrailing(rows, row, width)
      ) {
        this.#bad(bytes, start, `${plural(found, "field")} where there should be ${width}`);
      } else if (!isValid && !isUtf8(bytes.subarray(start, rows.rowStart[row + 1]))) {
        this.#bad(bytes, start, "bytes that are no UTF-8");
      } else good[count++] = row;
    }
    return good.subarray(0, count);
  }

  *#emit(bytes: Uint8Array, picked: Int32Array, collector: Collector): Generator<RecordBatch> {
    const { found, request, nulls } = this.#init;
    const { columns, dialect } = found;
    const context = { bytes, rows: this.#rows, picked, dialect, nulls };
    const bad = new Set<number>();
    const made = new Map<string, Data>();
    for (const name of new Set([...request.whereColumns, ...request.columns])) {
      const index = columns.findIndex((column) => column.name === name);
      const data = buildColumn(context, index, columns[index], (at, text) => {
        if (bad.has(at)) return;
        bad.add(at);
        const start = this.#rows.rowStart[picked[at]];
        const shown = JSON.stringify(text);
        this.#bad(bytes, start, `${shown} in the column "${name}" is no ${columns[index].type}`);
      });
      made.set(name, data);
    }
    let selected = request.where === undefined
      ? undefined
      : selectRows(request.where, made, picked.length);
    if (bad.size > 0) {
      selected = (selected ?? Int32Array.from(picked, (_, i) => i)).filter((at) => !bad.has(at));
    }
    const data = request.columns.map((name) => made.get(name)!);
    yield* collector.add(data, picked.length, selected);
  }

  /** Skips the bad row at `start`, or throws. */
  #bad(bytes: Uint8Array, start: number, reason: string): void {
    const { uri, options, text, onSkip } = this.#init;
    const bad: BadRow = {
      line: this.#lines + linesBefore(bytes, start) + 1,
      byteOffset: this.#offset + start,
      reason,
    };
    if (options.badRows === "skip") {
      onSkip();
      options.onBadRow?.(bad);
      return;
    }
    const isOwn = text.compression === "none" && text.encoding === "utf-8";
    const place = `line ${bad.line}, byte ${bad.byteOffset}${isOwn ? "" : " of its text"}`;
    throw new UnreadableFileError(`${uri}: ${place}: ${reason}`, {
      uri,
      byteOffset: bad.byteOffset,
      hint: hintFor(reason),
    });
  }
}

function hintFor(reason: string): string {
  if (/field/.test(reason)) {
    return 'Skip such rows with `badRows: "skip"`, or fill short ones with `shortRows: "nulls"`.';
  }
  if (/UTF-8/.test(reason)) {
    return 'Give its encoding, such as `encoding: "windows-1252"`, or skip with `badRows: "skip"`.';
  }
  if (/column/.test(reason)) {
    return 'Read the column as text with `types`, or skip such rows with `badRows: "skip"`.';
  }
  return 'Skip such rows with `badRows: "skip"`, or say how it is quoted with `quote`.';
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** Line breaks in `bytes` before `end`: LF, CR LF, or CR. */
function linesBefore(bytes: Uint8Array, end: number): number {
  let lines = 0;
  for (let at = 0; at < end; at++) {
    if (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] !== LF)) lines++;
  }
  return lines;
}

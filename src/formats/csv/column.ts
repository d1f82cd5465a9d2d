/**
 * Fields of one column as an Arrow column.
 *
 * @module
 */
import { type Data, makeData, Utf8 } from "apache-arrow";
import { plainArrowType } from "../arrow_types.ts";
import {
  type CsvType,
  type Int64Sink,
  parseBigint,
  parseBoolean,
  parseDouble,
  putInteger,
} from "./cell.ts";
import {
  type DateForm,
  ISO,
  parseDateCell,
  parseTimeCell,
  parseTimestampCell,
  putTimestamp,
} from "./date_cell.ts";
import type { Dialect } from "./dialect.ts";
import { type Rows, unescape } from "./scan.ts";

/** What a column is read as. */
export interface CsvColumn {
  readonly name: string;
  readonly type: CsvType;
  /** How its dates or timestamps are written. */
  readonly form?: DateForm;
}

/** Texts that stand for NULL. */
export type NullTexts = readonly Uint8Array[];

/** Which rows of a scan are wanted, and what fields mean. */
export interface CellContext {
  readonly bytes: Uint8Array;
  readonly rows: Rows;
  /** Rows of the scan, ascending. */
  readonly picked: Int32Array;
  readonly dialect: Dialect;
  readonly nulls: NullTexts;
}

/** Told of a field that is not of its column's type; `at` is a place in {@link CellContext.picked}. */
export type OnMisfit = (at: number, text: string) => void;

/** Parses a field that is not NULL to place `at`; false when it is not of the type. */
type CellParser = (bytes: Uint8Array, start: number, end: number, at: number) => boolean;

/** Field `index` of each picked row. A row that has no such field gives NULL. */
export function buildColumn(
  context: CellContext,
  index: number,
  column: CsvColumn,
  onMisfit: OnMisfit,
): Data {
  if (column.type === "VARCHAR") return textColumn(context, index);
  const { picked } = context;
  const length = picked.length;
  const { parse, data } = sinkOf(column, length);
  const bitmap = new Uint8Array((length + 7) >> 3);
  let nullCount = 0;
  eachCell(context, index, (bytes, start, end, at) => {
    if (start === -1) {
      nullCount++;
      return;
    }
    if (!parse(bytes, start, end, at)) {
      onMisfit(at, new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 100))));
    }
    bitmap[at >> 3] |= 1 << (at & 7);
  });
  const nulls = nullCount === 0 ? { nullCount: 0 } : { nullBitmap: bitmap };
  const type = plainArrowType(column.type);
  return makeData({ type, length, ...nulls, data } as never);
}

function sinkOf(
  { type, form = ISO }: CsvColumn,
  length: number,
): { parse: CellParser; data: BigInt64Array | Float64Array | Int32Array | Uint8Array } {
  switch (type) {
    case "DOUBLE": {
      const data = new Float64Array(length);
      const parse: CellParser = (bytes, start, end, at) => {
        const value = parseDouble(bytes, start, end);
        if (value === undefined) return false;
        data[at] = value;
        return true;
      };
      return { parse, data };
    }
    case "BOOLEAN": {
      const data = new Uint8Array((length + 7) >> 3);
      const parse: CellParser = (bytes, start, end, at) => {
        const value = parseBoolean(bytes, start, end);
        if (value === 1) data[at >> 3] |= 1 << (at & 7);
        return value !== undefined;
      };
      return { parse, data };
    }
    case "DATE": {
      const data = new Int32Array(length);
      const parse: CellParser = (bytes, start, end, at) => {
        const days = parseDateCell(bytes, start, end, form);
        if (days === undefined) return false;
        data[at] = days;
        return true;
      };
      return { parse, data };
    }
    default: {
      const values = new BigInt64Array(length);
      const sink: Int64Sink = { values, halves: new Int32Array(values.buffer) };
      return { parse: int64Parser(type, form, sink), data: values };
    }
  }
}

function int64Parser(type: CsvType, form: DateForm, sink: Int64Sink): CellParser {
  if (type === "BIGINT") {
    return (bytes, start, end, at) => parseBigint(bytes, start, end, sink, at);
  }
  if (type === "TIME") {
    return (bytes, start, end, at) => {
      const micros = parseTimeCell(bytes, start, end);
      if (micros === undefined) return false;
      putInteger(sink, at, micros);
      return true;
    };
  }
  const takesOffset = type === "TIMESTAMP WITH TIME ZONE";
  return (bytes, start, end, at) => {
    const cell = parseTimestampCell(bytes, start, end, form);
    if (cell === undefined || (cell.hasOffset && !takesOffset)) return false;
    putTimestamp(sink, at, cell);
    return true;
  };
}

/** Visits a field of each picked row, without its escapes; `start` is -1 where it is NULL. */
export function eachCell(
  { bytes, rows, picked, dialect, nulls }: CellContext,
  index: number,
  visit: (bytes: Uint8Array, start: number, end: number, at: number) => void,
): void {
  const { starts, ends, firstField } = rows;
  const emptyIsNull = nulls.some((text) => text.length === 0);
  const words = nulls.filter((text) => text.length > 0);
  for (let at = 0; at < picked.length; at++) {
    const row = picked[at];
    const field = firstField[row] + index;
    if (field >= firstField[row + 1]) {
      visit(bytes, -1, -1, at);
      continue;
    }
    const start = starts[field];
    const end = ends[field];
    if (end < 0) {
      const text = unescape(bytes, start, ~end, dialect);
      const isNull = words.length > 0 && isOneOf(words, text, 0, text.length);
      visit(text, isNull ? -1 : 0, text.length, at);
    } else if (
      start === end ? emptyIsNull : words.length > 0 && isOneOf(words, bytes, start, end)
    ) {
      visit(bytes, -1, -1, at);
    } else visit(bytes, start, end, at);
  }
}

function isOneOf(words: NullTexts, bytes: Uint8Array, start: number, end: number): boolean {
  return words.some((word) => {
    if (word.length !== end - start) return false;
    for (let i = 0; i < word.length; i++) if (word[i] !== bytes[start + i]) return false;
    return true;
  });
}

function textColumn(context: CellContext, index: number): Data {
  const { picked, rows, bytes } = context;
  const length = picked.length;
  const valueOffsets = new Int32Array(length + 1);
  const bitmap = new Uint8Array((length + 7) >> 3);
  let out = new Uint8Array(estimate(rows, picked, index, bytes.length));
  let to = 0;
  let nullCount = 0;
  eachCell(context, index, (source, start, end, at) => {
    if (start === -1) nullCount++;
    else {
      const size = end - start;
      if (to + size > out.length) {
        const larger = new Uint8Array(Math.max(out.length * 2, to + size));
        larger.set(out.subarray(0, to));
        out = larger;
      }
      if (size < 24) { for (let i = 0; i < size; i++) out[to + i] = source[start + i]; }
      else out.set(source.subarray(start, end), to);
      to += size;
      bitmap[at >> 3] |= 1 << (at & 7);
    }
    valueOffsets[at + 1] = to;
  });
  const nulls = nullCount === 0 ? { nullCount: 0 } : { nullBitmap: bitmap };
  const data = out.length - to < 1024 ? out.subarray(0, to) : out.slice(0, to);
  return makeData({ type: new Utf8(), length, ...nulls, valueOffsets, data } as never);
}

/** Bytes that a column's texts have, about, from a few of them. */
function estimate(rows: Rows, picked: Int32Array, index: number, most: number): number {
  let total = 0;
  const step = Math.max(1, Math.floor(picked.length / 64));
  let count = 0;
  for (let at = 0; at < picked.length; at += step) {
    const field = rows.firstField[picked[at]] + index;
    const end = rows.ends[field];
    total += Math.max(0, (end < 0 ? ~end : end) - rows.starts[field]);
    count++;
  }
  return Math.min(most, Math.ceil((total / Math.max(1, count)) * picked.length * 1.2) + 64);
}

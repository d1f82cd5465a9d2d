/**
 * Columns in Arrow's layout, before they are Arrow's: plain buffers to be picked from and joined.
 *
 * @module
 */
import { UnsupportedError } from "../../errors.ts";
import { type Bytes, isValid, type PackedBytes, type Validity } from "./vector.ts";

/** What a column's rows are made of. */
export type RawColumn =
  & { readonly length: number; readonly validity: Validity }
  & (
    | { readonly kind: "null" }
    /** `width` bytes a row. */
    | { readonly kind: "fixed"; readonly width: number; readonly bytes: Bytes }
    /** Row `i` is `bytes[offsets[i]..offsets[i + 1]]`. */
    | ({ readonly kind: "packed" } & PackedBytes)
    /** Row `i` has the child's rows `offsets[i]` to `offsets[i + 1]`. */
    | {
      readonly kind: "list";
      readonly offsets: Int32Array<ArrayBuffer>;
      readonly children: readonly [RawColumn];
    }
    /** Row `i` has the child's `size` rows from `i × size`. */
    | { readonly kind: "array"; readonly size: number; readonly children: readonly [RawColumn] }
    | { readonly kind: "struct"; readonly children: readonly RawColumn[] }
    /** Row `i` is the row `i` of the child that `bytes[i]` numbers. */
    | { readonly kind: "union"; readonly bytes: Bytes; readonly children: readonly RawColumn[] }
  );

/** Bytes in the buffers of a column. */
export function byteSize(column: RawColumn): number {
  const own = "bytes" in column ? column.bytes.length : 0;
  const offsets = "offsets" in column ? column.offsets.byteLength : 0;
  const children = "children" in column ? column.children as readonly RawColumn[] : [];
  return children.reduce((size, child) => size + byteSize(child), own + offsets);
}

/** The rows of `column` that `rows` numbers, in that order. */
export function pickRows(column: RawColumn, rows: Uint32Array): RawColumn {
  const head = { length: rows.length, validity: pickBits(column.validity, rows) };
  switch (column.kind) {
    case "null":
      return { ...head, kind: "null" };
    case "fixed":
      return { ...head, kind: "fixed", width: column.width, bytes: pickFixed(column, rows) };
    case "packed":
      return { ...head, kind: "packed", ...pickPacked(column, rows) };
    case "list": {
      const { offsets, picked } = pickRanges(rows, (row) => [
        column.offsets[row],
        column.offsets[row + 1],
      ]);
      return { ...head, kind: "list", offsets, children: [pickRows(column.children[0], picked)] };
    }
    case "array": {
      const { size } = column;
      const { picked } = pickRanges(rows, (row) => [row * size, (row + 1) * size]);
      return { ...head, kind: "array", size, children: [pickRows(column.children[0], picked)] };
    }
    case "struct":
      return { ...head, kind: "struct", children: column.children.map((c) => pickRows(c, rows)) };
    case "union":
      return {
        ...head,
        kind: "union",
        bytes: pickFixed({ width: 1, bytes: column.bytes }, rows),
        children: column.children.map((child) => pickRows(child, rows)),
      };
  }
}

/** Columns of one type, end to end. */
export function joinColumns(columns: readonly RawColumn[]): RawColumn {
  if (columns.length === 1) return columns[0];
  const [first] = columns;
  const head = {
    length: columns.reduce((length, column) => length + column.length, 0),
    validity: joinBits(columns),
  };
  switch (first.kind) {
    case "null":
      return { ...head, kind: "null" };
    case "fixed":
      return { ...head, kind: "fixed", width: first.width, bytes: joinBytes(columns) };
    case "packed":
      return { ...head, kind: "packed", bytes: joinBytes(columns), offsets: joinOffsets(columns) };
    case "list":
      return {
        ...head,
        kind: "list",
        offsets: joinOffsets(columns),
        children: [joinChild(columns, 0)],
      };
    case "array":
      return { ...head, kind: "array", size: first.size, children: [joinChild(columns, 0)] };
    case "struct":
      return {
        ...head,
        kind: "struct",
        children: first.children.map((_, i) => joinChild(columns, i)),
      };
    case "union":
      return {
        ...head,
        kind: "union",
        bytes: joinBytes(columns),
        children: first.children.map((_, i) => joinChild(columns, i)),
      };
  }
}

/** Where `ranges` of a child start and end once they are end to end, and the rows they pick. */
export function pickRanges(
  rows: ArrayLike<number>,
  range: (row: number) => [start: number, end: number],
): { offsets: Int32Array<ArrayBuffer>; picked: Uint32Array } {
  const offsets = new Int32Array(rows.length + 1);
  let total = 0;
  for (let i = 0; i < rows.length; i++) {
    const [start, end] = range(rows[i]);
    total += end - start;
    offsets[i + 1] = checkedOffset(total);
  }
  const picked = new Uint32Array(total);
  for (let i = 0, next = 0; i < rows.length; i++) {
    const [start, end] = range(rows[i]);
    for (let row = start; row < end; row++) picked[next++] = row;
  }
  return { offsets, picked };
}

function checkedOffset(offset: number): number {
  if (offset <= 0x7fff_ffff) return offset;
  throw new UnsupportedError("a batch has more than 2^31 bytes or elements in one column", {
    hint: "Select fewer or smaller values.",
  });
}

function pickBits(validity: Validity, rows: Uint32Array): Validity {
  if (validity === null) return null;
  const bits = new Uint8Array(Math.ceil(rows.length / 8));
  rows.forEach((row, i) => {
    if (isValid(validity, row)) bits[i >> 3] |= 1 << (i & 7);
  });
  return bits;
}

function pickFixed({ width, bytes }: { width: number; bytes: Bytes }, rows: Uint32Array): Bytes {
  const picked = new Uint8Array(rows.length * width);
  rows.forEach((row, i) => picked.set(bytes.subarray(row * width, (row + 1) * width), i * width));
  return picked;
}

function pickPacked({ bytes, offsets }: PackedBytes, rows: Uint32Array): PackedBytes {
  const picked = new Int32Array(rows.length + 1);
  rows.forEach((row, i) =>
    picked[i + 1] = checkedOffset(picked[i] + offsets[row + 1] - offsets[row])
  );
  const result = new Uint8Array(picked[rows.length]);
  rows.forEach((row, i) => result.set(bytes.subarray(offsets[row], offsets[row + 1]), picked[i]));
  return { bytes: result, offsets: picked };
}

function joinChild(columns: readonly RawColumn[], index: number): RawColumn {
  return joinColumns(
    columns.map((column) => (column as { children: readonly RawColumn[] }).children[index]),
  );
}

function joinBytes(columns: readonly RawColumn[]): Bytes {
  const pieces = columns.map((column) => (column as { bytes: Bytes }).bytes);
  const joined = new Uint8Array(
    checkedOffset(pieces.reduce((sum, piece) => sum + piece.length, 0)),
  );
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

function joinOffsets(columns: readonly RawColumn[]): Int32Array<ArrayBuffer> {
  const joined = new Int32Array(columns.reduce((sum, column) => sum + column.length, 0) + 1);
  let row = 0;
  let base = 0;
  for (const column of columns) {
    const { offsets } = column as { offsets: Int32Array };
    for (let i = 1; i < offsets.length; i++) joined[row + i] = base + offsets[i];
    row += column.length;
    base = checkedOffset(base + offsets[column.length]);
  }
  return joined;
}

function joinBits(columns: readonly RawColumn[]): Validity {
  if (columns.every((column) => column.validity === null)) return null;
  const length = columns.reduce((sum, column) => sum + column.length, 0);
  const joined = new Uint8Array(Math.ceil(length / 8));
  let row = 0;
  for (const column of columns) {
    copyBits(joined, row, column.validity, column.length);
    row += column.length;
  }
  return joined;
}

function copyBits(target: Uint8Array, at: number, source: Validity, count: number): void {
  let done = 0;
  if (at % 8 === 0) {
    const whole = count >> 3;
    if (source === null) target.fill(0xff, at >> 3, (at >> 3) + whole);
    else target.set(source.subarray(0, whole), at >> 3);
    done = whole * 8;
  }
  for (let i = done; i < count; i++) {
    if (isValid(source, i)) target[(at + i) >> 3] |= 1 << ((at + i) & 7);
  }
}

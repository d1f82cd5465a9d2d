/**
 * Raw access to DuckDB's vectors: their bytes, which rows are null, and their children.
 *
 * The binding copies each buffer out of DuckDB, so what is read here stays good after the chunk is
 * freed and may be handed to Arrow as it is. Strings longer than 12 bytes are behind pointers and
 * must be read while the chunk lives.
 *
 * @module
 */
import bindings from "@duckdb/node-bindings";
import type { DuckDBDataChunk } from "@duckdb/node-api";

/** DuckDB's vector. */
export type RawVector = bindings.Vector;

/** One bit a row, first row lowest, 1 where there is a value; null where every row has one. */
export type Validity = Uint8Array | null;

/** A buffer of its own. */
export type Bytes = Uint8Array<ArrayBuffer>;

const NO_BYTES: Bytes = new Uint8Array(0);

/** The vector of a column of `chunk`. */
export function columnVector(chunk: DuckDBDataChunk, index: number): RawVector {
  return bindings.data_chunk_get_vector(chunk.chunk, index);
}

/** A copy of the first `byteCount` bytes of the vector's data, aligned for any typed array. */
export function vectorBytes(vector: RawVector, byteCount: number): Bytes {
  if (byteCount === 0) return NO_BYTES;
  const bytes = bindings.vector_get_data(vector, byteCount);
  if (bytes.byteOffset % 8 !== 0) return new Uint8Array(bytes);
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, byteCount);
}

/** A copy of the vector's null mask for `count` rows. */
export function vectorValidity(vector: RawVector, count: number): Validity {
  if (count === 0) return null;
  const bytes = bindings.vector_get_validity(vector, Math.ceil(count / 64) * 8) as
    | Uint8Array
    | null;
  if (bytes === null) return null;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, Math.ceil(count / 8));
}

/** Whether a row has a value. */
export function isValid(validity: Validity, row: number): boolean {
  return validity === null || (validity[row >> 3] & (1 << (row & 7))) !== 0;
}

/** The rows that have a value in both masks. */
export function bothValid(a: Validity, b: Validity): Validity {
  if (a === null) return b;
  if (b === null) return a;
  return a.map((byte, i) => byte & b[i]);
}

/** The mask of the elements of fixed-size lists, `size` for each row of `validity`. */
export function repeatValidity(validity: Validity, count: number, size: number): Validity {
  if (validity === null) return null;
  const repeated = new Uint8Array(Math.ceil(count * size / 8));
  for (let row = 0; row < count; row++) {
    if (!isValid(validity, row)) continue;
    for (let i = row * size; i < (row + 1) * size; i++) repeated[i >> 3] |= 1 << (i & 7);
  }
  return repeated;
}

/** The child of a LIST or MAP vector, with its number of elements. */
export function listChild(vector: RawVector): { child: RawVector; size: number } {
  return {
    child: bindings.list_vector_get_child(vector),
    size: bindings.list_vector_get_size(vector),
  };
}

/** The child of an ARRAY vector. */
export function arrayChild(vector: RawVector): RawVector {
  return bindings.array_vector_get_child(vector);
}

/** A child of a STRUCT or UNION vector. */
export function structChild(vector: RawVector, index: number): RawVector {
  return bindings.struct_vector_get_child(vector, index);
}

/** Where each row's elements are in a LIST vector's child. */
export interface ListEntries {
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  /** Whether the rows' elements are the child's, all of it and in order. */
  readonly inOrder: boolean;
}

/** The entries of a LIST vector; a null row has a length of 0. */
export function listEntries(
  vector: RawVector,
  count: number,
  validity: Validity,
  childSize: number,
): ListEntries {
  const bytes = vectorBytes(vector, count * 16);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, count * 4);
  const offsets = new Float64Array(count);
  const lengths = new Float64Array(count);
  let next = 0;
  let inOrder = true;
  for (let row = 0; row < count; row++) {
    if (!isValid(validity, row)) continue;
    offsets[row] = words[row * 4] + words[row * 4 + 1] * 2 ** 32;
    lengths[row] = words[row * 4 + 2] + words[row * 4 + 3] * 2 ** 32;
    if (lengths[row] === 0) continue;
    if (offsets[row] !== next) inOrder = false;
    next = offsets[row] + lengths[row];
  }
  return { offsets, lengths, inOrder: inOrder && next === childSize };
}

/** The mask of a LIST child's elements that some row has. */
export function usedElements(entries: ListEntries, childSize: number): Validity {
  if (entries.inOrder) return null;
  const used = new Uint8Array(Math.ceil(childSize / 8));
  for (let row = 0; row < entries.offsets.length; row++) {
    const end = entries.offsets[row] + entries.lengths[row];
    for (let i = entries.offsets[row]; i < end; i++) used[i >> 3] |= 1 << (i & 7);
  }
  return used;
}

/** Variable-length values laid end to end: row `i` is `bytes[offsets[i]..offsets[i + 1]]`. */
export interface PackedBytes {
  readonly bytes: Bytes;
  readonly offsets: Int32Array<ArrayBuffer>;
}

const ENTRY_SIZE = 16;
const INLINE_LENGTH = 12;
/** Strings this near are on pages that both exist, so the gap between them may be read. */
const NEAR = 16;

/**
 * Packs the strings (or blobs) of a vector. Strings that lie side by side in DuckDB's memory are
 * read in one call: the binding takes half a microsecond a call.
 *
 * @throws {RangeError} when they have 2 GiB or more together
 */
export function packStrings(vector: RawVector, count: number, validity: Validity): PackedBytes {
  const entries = vectorBytes(vector, count * ENTRY_SIZE);
  const words = new Uint32Array(entries.buffer, entries.byteOffset, count * 4);
  const offsets = new Int32Array(count + 1);
  let total = 0;
  for (let row = 0; row < count; row++) {
    if (validity === null || (validity[row >> 3] & (1 << (row & 7))) !== 0) total += words[row * 4];
    if (total > 0x7fff_ffff) throw new RangeError("the strings of a chunk have more than 2 GiB");
    offsets[row + 1] = total;
  }
  const bytes = new Uint8Array(total);
  let row = 0;
  while (row < count) {
    const start = offsets[row];
    const length = offsets[row + 1] - start;
    if (length <= INLINE_LENGTH) {
      const from = row * ENTRY_SIZE + 4;
      for (let i = 0; i < length; i++) bytes[start + i] = entries[from + i];
      row++;
    } else {
      row = copyRun(entries, words, offsets, bytes, row, count);
    }
  }
  return { bytes, offsets };
}

/** Copies the long string of `first` and those that follow it in memory too; gives the next row. */
function copyRun(
  entries: Bytes,
  words: Uint32Array,
  offsets: Int32Array,
  bytes: Uint8Array,
  first: number,
  count: number,
): number {
  const address = (row: number): number => words[row * 4 + 2] + words[row * 4 + 3] * 2 ** 32;
  const base = address(first);
  let end = base + offsets[first + 1] - offsets[first];
  let last = first;
  for (let row = first + 1; row < count; row++) {
    const length = offsets[row + 1] - offsets[row];
    if (length <= INLINE_LENGTH) continue;
    const at = address(row);
    if (at < end || at - end > NEAR) break;
    end = at + length;
    last = row;
  }
  const run = bindings.get_data_from_pointer(
    entries.buffer,
    entries.byteOffset + first * ENTRY_SIZE + 8,
    end - base,
  );
  for (let row = first; row <= last; row++) {
    const start = offsets[row];
    const length = offsets[row + 1] - start;
    if (length > INLINE_LENGTH) {
      const from = address(row) - base;
      bytes.set(run.subarray(from, from + length), start);
    } else {
      const from = row * ENTRY_SIZE + 4;
      for (let i = 0; i < length; i++) bytes[start + i] = entries[from + i];
    }
  }
  return last + 1;
}

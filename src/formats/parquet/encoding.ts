/**
 * Values of a page by their encoding.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md
 * @module
 */
import { deltaBinaryUnpack } from "hyparquet/src/delta.js";
import { byteStreamSplit } from "hyparquet/src/encoding.js";
import { UnsupportedError } from "../../errors.ts";
import { DamagedError, type PhysicalType } from "./metadata.ts";
import { decodeHybrid } from "./rle.ts";
import {
  type BinaryValues,
  fixed,
  type LeafValues,
  type NumberArrayOf,
  packedValues,
} from "./values.ts";

const ENCODINGS = [
  "PLAIN",
  "GROUP_VAR_INT",
  "PLAIN_DICTIONARY",
  "RLE",
  "BIT_PACKED",
  "DELTA_BINARY_PACKED",
  "DELTA_LENGTH_BYTE_ARRAY",
  "DELTA_BYTE_ARRAY",
  "RLE_DICTIONARY",
  "BYTE_STREAM_SPLIT",
] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** What is stored: a physical type, and a length in bytes for FIXED_LEN_BYTE_ARRAY. */
export interface Storage {
  readonly type: PhysicalType;
  readonly typeLength: number;
}

/** The encoding of a number in a page header. */
export function encodingOf(number: number): Encoding {
  const encoding = ENCODINGS[number];
  if (encoding === undefined) throw new DamagedError(`the encoding ${number} does not exist`);
  return encoding;
}

/** Whether values are indices into a dictionary. */
export function usesDictionary(encoding: Encoding): boolean {
  return encoding === "PLAIN_DICTIONARY" || encoding === "RLE_DICTIONARY";
}

/** `count` indices into a dictionary: a byte that says how wide they are, and the indices. */
export function decodeIndices(bytes: Uint8Array, count: number): Int32Array {
  const indices = new Int32Array(count);
  if (count === 0) return indices;
  if (bytes.length === 0) throw new DamagedError("a page without its dictionary indices");
  if (bytes[0] > 0) decodeHybrid(bytes.subarray(1), bytes[0], indices);
  return indices;
}

/** `count` values, as they stand in the file; they may be views on `bytes`. */
export function decodeValues(
  bytes: Uint8Array,
  encoding: Encoding,
  count: number,
  storage: Storage,
): LeafValues {
  switch (encoding) {
    case "PLAIN":
      return decodePlain(bytes, count, storage);
    case "RLE":
      return decodeBooleans(bytes, count, storage);
    case "BYTE_STREAM_SPLIT":
      return decodeSplit(bytes, count, storage);
    case "DELTA_BINARY_PACKED":
      return fixed(decodeDelta(readerOf(bytes), count, storage));
    case "DELTA_LENGTH_BYTE_ARRAY":
      return decodeDeltaLength(bytes, count);
    case "DELTA_BYTE_ARRAY":
      return decodeDeltaBytes(bytes, count, storage);
    default:
      throw new UnsupportedError(`the Parquet encoding ${encoding}`, {
        hint: "It is not in use any more. Write the file again with a current writer.",
      });
  }
}

/** Values in PLAIN, which is also how a dictionary is stored. */
export function decodePlain(bytes: Uint8Array, count: number, storage: Storage): LeafValues {
  const raw = (make: NumberArrayOf): LeafValues => {
    if (count * make.BYTES_PER_ELEMENT > bytes.length) throw short();
    return { kind: "raw", bytes, make, stride: 1, count };
  };
  const wide = (width: number): LeafValues => {
    if (count * width > bytes.length) throw short();
    return fixed(bytes.subarray(0, count * width), width);
  };
  switch (storage.type) {
    case "BOOLEAN": {
      if (count > bytes.length * 8) throw short();
      const values = new Uint8Array(count);
      for (let i = 0; i < count; i++) values[i] = (bytes[i >> 3] >> (i & 7)) & 1;
      return fixed(values);
    }
    case "INT32":
      return raw(Int32Array);
    case "INT64":
      return raw(BigInt64Array);
    case "FLOAT":
      return raw(Float32Array);
    case "DOUBLE":
      return raw(Float64Array);
    case "INT96":
      return wide(12);
    case "FIXED_LEN_BYTE_ARRAY":
      return wide(storage.typeLength);
    case "BYTE_ARRAY":
      return plainBytes(bytes, count);
  }
}

function plainBytes(bytes: Uint8Array, count: number): BinaryValues {
  if (count * 4 > bytes.length) throw short();
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) throw short();
    const length = (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24) >>>
      0;
    starts[i] = at + 4;
    at += 4 + length;
    if (at > bytes.length) throw short();
    ends[i] = at;
  }
  return { kind: "binary", bytes, starts, ends, count, isPacked: false };
}

function decodeBooleans(bytes: Uint8Array, count: number, { type }: Storage): LeafValues {
  if (type !== "BOOLEAN") throw new DamagedError(`run lengths for a column of ${type}`);
  const values = new Uint8Array(count);
  if (count === 0) return fixed(values);
  if (bytes.length < 4) throw short();
  decodeHybrid(bytes.subarray(4), 1, values);
  return fixed(values);
}

function decodeSplit(bytes: Uint8Array, count: number, storage: Storage): LeafValues {
  const { type, typeLength } = storage;
  if (type !== "FIXED_LEN_BYTE_ARRAY") {
    if (type === "BOOLEAN" || type === "BYTE_ARRAY" || type === "INT96") {
      throw new DamagedError(`split streams for a column of ${type}`);
    }
    const width = type === "INT32" || type === "FLOAT" ? 4 : 8;
    if (count * width > bytes.length) throw short();
    return fixed(byteStreamSplit(readerOf(bytes), count, type, typeLength) as Float64Array);
  }
  if (count * typeLength > bytes.length) throw short();
  const out = new Uint8Array(count * typeLength);
  for (let b = 0; b < typeLength; b++) {
    for (let i = 0; i < count; i++) out[i * typeLength + b] = bytes[b * count + i];
  }
  return fixed(out, typeLength);
}

interface Reader {
  readonly view: DataView;
  offset: number;
}

function readerOf(bytes: Uint8Array): Reader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}

function decodeDelta(reader: Reader, count: number, { type }: Storage): Int32Array | BigInt64Array {
  if (type !== "INT32" && type !== "INT64") {
    throw new DamagedError(`deltas for a column of ${type}`);
  }
  const out = type === "INT32" ? new Int32Array(count) : new BigInt64Array(count);
  if (count > 0) deltaBinaryUnpack(reader, count, out);
  return out;
}

const LENGTHS: Storage = { type: "INT32", typeLength: 0 };

function decodeDeltaLength(bytes: Uint8Array, count: number): BinaryValues {
  const reader = readerOf(bytes);
  const lengths = decodeDelta(reader, count, LENGTHS) as Int32Array;
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) {
    if (lengths[i] < 0) throw new DamagedError("a text of a negative length");
    offsets[i + 1] = offsets[i] + lengths[i];
  }
  const end = reader.offset + offsets[count];
  if (offsets[count] < 0 || end > bytes.length) throw short();
  return packedValues(bytes.subarray(reader.offset, end), offsets);
}

function decodeDeltaBytes(bytes: Uint8Array, count: number, storage: Storage): LeafValues {
  const reader = readerOf(bytes);
  const prefixes = decodeDelta(reader, count, LENGTHS) as Int32Array;
  const suffixes = decodeDelta(reader, count, LENGTHS) as Int32Array;
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) {
    const before = i === 0 ? 0 : offsets[i] - offsets[i - 1];
    if (prefixes[i] < 0 || suffixes[i] < 0 || prefixes[i] > before) {
      throw new DamagedError("a text that shares more than its neighbour has");
    }
    offsets[i + 1] = offsets[i] + prefixes[i] + suffixes[i];
    if (offsets[i + 1] < offsets[i]) throw new DamagedError("a page of more than 2 GiB");
  }
  const out = new Uint8Array(offsets[count]);
  let at = reader.offset;
  for (let i = 0; i < count; i++) {
    const start = offsets[i];
    if (at + suffixes[i] > bytes.length) throw short();
    if (i > 0) out.copyWithin(start, offsets[i - 1], offsets[i - 1] + prefixes[i]);
    out.set(bytes.subarray(at, at + suffixes[i]), start + prefixes[i]);
    at += suffixes[i];
  }
  if (storage.type === "BYTE_ARRAY") return packedValues(out, offsets);
  if (out.length !== count * storage.typeLength) throw new DamagedError("values of another length");
  return fixed(out, storage.typeLength);
}

function short(): DamagedError {
  return new DamagedError("a page ends before its values");
}

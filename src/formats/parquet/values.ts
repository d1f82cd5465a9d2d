/**
 * Values of pages, without NULLs, laid end to end as Arrow has them.
 *
 * @module
 */
import { DataType } from "apache-arrow";
import type { LeafType } from "./arrow_type.ts";
import { DamagedError } from "./metadata.ts";
import { timeText } from "../sql_text.ts";

/** Typed arrays that Arrow columns are made of. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Values of one width: `stride` elements of `data` each. */
export interface FixedValues {
  readonly kind: "fixed";
  readonly data: NumberArray;
  readonly stride: number;
  readonly count: number;
}

/**
 * Values of one width as they stand in a page, at any address: copied once, when they become an Arrow
 * column. Copies are what reading costs in memory.
 */
export interface RawValues {
  readonly kind: "raw";
  readonly bytes: Uint8Array;
  readonly make: NumberArrayOf;
  readonly stride: 1;
  readonly count: number;
}

/** Values of any length: value `i` is `bytes[starts[i]..ends[i]]`. */
export interface BinaryValues {
  readonly kind: "binary";
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly count: number;
  /** Whether each value starts where the one before ends. */
  readonly isPacked: boolean;
}

export type LeafValues = FixedValues | RawValues | BinaryValues;

/** The constructor of a {@link NumberArray}. */
export interface NumberArrayOf {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): NumberArray;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): NumberArray;
}

/** Fixed values of one element each, unless `stride` says otherwise. */
export function fixed(data: NumberArray, stride = 1): FixedValues {
  return { kind: "fixed", data, stride, count: data.length / stride };
}

/** Values that lie end to end: value `i` is `bytes[offsets[i]..offsets[i + 1]]`. */
export function packedValues(bytes: Uint8Array, offsets: Int32Array): BinaryValues {
  const count = offsets.length - 1;
  const starts = offsets.subarray(0, count);
  return { kind: "binary", bytes, starts, ends: offsets.subarray(1), count, isPacked: true };
}

/** Values with an address that is theirs. */
export function settled(values: LeafValues): FixedValues | BinaryValues {
  if (values.kind !== "raw") return values;
  const { bytes, make, count } = values;
  return fixed(new make(bytes.slice(0, count * make.BYTES_PER_ELEMENT).buffer));
}

/** The constructor of the elements of `values`. */
export function makerOf(values: FixedValues | RawValues): NumberArrayOf {
  return values.kind === "raw" ? values.make : values.data.constructor as NumberArrayOf;
}

/** `values` as they stand in the file, as those of the Arrow type. */
export function convert(stored: LeafValues, { conversion, arrow }: LeafType): LeafValues {
  if (conversion === "same") return retyped(stored, arrow);
  const values = settled(stored);
  switch (conversion) {
    case "narrow":
      return fixed(new (arrow.ArrayType as Int32ArrayConstructor)(dataOf(values) as Int32Array));
    case "millis":
      return fixed(BigInt64Array.from(dataOf(values) as BigInt64Array, (ms) => BigInt(ms) * 1000n));
    case "nanos_to_micros":
      return fixed(BigInt64Array.from(dataOf(values) as BigInt64Array, floorMicros));
    case "int96":
      return fixed(int96Micros(dataOf(values) as Uint8Array));
    case "float16":
      return fixed(halfFloats(dataOf(values) as Uint8Array));
    case "decimal":
      return decimals(values, DataType.isDecimal(arrow) ? arrow.bitWidth / 32 : 4);
    case "interval":
      return fixed(intervals(dataOf(values) as Uint8Array), 4);
    case "time_tz_ms":
      return timeTexts(dataOf(values) as Int32Array, 3);
    case "time_tz_us":
      return timeTexts(dataOf(values) as BigInt64Array, 6);
    case "time_tz_ns":
      return timeTexts(dataOf(values) as BigInt64Array, 9);
  }
}

function dataOf(values: FixedValues | BinaryValues): NumberArray {
  if (values.kind === "binary") throw new DamagedError("values of any length for a fixed type");
  return values.data;
}

/** Signed storage under an unsigned type; bytes of a fixed length under a type of any length. */
function retyped(values: LeafValues, arrow: DataType): LeafValues {
  if (values.kind === "binary") return values;
  const isUnsigned = DataType.isInt(arrow) && !arrow.isSigned;
  if (values.kind === "raw") {
    if (!isUnsigned) return values;
    return { ...values, make: values.make === BigInt64Array ? BigUint64Array : Uint32Array };
  }
  const { data, stride, count } = values;
  if (DataType.isBinary(arrow)) {
    const offsets = new Int32Array(count + 1);
    for (let i = 1; i <= count; i++) offsets[i] = i * stride;
    return packedValues(data as Uint8Array, offsets);
  }
  if (isUnsigned) {
    const { buffer, byteOffset, length } = data;
    return fixed(
      data instanceof BigInt64Array
        ? new BigUint64Array(buffer, byteOffset, length)
        : new Uint32Array(buffer, byteOffset, length),
    );
  }
  return values;
}

function floorMicros(nanos: bigint): bigint {
  return nanos >= 0n ? nanos / 1000n : -((999n - nanos) / 1000n);
}

/** Julian day of 1970-01-01. */
const UNIX_JULIAN_DAY = 2_440_588;

/** INT96: 8 bytes of nanoseconds in the day, 4 of the Julian day. */
function int96Micros(bytes: Uint8Array): BigInt64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const micros = new BigInt64Array(bytes.length / 12);
  for (let i = 0; i < micros.length; i++) {
    const nanos = view.getBigInt64(i * 12, true);
    const days = view.getInt32(i * 12 + 8, true) - UNIX_JULIAN_DAY;
    micros[i] = BigInt(days) * 86_400_000_000n + floorMicros(nanos);
  }
  return micros;
}

function halfFloats(bytes: Uint8Array): Float32Array {
  const floats = new Float32Array(bytes.length / 2);
  for (let i = 0; i < floats.length; i++) {
    const bits = bytes[2 * i] | (bytes[2 * i + 1] << 8);
    floats[i] = halfFloat(bits);
  }
  return floats;
}

/** An IEEE 754 binary16. */
export function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/** Two's complement of any width to little-endian `words` of 32 bits. */
function decimals(values: FixedValues | BinaryValues, words: number): FixedValues {
  const out = new Uint32Array(values.count * words);
  if (values.kind === "fixed" && values.data instanceof Int32Array) {
    const { data } = values;
    for (let i = 0; i < data.length; i++) {
      out[i * words] = data[i];
      if (data[i] < 0) out.fill(0xffff_ffff, i * words + 1, (i + 1) * words);
    }
  } else if (values.kind === "fixed" && values.data instanceof BigInt64Array) {
    const { data } = values;
    const halves = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
    for (let i = 0; i < data.length; i++) {
      out[i * words] = halves[2 * i];
      out[i * words + 1] = halves[2 * i + 1];
      if (halves[2 * i + 1] < 0) out.fill(0xffff_ffff, i * words + 2, (i + 1) * words);
    }
  } else {
    bigEndianDecimals(values, words, out);
  }
  return fixed(out, words);
}

function bigEndianDecimals(
  values: FixedValues | BinaryValues,
  words: number,
  out: Uint32Array,
): void {
  const target = new Uint8Array(out.buffer);
  const width = words * 4;
  for (let i = 0; i < values.count; i++) {
    const bytes = values.kind === "binary"
      ? values.bytes.subarray(values.starts[i], values.ends[i])
      : (values.data as Uint8Array).subarray(i * values.stride, (i + 1) * values.stride);
    const sign = bytes.length > 0 && bytes[0] >= 0x80 ? 0xff : 0;
    const extra = bytes.length - width;
    for (let k = 0; k < extra; k++) {
      if (bytes[k] !== sign) throw new DamagedError("a DECIMAL that is wider than its type");
    }
    const start = i * width;
    for (let k = 0; k < width; k++) {
      const from = bytes.length - 1 - k;
      target[start + k] = from >= 0 ? bytes[from] : sign;
    }
  }
}

/** Months, days and milliseconds as Arrow's months, days and nanoseconds. */
function intervals(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Int32Array((bytes.length / 12) * 4);
  for (let i = 0; i < bytes.length / 12; i++) {
    out[i * 4] = view.getInt32(i * 12, true);
    out[i * 4 + 1] = view.getInt32(i * 12 + 4, true);
    const nanos = BigInt(view.getUint32(i * 12 + 8, true)) * 1_000_000n;
    out[i * 4 + 2] = Number(BigInt.asIntN(32, nanos));
    out[i * 4 + 3] = Number(nanos >> 32n);
  }
  return out;
}

/** DuckDB's text of a time in UTC, which ends in the offset; DuckDB has no more than microseconds. */
function timeTexts(data: Int32Array | BigInt64Array, digits: 3 | 6 | 9): BinaryValues {
  const encoder = new TextEncoder();
  const texts = Array.from(data as ArrayLike<number | bigint>, (value) => {
    const ticks = digits === 9 ? floorMicros(BigInt(value)) : BigInt(value);
    return encoder.encode(`${timeText(ticks, digits === 3 ? 3 : 6)}+00`);
  });
  const offsets = new Int32Array(texts.length + 1);
  texts.forEach((text, i) => offsets[i + 1] = offsets[i] + text.length);
  const bytes = new Uint8Array(offsets[texts.length]);
  texts.forEach((text, i) => bytes.set(text, offsets[i]));
  return packedValues(bytes, offsets);
}

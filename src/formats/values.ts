/**
 * Arrow columns as JavaScript values, exact.
 *
 * @module
 */
import { isAscii } from "node:buffer";
import { type Data, DataType, type Field, type RecordBatch, type TimeUnit } from "apache-arrow";
import { InternalError } from "../errors.ts";
import type { FormatRow } from "./reader.ts";
import { RowIterator, type RowMaker } from "./row_iterator.ts";
import { dateText } from "./civil.ts";
import { decimalText, timestampText, timeText } from "./sql_text.ts";

/**
 * A value of {@link FormatReader.rows}: 64-bit integers are bigint; DECIMAL, DATE, TIME, TIMESTAMP,
 * INTERVAL and UUID are DuckDB's text; a timestamp with a time zone is text in UTC, ending in `+00`.
 */
export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PlainValue[]
  | ReadonlyMap<PlainValue, PlainValue>
  | { readonly [name: string]: PlainValue };

/** Digits after the second: 0, 3, 6 or 9. */
export type TickDigits = 0 | 3 | 6 | 9;

/** Makes the values that JavaScript has no type for. Ticks are of 10^-`digits` seconds. */
export interface ValueMakers<V> {
  decimal(unscaled: bigint, scale: number): V;
  /** Days since 1970-01-01. */
  date(days: number): V;
  /** Ticks since midnight. */
  time(ticks: bigint, digits: TickDigits): V;
  /** Ticks since 1970-01-01; `utc` where it is an instant and not a time on a wall. */
  timestamp(ticks: bigint, digits: TickDigits, zone: "utc" | "none"): V;
  interval(months: number, days: number, nanos: bigint): V;
  uuid(text: string): V;
  /** Well-known binary. */
  geometry(wkb: Uint8Array): V;
  list(values: V[]): V;
  struct(entries: readonly (readonly [name: string, value: V])[]): V;
  map(entries: readonly (readonly [key: V, value: V])[]): V;
}

/** The makers of {@link PlainValue}. */
export const PLAIN: ValueMakers<PlainValue> = {
  decimal: decimalText,
  date: dateText,
  time: timeText,
  timestamp: (ticks, digits, zone) => timestampText(ticks, digits) + (zone === "utc" ? "+00" : ""),
  interval: intervalText,
  uuid: (text) => text,
  geometry: (wkb) => wkb,
  list: (values) => values,
  struct: (entries) => record(entries),
  map: (entries) => new Map(entries),
};

/** Reads one row's value. */
export type ValueReader<V> = (
  row: number,
) => V | null | boolean | number | bigint | string | Uint8Array;

/**
 * The rows of batches, one by one.
 *
 * @param makers what to make of values that JavaScript has no type for; by default their text
 */
export function rowsOf<V = PlainValue>(
  batches: AsyncIterable<RecordBatch>,
  makers?: ValueMakers<V>,
): AsyncIterableIterator<Record<string, V>> {
  return new RowIterator(batches, (batch) => rowMaker(batch, makers));
}

/** The rows of one batch. */
export function* batchRows<V = PlainValue>(
  batch: RecordBatch,
  makers?: ValueMakers<V>,
): Generator<Record<string, V>> {
  const make = rowMaker(batch, makers);
  for (let row = 0; row < batch.numRows; row++) yield make(row);
}

function rowMaker<V>(
  { schema, data }: RecordBatch,
  makers: ValueMakers<V> = PLAIN as ValueMakers<never>,
): RowMaker<Record<string, V>> {
  const names = schema.fields.map((field) => field.name);
  const readers = schema.fields.map((field, i) => valueReader(data.children[i], field, makers));
  if (names.includes("__proto__")) {
    return (row) => record(names.map((name, i) => [name, readers[i](row)])) as Record<string, V>;
  }
  // A copy of an object that has all names is made faster than one that gets them one by one.
  const template = Object.fromEntries(names.map((name) => [name, null])) as Record<string, unknown>;
  return (row) => {
    const made = { ...template };
    for (let i = 0; i < names.length; i++) made[names[i]] = readers[i](row);
    return made as Record<string, V>;
  };
}

/** An object of `entries`; `__proto__` is a name like any other. */
function record(entries: readonly (readonly [string, unknown])[]): FormatRow {
  const made: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    if (name === "__proto__") {
      Object.defineProperty(made, name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } else made[name] = value;
  }
  return made as FormatRow;
}

const utf8 = new TextDecoder();

/** Bytes of text that are decoded at once. Strings cut from it keep it alive, so it is small. */
const TEXT_WINDOW = 2048;

/** Reads texts in about their order. ASCII is decoded for many at once: ten times as fast. */
function textReader(values: Uint8Array, offsets: Int32Array): (row: number) => string {
  let from = 0;
  let to = 0;
  let window: string | undefined = "";
  return (row) => {
    const start = offsets[row];
    const end = offsets[row + 1];
    if (end - start > TEXT_WINDOW / 4) return utf8.decode(values.subarray(start, end));
    if (start < from || end > to) {
      from = start;
      to = Math.min(values.length, start + TEXT_WINDOW);
      const bytes = values.subarray(from, to);
      window = isAscii(bytes) ? utf8.decode(bytes) : undefined;
    }
    return window === undefined
      ? utf8.decode(values.subarray(start, end))
      : window.substring(start - from, end - from);
  };
}

/** Reads the values of `data`, which is a column of `field`. */
export function valueReader<V>(data: Data, field: Field, makers: ValueMakers<V>): ValueReader<V> {
  const read = presentReader(data, field, makers);
  if (DataType.isNull(data.type)) return () => null;
  const bits = data.nullBitmap;
  if (bits === undefined || bits === null || bits.length === 0) return read;
  const { offset } = data;
  return (row) => {
    const at = row + offset;
    return (bits[at >> 3] & (1 << (at & 7))) === 0 ? null : read(row);
  };
}

function presentReader<V>(data: Data, field: Field, makers: ValueMakers<V>): ValueReader<V> {
  const { type, values, offset } = data;
  const extension = field.metadata.get("ARROW:extension:name");
  if (DataType.isNull(type)) return () => null;
  if (DataType.isBool(type)) {
    return (row) => (values[(row + offset) >> 3] & (1 << ((row + offset) & 7))) !== 0;
  }
  if (DataType.isInt(type) || DataType.isFloat(type)) return (row) => values[row];
  if (DataType.isDate(type)) return (row) => makers.date(values[row]);
  if (DataType.isUtf8(type)) return textReader(values, data.valueOffsets);
  if (DataType.isBinary(type)) {
    const offsets = data.valueOffsets;
    const bytes = (row: number) => values.slice(offsets[row], offsets[row + 1]);
    return extension === "geoarrow.wkb" ? (row) => makers.geometry(bytes(row)) : bytes;
  }
  if (DataType.isFixedSizeBinary(type)) {
    const width = type.byteWidth;
    const bytes = (row: number) => values.slice(row * width, (row + 1) * width);
    return extension === "arrow.uuid" ? (row) => makers.uuid(uuidText(bytes(row))) : bytes;
  }
  if (DataType.isDecimal(type)) {
    return (row) => makers.decimal(unscaledAt(values, row, type.bitWidth / 32), type.scale);
  }
  if (DataType.isTime(type)) {
    const digits = digitsOf(type.unit);
    return (row) => makers.time(BigInt(values[row]), digits);
  }
  if (DataType.isTimestamp(type)) {
    const digits = digitsOf(type.unit);
    const zone = type.timezone ? "utc" : "none";
    return (row) => makers.timestamp(values[row], digits, zone);
  }
  if (DataType.isInterval(type)) {
    return (row) =>
      makers.interval(
        values[row * 4],
        values[row * 4 + 1],
        BigInt.asIntN(64, BigInt(values[row * 4 + 2] >>> 0) | BigInt(values[row * 4 + 3]) << 32n),
      );
  }
  return nestedReader(data, makers);
}

function nestedReader<V>(data: Data, makers: ValueMakers<V>): ValueReader<V> {
  const { type, children } = data;
  const fields = type.children as Field[];
  if (DataType.isStruct(type)) {
    const readers = children.map((child, i) => valueReader(child, fields[i], makers));
    return (row) =>
      makers.struct(readers.map((read, i) => [fields[i].name, read(row) as V] as const));
  }
  const offsets = data.valueOffsets;
  if (DataType.isList(type)) {
    const read = valueReader(children[0], fields[0], makers);
    return (row) => {
      const list: V[] = [];
      for (let i = offsets[row]; i < offsets[row + 1]; i++) list.push(read(i) as V);
      return makers.list(list);
    };
  }
  if (DataType.isMap(type)) {
    const [keyField, valueField] = fields[0].type.children as Field[];
    const key = valueReader(children[0].children[0], keyField, makers);
    const value = valueReader(children[0].children[1], valueField, makers);
    return (row) => {
      const entries: [V, V][] = [];
      for (let i = offsets[row]; i < offsets[row + 1]; i++) {
        entries.push([key(i) as V, value(i) as V]);
      }
      return makers.map(entries);
    };
  }
  throw new InternalError(`no reader for columns of ${type}`);
}

/** The integer of `words` 32-bit words, two's complement, lowest first. */
export function unscaledAt(values: Uint32Array | Int32Array, row: number, words: number): bigint {
  let unscaled = BigInt(values[row * words + words - 1] | 0);
  for (let i = words - 2; i >= 0; i--) {
    unscaled = (unscaled << 32n) | BigInt(values[row * words + i] >>> 0);
  }
  return unscaled;
}

/** Digits after the second of a unit of Arrow. */
export function digitsOf(unit: TimeUnit): TickDigits {
  return ([0, 3, 6, 9] as const)[unit];
}

function uuidText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([a, b]) => hex.slice(a, b)).join("-");
}

/** DuckDB's text of an INTERVAL: `1 year 2 months 3 days 00:00:04.5`. */
function intervalText(months: number, days: number, nanos: bigint): string {
  const parts: string[] = [];
  const add = (count: number, unit: string) => {
    if (count !== 0) parts.push(`${count} ${unit}${count === 1 || count === -1 ? "" : "s"}`);
  };
  add(Math.trunc(months / 12), "year");
  add(months % 12, "month");
  add(days, "day");
  const micros = nanos / 1000n;
  if (micros !== 0n || parts.length === 0) {
    parts.push(micros < 0n ? `-${timeText(-micros, 6)}` : timeText(micros, 6));
  }
  return parts.join(" ");
}

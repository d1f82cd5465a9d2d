/**
 * How values of a leaf compare, in a footer's statistics and in DuckDB's text of a plan. Pure.
 *
 * What the readers have for this is exact for every type and needs Arrow; here, types that are not
 * known leave nothing out, and nothing but what is read ahead depends on it.
 *
 * @module
 */
import { rawBounds } from "../../formats/parquet/raw_bounds.ts";
import type { ColumnChunk, ColumnOrder, SchemaElement } from "../../formats/parquet/metadata.ts";
import type { LeafNode } from "../../formats/parquet/schema.ts";
import type { Key } from "../../formats/keys.ts";
import type { Bounds } from "../../formats/prune.ts";
import { parseDate, parseDecimal, parseTimestamp } from "../../formats/sql_text.ts";

/** A leaf's values as keys. */
export interface LeafScale {
  readonly kind: "whole" | "real" | "text";
  /** A value as statistics have it. */
  readonly stored: (bytes: Uint8Array) => Key | undefined;
  /** A value as a plan writes it, without its quotes and its type. */
  readonly written: (text: string) => Key | undefined;
}

const DAY = 86_400_000_000_000n;

/** The scale of a leaf; undefined for one whose values are not compared here. */
export function scaleOf({ element, maxRepetition }: LeafNode): LeafScale | undefined {
  if (maxRepetition > 0) return undefined;
  switch (element.type) {
    case "INT32":
    case "INT64":
      return wholeScale(element);
    case "FLOAT":
      return realScale(4, (view) => view.getFloat32(0, true), Math.fround);
    case "DOUBLE":
      return realScale(8, (view) => view.getFloat64(0, true), (number) => number);
    case "BYTE_ARRAY": {
      const isText = element.logical?.kind === "string" || element.converted === "UTF8";
      if (!isText) return undefined;
      const utf8 = new TextEncoder();
      return { kind: "text", stored: (bytes) => bytes, written: (text) => utf8.encode(text) };
    }
    default:
      return undefined;
  }
}

function wholeScale(element: SchemaElement): LeafScale | undefined {
  const written = wholeText(element);
  if (written === undefined) return undefined;
  const { logical, converted, type } = element;
  const isUnsigned = logical?.kind === "integer"
    ? !logical.isSigned
    : converted?.startsWith("UINT_") === true;
  const bits = type === "INT32" ? 32 : 64;
  const stored = (bytes: Uint8Array) => {
    if (bytes.length !== bits / 8) return undefined;
    const view = viewOf(bytes);
    const value = bits === 32 ? BigInt(view.getInt32(0, true)) : view.getBigInt64(0, true);
    return isUnsigned ? BigInt.asUintN(bits, value) : value;
  };
  return { kind: "whole", stored, written };
}

function wholeText({ logical, converted, scale }: SchemaElement): LeafScale["written"] | undefined {
  if (logical?.kind === "decimal" || converted === "DECIMAL") {
    return (text) => unscaled(text, logical?.kind === "decimal" ? logical.scale : scale);
  }
  if (logical?.kind === "date" || converted === "DATE") {
    return (text) => ticks(parseDate(text), DAY);
  }
  if (logical?.kind === "timestamp") {
    const unit = { ms: 1_000_000n, us: 1000n, ns: 1n }[logical.unit];
    return (text) => ticks(parseTimestamp(text), unit);
  }
  if (converted === "TIMESTAMP_MILLIS") return (text) => ticks(parseTimestamp(text), 1_000_000n);
  if (converted === "TIMESTAMP_MICROS") return (text) => ticks(parseTimestamp(text), 1000n);
  const isNumber = logical === undefined
    ? converted === undefined || /^U?INT_/.test(converted)
    : logical.kind === "integer";
  return isNumber ? (text) => unscaled(text, 0) : undefined;
}

function unscaled(text: string, scale: number): bigint | undefined {
  const exact = parseDecimal(text);
  if (exact === undefined) return undefined;
  if (exact.scale <= scale) return exact.unscaled * 10n ** BigInt(scale - exact.scale);
  return ticks(exact.unscaled, 10n ** BigInt(exact.scale - scale));
}

/** Undefined for what lies between two values. */
function ticks(value: bigint | undefined, unit: bigint): bigint | undefined {
  return value === undefined || value % unit !== 0n ? undefined : value / unit;
}

function realScale(
  bytesEach: number,
  read: (view: DataView) => number,
  round: (number: number) => number,
): LeafScale {
  const known = (number: number) => Number.isNaN(number) ? undefined : number;
  return {
    kind: "real",
    stored: (bytes) => bytes.length === bytesEach ? known(read(viewOf(bytes))) : undefined,
    written: (text) => known(round(/^[-+.\de]+$/i.test(text) ? Number(text) : NaN)),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What the statistics of a chunk say of its values. A NaN is overlooked, as DuckDB does. */
export function chunkBounds(
  { statistics }: ColumnChunk,
  rows: number,
  leaf: LeafNode,
  scale: LeafScale | undefined,
  order: ColumnOrder | undefined,
): Bounds {
  const nulls = statistics?.nullCount ?? (leaf.nullable ? undefined : 0);
  const raw = statistics && rawBounds(statistics, leaf, order);
  return {
    rows,
    nulls,
    min: raw && scale?.stored(raw.min),
    max: raw && scale?.stored(raw.max),
    mayBeNaN: false,
  };
}

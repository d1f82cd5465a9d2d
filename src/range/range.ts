/**
 * Byte ranges as tagged values, and their algebra. Pure.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2 byte ranges of HTTP
 * @module
 */
import { UsageError } from "../errors.ts";

/** `length` bytes from `offset` on. */
export interface BoundedRange {
  readonly kind: "bounded";
  /** Bytes from the start of the object. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** All bytes from `offset` on. */
export interface OpenRange {
  readonly kind: "from";
  readonly offset: number;
}

/** The last `length` bytes, or all when there are fewer. */
export interface SuffixRange {
  readonly kind: "suffix";
  readonly length: number;
}

export type ByteRange = BoundedRange | OpenRange | SuffixRange;

/** A place in an object: what remains of a range when the size is known. */
export interface Extent {
  /** Bytes from the start of the object. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** `length` bytes from `offset` on. */
export function bounded(offset: number, length: number): BoundedRange {
  return { kind: "bounded", offset, length };
}

/** All bytes from `offset` on. */
export function from(offset: number): OpenRange {
  return { kind: "from", offset };
}

/** The last `length` bytes. */
export function suffix(length: number): SuffixRange {
  return { kind: "suffix", length };
}

/** The first byte after `extent`. */
export function endOf(extent: Extent): number {
  return extent.offset + extent.length;
}

/**
 * Where `range` is in an object of `size` bytes. A range that reaches over the end is cut there, as
 * HTTP does; one that starts past it is empty.
 *
 * @throws {UsageError} when an offset or a length is negative, no integer or past 2^53
 */
export function resolveRange(range: ByteRange, size: number): Extent {
  checkRange(range);
  switch (range.kind) {
    case "bounded": {
      const offset = Math.min(range.offset, size);
      return { offset, length: Math.min(range.length, size - offset) };
    }
    case "from": {
      const offset = Math.min(range.offset, size);
      return { offset, length: size - offset };
    }
    case "suffix": {
      const length = Math.min(range.length, size);
      return { offset: size - length, length };
    }
  }
}

/** Whether every byte of `inner` is in `outer`. An empty extent is in any. */
export function contains(outer: Extent, inner: Extent): boolean {
  return inner.length === 0 ||
    (inner.offset >= outer.offset && endOf(inner) <= endOf(outer));
}

/** The bytes that are in both; undefined when there are none. */
export function intersect(a: Extent, b: Extent): Extent | undefined {
  const offset = Math.max(a.offset, b.offset);
  const length = Math.min(endOf(a), endOf(b)) - offset;
  return length > 0 ? { offset, length } : undefined;
}

/** The same bytes as disjoint extents in ascending order, none touching another, none empty. */
export function mergeExtents(extents: readonly Extent[]): Extent[] {
  const sorted = extents.filter(({ length }) => length > 0).sort((a, b) => a.offset - b.offset);
  const merged: Extent[] = [];
  for (const extent of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && extent.offset <= endOf(last)) {
      const end = Math.max(endOf(last), endOf(extent));
      merged[merged.length - 1] = { offset: last.offset, length: end - last.offset };
    } else {
      merged.push({ offset: extent.offset, length: extent.length });
    }
  }
  return merged;
}

/**
 * What of `extent` is in none of `taken`, ascending.
 *
 * @param taken ascending and disjoint, as {@link mergeExtents} gives them
 */
export function subtractExtents(extent: Extent, taken: readonly Extent[]): Extent[] {
  const left: Extent[] = [];
  let at = extent.offset;
  for (const each of taken) {
    if (endOf(each) <= at) continue;
    if (each.offset >= endOf(extent)) break;
    if (each.offset > at) left.push({ offset: at, length: each.offset - at });
    at = endOf(each);
  }
  if (at < endOf(extent)) left.push({ offset: at, length: endOf(extent) - at });
  return left;
}

/** `extent` cut into pieces of at most `size` bytes, ascending; an empty one gives none. */
export function cutExtent(extent: Extent, size: number): Extent[] {
  const pieces: Extent[] = [];
  for (let offset = extent.offset; offset < endOf(extent); offset += size) {
    pieces.push({ offset, length: Math.min(size, endOf(extent) - offset) });
  }
  return pieces;
}

/** The value of the `Range` header; `bytes=0-0` cannot say “nothing”, so a length must be positive. */
export function rangeHeader(range: ByteRange): string {
  switch (range.kind) {
    case "bounded":
      return `bytes=${range.offset}-${range.offset + range.length - 1}`;
    case "from":
      return `bytes=${range.offset}-`;
    case "suffix":
      return `bytes=-${range.length}`;
  }
}

/** What a `Content-Range` header says; undefined when it says nothing usable. */
export function parseContentRange(
  text: string | null | undefined,
): { readonly extent: Extent; readonly size: number } | undefined {
  const match = /^\s*bytes\s+(\d+)-(\d+)\/(\d+)\s*$/i.exec(text ?? "");
  if (match === null) return undefined;
  const [offset, last, size] = match.slice(1).map(Number);
  if (last < offset || last >= size || !Number.isSafeInteger(size)) return undefined;
  return { extent: { offset, length: last - offset + 1 }, size };
}

function checkRange(range: ByteRange): void {
  const offset = range.kind === "suffix" ? 0 : range.offset;
  const length = range.kind === "from" ? 0 : range.length;
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (isCount(offset) && isCount(length) && Number.isSafeInteger(offset + length)) return;
  throw new UsageError(`no range of bytes: ${JSON.stringify(range)}`, {
    hint: "Offsets and lengths are whole numbers of bytes, from 0 up.",
  });
}

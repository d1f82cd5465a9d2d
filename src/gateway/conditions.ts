/**
 * Ranges and preconditions of a read, as RFC 9110 and S3 understand them. Pure.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2 order of preconditions
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2 Range
 * @module
 */
import type { MessageHeaders } from "../range/http/headers.ts";
import {
  bounded,
  type ByteRange,
  type Extent,
  from,
  resolveRange,
  suffix,
} from "../range/range.ts";

/** What preconditions are held against. */
export interface Validators {
  /** Without the quotes. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
}

/** The one range of a `Range` header; undefined when there is none that S3 would heed. */
export function parseRange(header: string | null): ByteRange | undefined {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? "");
  if (match === null) return undefined;
  const [first, last] = [match[1], match[2]];
  if (first === "") return last === "" ? undefined : suffix(safe(last));
  if (last === "") return from(safe(first));
  const length = safe(last) - safe(first) + 1;
  return length > 0
    ? bounded(safe(first), Math.min(length, Number.MAX_SAFE_INTEGER - safe(first)))
    : undefined;
}

/** The bytes of `range` in an object of `size`; undefined when there are none: 416. */
export function satisfy(range: ByteRange, size: number): Extent | undefined {
  const extent = resolveRange(range, size);
  return extent.length > 0 ? extent : undefined;
}

/** What the preconditions of `headers` make of a read. */
export function precondition(
  headers: MessageHeaders,
  { etag, lastModified }: Validators,
): "go on" | "not modified" | "failed" {
  const match = headers.get("if-match");
  if (match !== null) {
    if (!lists(match, etag)) return "failed";
  } else if (isLater(lastModified, headers.get("if-unmodified-since"))) return "failed";
  const noneMatch = headers.get("if-none-match");
  if (noneMatch !== null) return lists(noneMatch, etag) ? "not modified" : "go on";
  const since = headers.get("if-modified-since");
  const isOld = since !== null && !Number.isNaN(Date.parse(since)) && lastModified !== undefined &&
    !isLater(lastModified, since);
  return isOld ? "not modified" : "go on";
}

/** Whether `If-Range` lets the range be heeded. */
export function heedsRange(header: string | null, validators: Validators): boolean {
  if (header === null) return true;
  if (/^\s*(W\/)?"/.test(header)) return lists(header, validators.etag);
  const date = Date.parse(header);
  return validators.lastModified !== undefined && seconds(validators.lastModified) * 1000 === date;
}

function lists(header: string, etag: string | undefined): boolean {
  return header.split(",").map((each) => each.trim()).some((each) =>
    each === "*" || (etag !== undefined && each.replace(/^W\//, "").replace(/^"|"$/g, "") === etag)
  );
}

function isLater(time: Date | undefined, header: string | null): boolean {
  const limit = Date.parse(header ?? "");
  return time !== undefined && !Number.isNaN(limit) && seconds(time) * 1000 > limit;
}

/** HTTP's dates have no fractions of a second. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

function safe(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}

/**
 * How much of a file is worth one request, by its name and size. Pure.
 *
 * @module
 */
import type { Extent } from "../../range/range.ts";

/** What of a file is read in which way. `rows`: from its start on, by whom it is read at all. */
export type FileKind = "parquet" | "rows" | "other";

/** Smaller files are fetched whole, in bytes: their parts cost more in requests than in bytes. */
export const WHOLE_UP_TO = { parquet: 64 * 1024, rows: 512 * 1024, other: 0 };

/** What DuckDB 1.5 asks of a Parquet file's end, at least and at most, in bytes. */
const LEAST_TAIL = 16 * 1024;
const MOST_TAIL = 256 * 1024;

/** What kind of file a key names. */
export function fileKind(key: string): FileKind {
  if (/\.(parquet|parq|pq|geoparquet)$/i.test(key)) return "parquet";
  return /\.(csv|tsv|txt|json|jsonl|ndjson|geojson)(\.(gz|zst))?$/i.test(key) ? "rows" : "other";
}

/** Bytes of a Parquet file's end that DuckDB asks for first: about a thousandth of the file. */
export function footerTail(size: number): number {
  const tail = 2 ** Math.ceil(Math.log2(Math.max(1, size / 1000)));
  return Math.min(size, MOST_TAIL, Math.max(LEAST_TAIL, tail));
}

/** Bytes of the start that opening a file of rows brings: about what answers a look at its first rows. */
const START = 2 * 1024 * 1024;

/** What opening an object of unknown size should bring; nothing said: the usual. */
export function openingPart(key: string): { readonly tail?: number; readonly start?: number } {
  const kind = fileKind(key);
  if (kind === "parquet") return { tail: MOST_TAIL };
  return kind === "rows" ? { start: START } : {};
}

/** What to fetch of a file before anybody asks for any of it; undefined: nothing. */
export function firstPiece(kind: FileKind, size: number): Extent | undefined {
  if (size === 0) return undefined;
  if (size <= WHOLE_UP_TO[kind]) return { offset: 0, length: size };
  if (kind !== "parquet") return undefined;
  const length = footerTail(size);
  return { offset: size - length, length };
}

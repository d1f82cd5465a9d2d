/**
 * The indexes that say where a column chunk's pages are and what is in them.
 *
 * @see https://github.com/apache/parquet-format/blob/master/PageIndex.md
 * @module
 */
import { DamagedError, integer, list, type RawStatistics, readThrift, struct } from "./metadata.ts";

/** Where a page is. */
export interface PageLocation {
  readonly offset: number;
  /** Bytes, with the page's header. */
  readonly length: number;
  /** Its first row, from the row group's start. */
  readonly firstRow: number;
}

/** What one page has: undefined where nothing is known. */
export type PageStatistics = RawStatistics & { readonly isAllNull: boolean };

/** Reads an offset index. */
export function parseOffsetIndex(bytes: Uint8Array): PageLocation[] {
  const pages = list(readThrift(bytes).value.field_1).map(struct).map((page) => ({
    offset: integer(page.field_1),
    length: integer(page.field_2),
    firstRow: integer(page.field_3),
  }));
  pages.forEach((page, i) => {
    const isAscending = i === 0 ? page.firstRow === 0 : page.firstRow >= pages[i - 1].firstRow &&
      page.offset >= pages[i - 1].offset + pages[i - 1].length;
    if (!isAscending || page.length <= 0) throw new DamagedError("an offset index out of order");
  });
  return pages;
}

/** Reads a column index of `pageCount` pages. */
export function parseColumnIndex(bytes: Uint8Array, pageCount: number): PageStatistics[] {
  const { value } = readThrift(bytes);
  const nullPages = list(value.field_1);
  const mins = list(value.field_2);
  const maxes = list(value.field_3);
  const nullCounts = value.field_5 === undefined ? undefined : list(value.field_5);
  const nanCounts = value.field_8 === undefined ? undefined : list(value.field_8);
  for (const each of [nullPages, mins, maxes, nullCounts ?? mins]) {
    if (each.length !== pageCount) throw new DamagedError("a column index of other pages");
  }
  return nullPages.map((isAllNull, i) => ({
    isAllNull: isAllNull === true,
    min: isAllNull === true ? undefined : mins[i] as Uint8Array,
    max: isAllNull === true ? undefined : maxes[i] as Uint8Array,
    legacyMin: undefined,
    legacyMax: undefined,
    nullCount: nullCounts === undefined ? undefined : integer(nullCounts[i]),
    nanCount: nanCounts?.[i] === undefined ? undefined : integer(nanCounts[i]),
  }));
}

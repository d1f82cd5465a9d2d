/**
 * Which bytes of a Parquet file a read needs: pure, so that a plan can be tested and shown.
 *
 * @module
 */
import type { BoundPredicate } from "../evaluate.ts";
import { type Bounds, mayHold } from "../prune.ts";
import { cutExtent, endOf, type Extent, mergeExtents } from "../../range/range.ts";
import { boundsOf } from "./bounds.ts";
import type { FileColumn, ParquetFile } from "./file.ts";
import { type ColumnChunk, DamagedError, type RowGroup } from "./metadata.ts";
import type { PageLocation, PageStatistics } from "./page_index.ts";
import { type LeafNode, leavesOf } from "./schema.ts";

/** Rows `start` to `end` of a row group. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** What statistics may leave out. */
export type Pruning = "off" | "row-groups" | "pages";

/** A row group that is read. */
export interface PlannedGroup {
  /** Its place in the file, from 0. */
  readonly index: number;
  readonly group: RowGroup;
  /** Rows that may be wanted, ascending, in the group's own count. */
  readonly selected: readonly RowRange[];
}

/** The column chunks of a row group that are read, and which pages of them. */
export interface GroupRead extends PlannedGroup {
  readonly chunks: readonly ChunkRead[];
  /** What to fetch, step after step: each as much as memory should hold. */
  readonly steps: readonly StepRead[];
}

/** What is read of a column chunk. */
export interface ChunkRead {
  readonly node: LeafNode;
  readonly chunk: ColumnChunk;
  /** Undefined where all pages are. */
  readonly pages: readonly PageLocation[] | undefined;
  readonly extents: readonly Extent[];
}

/** One fetch: the next bytes of each chunk, in the order of {@link GroupRead.chunks}. */
export interface StepRead {
  readonly extents: readonly (readonly Extent[])[];
  /** Bytes. */
  readonly length: number;
}

/** Bytes of a step, about. */
export const STEP_BYTES = 8 * 1024 * 1024;

/** Row groups of fewer bytes than this together are fetched at once. */
export const TOGETHER_BYTES = 2 * 1024 * 1024;

/** Fewer bytes of a row group than this are read without asking for its page indexes. */
export const WORTH_AN_INDEX = 256 * 1024;

/** The row groups in which `where` may be true, and as many as `limit` needs. */
export function planGroups(
  file: ParquetFile,
  where: BoundPredicate | undefined,
  limit: number | undefined,
  pruning: Pruning,
): PlannedGroup[] {
  const planned: PlannedGroup[] = [];
  let left = where === undefined ? limit ?? Infinity : limit === 0 ? 0 : Infinity;
  file.metadata.rowGroups.forEach((group, index) => {
    if (left <= 0 || group.rows === 0) return;
    if (where !== undefined && pruning !== "off" && !mayHold(where, chunkBounds(file, group))) {
      return;
    }
    planned.push({ index, group, selected: [{ start: 0, end: Math.min(group.rows, left) }] });
    left -= group.rows;
  });
  return planned;
}

/** Page indexes of one row group, by the leaf's place. */
export interface GroupIndexes {
  readonly locations: ReadonlyMap<number, readonly PageLocation[]>;
  readonly statistics: ReadonlyMap<number, readonly PageStatistics[]>;
}

/** Where the page indexes are that would let pages of `planned` be left out; none if not worth it. */
export function indexExtents(
  file: ParquetFile,
  planned: PlannedGroup,
  columns: readonly FileColumn[],
  whereColumns: readonly FileColumn[],
): { readonly leaf: number; readonly kind: "locations" | "statistics"; readonly extent: Extent }[] {
  const { group, selected } = planned;
  const leaves = leavesOfColumns(columns);
  const bytes = leaves.reduce((sum, { leaf }) => sum + group.columns[leaf].extent.length, 0);
  const isPartial = selected.length !== 1 || selected[0].end !== group.rows;
  const pruned = whereColumns.flatMap(({ node }) => node.kind === "leaf" ? [node] : [])
    .filter(({ leaf }) => group.columns[leaf].columnIndex && group.columns[leaf].offsetIndex);
  if (bytes < WORTH_AN_INDEX || (pruned.length === 0 && !isPartial)) return [];
  return [
    ...pruned.map(({ leaf }) => ({
      leaf,
      kind: "statistics" as const,
      extent: group.columns[leaf].columnIndex!,
    })),
    ...leaves.filter(({ leaf }) => group.columns[leaf].offsetIndex !== undefined).map((
      { leaf },
    ) => ({ leaf, kind: "locations" as const, extent: group.columns[leaf].offsetIndex! })),
  ].map((wanted) => ({ ...wanted, extent: inFile(wanted.extent, file) }));
}

/** `planned` with only the rows of pages in which `where` may be true. */
export function prunePages(
  file: ParquetFile,
  planned: PlannedGroup,
  where: BoundPredicate | undefined,
  indexes: GroupIndexes,
): PlannedGroup {
  if (where === undefined || indexes.statistics.size === 0) return planned;
  const columns = file.columns.flatMap(({ name, node, typed }) => {
    if (node.kind !== "leaf") return [];
    const statistics = indexes.statistics.get(node.leaf);
    const locations = indexes.locations.get(node.leaf);
    if (statistics === undefined || locations === undefined) return [];
    return [{ name, node, type: file.leafType(typed, node), statistics, locations }];
  });
  const starts = [...new Set(columns.flatMap(({ locations }) => locations.map((p) => p.firstRow)))]
    .filter((row) => row < planned.group.rows).sort((a, b) => a - b);
  const fallback = chunkBounds(file, planned.group);
  const kept: RowRange[] = [];
  starts.forEach((start, i) => {
    const end = starts[i + 1] ?? planned.group.rows;
    const holds = mayHold(where, (name) => {
      const column = columns.find((each) => each.name === name);
      if (column === undefined) return fallback(name);
      const page = pageAt(column.locations, start);
      return pageBounds(file, column, page, planned.group.rows);
    });
    const last = kept.at(-1);
    if (!holds) return;
    if (last?.end === start) kept[kept.length - 1] = { start: last.start, end };
    else kept.push({ start, end });
  });
  return { ...planned, selected: kept };
}

/** What is to be fetched of `planned`, with the pages of `indexes` where there are some. */
export function planReads(
  file: ParquetFile,
  planned: PlannedGroup,
  columns: readonly FileColumn[],
  indexes: GroupIndexes | undefined,
  stepBytes: number = STEP_BYTES,
): GroupRead {
  const { group, selected } = planned;
  const isWhole = selected.length === 1 && selected[0].start === 0 &&
    selected[0].end === group.rows;
  const chunks = leavesOfColumns(columns).map((node): ChunkRead => {
    const chunk = group.columns[node.leaf];
    const locations = isWhole ? undefined : indexes?.locations.get(node.leaf);
    const extent = inFile(file.chunkExtent(chunk), file);
    if (locations === undefined) return { node, chunk, pages: undefined, extents: [extent] };
    const pages = locations.filter((page, i) => {
      const end = locations[i + 1]?.firstRow ?? group.rows;
      return selected.some((range) => range.start < end && range.end > page.firstRow);
    });
    // What stands before the first page is the dictionary.
    const dictionary = { offset: extent.offset, length: locations[0].offset - extent.offset };
    if (dictionary.length < 0) throw new DamagedError("a page before its column chunk");
    const extents = mergeExtents([dictionary, ...pages]).map((each) => inFile(each, file));
    return { node, chunk, pages, extents };
  });
  return { ...planned, chunks, steps: planSteps(chunks, stepBytes) };
}

/**
 * Cuts what is read into steps of about `stepBytes`, each with its share of every column, since columns
 * are used up together.
 */
function planSteps(chunks: readonly ChunkRead[], stepBytes: number): StepRead[] {
  const lengths = chunks.map(({ extents }) => lengthOf(extents));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const count = Math.max(1, Math.ceil(total / stepBytes));
  const cuts = chunks.map(({ extents }, i) => cutInto(extents, Math.ceil(lengths[i] / count)));
  return Array.from({ length: count }, (_, step) => {
    const extents = cuts.map((pieces) => pieces[step] ?? []);
    return { extents, length: extents.reduce((sum, each) => sum + lengthOf(each), 0) };
  });
}

/** `extents` as lists of extents that have `size` bytes each, together, but for the last. */
function cutInto(extents: readonly Extent[], size: number): Extent[][] {
  const pieces: Extent[][] = [];
  let room = 0;
  for (const extent of extents) {
    let rest = extent;
    while (rest.length > 0) {
      if (room === 0) {
        pieces.push([]);
        room = size;
      }
      const [piece] = cutExtent(rest, room);
      pieces.at(-1)!.push(piece);
      room -= piece.length;
      rest = { offset: endOf(piece), length: rest.length - piece.length };
    }
  }
  return pieces;
}

function lengthOf(extents: readonly Extent[]): number {
  return extents.reduce((sum, { length }) => sum + length, 0);
}

/** The leaves of columns, each once. */
export function leavesOfColumns(columns: readonly FileColumn[]): LeafNode[] {
  const leaves = new Map(columns.flatMap(({ node }) => leavesOf(node)).map((n) => [n.leaf, n]));
  return [...leaves.values()];
}

/** What the statistics of a row group say of the values of a column. */
export function chunkBounds(
  file: ParquetFile,
  group: RowGroup,
): (name: string) => Bounds | undefined {
  return (name) => {
    const column = file.columns.find((each) => each.name === name);
    if (column?.node.kind !== "leaf") return undefined;
    const { node, typed } = column;
    const { statistics } = group.columns[node.leaf];
    return boundsOf(statistics, group.rows, node, file.leafType(typed, node), file.orderOf(node));
  };
}

interface IndexedColumn {
  readonly node: LeafNode;
  readonly type: ReturnType<ParquetFile["leafType"]>;
  readonly statistics: readonly PageStatistics[];
  readonly locations: readonly PageLocation[];
}

function pageBounds(
  file: ParquetFile,
  { node, type, statistics, locations }: IndexedColumn,
  page: number,
  groupRows: number,
): Bounds {
  const rows = (locations[page + 1]?.firstRow ?? groupRows) - locations[page].firstRow;
  const known = statistics[page];
  if (known.isAllNull) {
    return { rows, nulls: rows, min: undefined, max: undefined, mayBeNaN: false };
  }
  return boundsOf(known, rows, node, type, file.orderOf(node));
}

/** The last page that starts at `row` or before. */
function pageAt(locations: readonly PageLocation[], row: number): number {
  let low = 0;
  let high = locations.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (locations[middle].firstRow <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

function inFile(extent: Extent, { dataEnd }: ParquetFile): Extent {
  if (extent.offset < 0 || extent.length < 0 || endOf(extent) > dataEnd) {
    throw new DamagedError("a place outside of the file");
  }
  return extent;
}

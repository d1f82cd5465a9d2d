/**
 * What DuckDB asks of one Parquet file: pure, modelled on what DuckDB 1.5.5 was seen to ask.
 *
 * It reads the footer, then row group after row group. Without a filter, all chunks of a row group at
 * once where they are nearly all of it, else each run of near chunks. With a filter, first the filtered
 * columns, then the others. For the best rows of an order (late materialization), the ordered column of
 * the row groups that may have one when it comes to them, then the row groups in which the best rows are.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";
import { bindPredicate, type BoundPredicate } from "../../formats/evaluate.ts";
import { compareKeys, type Key } from "../../formats/keys.ts";
import type { ParquetFile } from "../../formats/parquet/file.ts";
import { chunkBounds, planGroups, type PlannedGroup } from "../../formats/parquet/plan.ts";
import type { RowGroup } from "../../formats/parquet/metadata.ts";
import { type ColumnNode, type LeafNode, leavesOf } from "../../formats/parquet/schema.ts";
import { columnsOf, type Predicate } from "../../formats/predicate.ts";
import { joined } from "../../gateway/ahead/chunk_plan.ts";
import { type ChoiceTally, chooseGroups } from "../../gateway/ahead/group_choice.ts";
import { readForTop } from "../../gateway/ahead/top_groups.ts";
import { coalesce } from "../../range/coalesce.ts";
import { contains, endOf, type Extent } from "../../range/range.ts";
import type { PlannedScan, ScannedChild, TopRows } from "./plan.ts";

/** Chunks no farther apart than this are asked for together, in bytes. */
const NEAR = 16 * 1024;

/** From this part of a row group on, all of it is asked for. */
const NEARLY_ALL = 0.95;

/** Bytes of a file's end that DuckDB asks for first, by the file's size: at least, at most. */
const FIRST_LEAST = 16 * 1024;
const FIRST_MOST = 256 * 1024;

/** What is asked of a file. */
export interface FileAsks {
  /** In their order; the footer's are not among them. */
  readonly asks: readonly Extent[];
  /** Of this, what the gateway fetches before it is asked for, because it knows the statement's plan. */
  readonly known: readonly Extent[];
  /** What the gateway may fetch besides, because it reads ahead of a scan that then ends. */
  readonly ahead: readonly Extent[];
  readonly groupsRead: number;
  readonly groups: number;
  /** Rows that the groups have which are read. */
  readonly rows: number;
}

/** What DuckDB asks for to have the footer of a file. */
export function footerAsks(size: number, footerBytes: number): Extent[] {
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, size / 1000)));
  const first = Math.min(size, Math.max(FIRST_LEAST, Math.min(FIRST_MOST, wanted)));
  const asks = [{ offset: size - first, length: first }];
  if (footerBytes > first) asks.push({ offset: size - footerBytes, length: footerBytes });
  return asks;
}

/** Bytes from the footer's start to the file's end. */
export function footerBytes({ dataEnd }: ParquetFile, size: number): number {
  return size - dataEnd;
}

/**
 * What `scan` asks of `file` after its footer.
 *
 * @param rowsLeft that a LIMIT still wants; Infinity without one
 * @param tally of a scan whose filter the gateway knows
 */
export function parquetAsks(
  file: ParquetFile,
  scan: PlannedScan,
  rowsLeft: number,
  tally?: ChoiceTally,
): FileAsks {
  const where = boundWhere(file, scan.where.predicate);
  const limit = where === undefined && Number.isFinite(rowsLeft) ? rowsLeft : undefined;
  const planned = planGroups(file, where, limit, "row-groups");
  const groups = planned.map(({ group }) => group);
  const leaves = scannedLeaves(file, scan);
  const filtered = new Set(
    file.columns.filter(({ name }) => scan.filtered.includes(name) || name === scan.top?.column)
      .flatMap(({ node }) => leavesOf(node)),
  );
  const first = leaves.filter((leaf) => filtered.has(leaf));
  const rest = leaves.filter((leaf) => !filtered.has(leaf));
  const asks = scan.top === undefined
    ? groups.flatMap((group) => [...groupAsks(group, first, rest)])
    : [
      ...groupsForTop(file, groups, scan.top).flatMap((group) => chunkAsks(group, first)),
      ...bestGroups(file, groups, scan.top).flatMap((group) => groupAsks(group, [], leaves)),
    ];
  return {
    asks,
    known: tally === undefined ? [] : knownAsks(file, scan, { all: leaves, first }, tally),
    ahead: scan.top === undefined && tally === undefined
      ? groupsAhead(file, planned).flatMap((group) => groupAsks(group, first, rest))
      : [],
    groupsRead: groups.length,
    groups: file.metadata.rowGroups.length,
    rows: groups.reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** What the gateway fetches at once, row group by row group. */
function knownAsks(
  { metadata }: ParquetFile,
  { where }: PlannedScan,
  { all, first }: { readonly all: readonly LeafNode[]; readonly first: readonly LeafNode[] },
  tally: ChoiceTally,
): Extent[] {
  const pathsOf = (leaves: readonly LeafNode[]) => leaves.map(({ path }) => path.join("."));
  const filter = {
    where: where.predicate,
    isWhole: where.isWhole,
    mentioned: [],
    columns: pathsOf(first),
  };
  const choices = chooseGroups(metadata, { columns: pathsOf(all), filter }, tally);
  return metadata.rowGroups.flatMap(({ columns }, index) => {
    const leaves = choices[index] === "all" ? all : choices[index] === "filtered" ? first : [];
    return joined(leaves.map(({ leaf }) => columns[leaf].extent));
  });
}

/** A scan from the start is followed by as many row groups as it took, another by a quarter of them. */
function groupsAhead(file: ParquetFile, planned: readonly PlannedGroup[]): RowGroup[] {
  if (planned.length < 2) return [];
  const from = planned[planned.length - 1].index + 1;
  const count = planned[0].index === 0 ? planned.length : Math.floor(planned.length / 4);
  return file.metadata.rowGroups.slice(from, from + count);
}

/** Columns of hive folders are in no file: what is said of them has chosen the files already. */
function boundWhere(
  file: ParquetFile,
  predicate: Predicate | undefined,
): BoundPredicate | undefined {
  if (predicate === undefined) return undefined;
  const terms = predicate.kind === "and" ? predicate.terms : [predicate];
  const bound = terms.flatMap((term) => {
    if (columnsOf(term).some((name) => !file.columns.some((column) => column.name === name))) {
      return [];
    }
    try {
      return [bindPredicate(term, file.schema)];
    } catch (error) {
      // A file may have another type than the table: then statistics leave nothing out.
      if (error instanceof UsageError) return [];
      throw error;
    }
  });
  return bound.length === 0 ? undefined : { kind: "and", terms: bound };
}

function scannedLeaves(file: ParquetFile, { columns }: PlannedScan): LeafNode[] {
  const leaves = columns.flatMap(({ name, children }) => {
    const node = file.columns.find((column) => column.name === name)?.node;
    return node === undefined ? [] : fieldLeaves(node, children);
  });
  return [...new Set(leaves)];
}

function fieldLeaves(node: ColumnNode, children: readonly ScannedChild[]): LeafNode[] {
  if (node.kind !== "struct" || children.length === 0) return leavesOf(node);
  return children.flatMap(({ index, children }) => fieldLeaves(node.children[index], children));
}

function groupAsks(
  group: RowGroup,
  first: readonly LeafNode[],
  rest: readonly LeafNode[],
): Extent[] {
  if (first.length > 0) {
    const others = chunkAsks(group, rest);
    // A filtered chunk between others that are asked for together comes with them.
    const filtered = chunkAsks(group, first)
      .filter((ask) => !others.some((other) => contains(other, ask)));
    return [...filtered, ...others];
  }
  const whole = group.columns.map(({ extent }) => extent);
  const bytes = rest.reduce((sum, { leaf }) => sum + group.columns[leaf].extent.length, 0);
  const total = whole.reduce((sum, { length }) => sum + length, 0);
  if (bytes <= total * NEARLY_ALL) return chunkAsks(group, rest);
  const offset = Math.min(...whole.map((extent) => extent.offset));
  return [{ offset, length: Math.max(...whole.map(endOf)) - offset }];
}

function chunkAsks(group: RowGroup, leaves: readonly LeafNode[]): Extent[] {
  const extents = leaves.map(({ leaf }) => group.columns[leaf].extent);
  return coalesce(extents, { gap: NEAR, cap: Infinity });
}

/** Row groups in which the best rows are looked for. */
function groupsForTop(file: ParquetFile, groups: readonly RowGroup[], top: TopRows): RowGroup[] {
  const extremes = groups.map((group) => {
    const { min, max } = chunkBounds(file, group)(top.column) ?? {};
    return { min, max, rows: group.rows };
  });
  const isRead = readForTop(extremes, top);
  return groups.filter((_, index) => isRead[index]);
}

/**
 * Row groups that hold the best rows. Each of the `rows` groups with the best extremes may hold one, and
 * no other can: there are `rows` values at least as good as the worst of these extremes. One of them is
 * left out where the groups before it are likely to hold that many better values, were their values
 * spread evenly: so it is with a table that is sorted.
 */
function bestGroups(file: ParquetFile, groups: readonly RowGroup[], top: TopRows): RowGroup[] {
  const sign = top.order === "descending" ? 1 : -1;
  const ranked: { group: RowGroup; best: Key; worst: Key }[] = [];
  for (const group of groups) {
    const { min, max } = chunkBounds(file, group)(top.column) ?? {};
    if (min === undefined || max === undefined) return groups.slice(0, top.rows);
    ranked.push(
      sign === 1 ? { group, best: max, worst: min } : { group, best: min, worst: max },
    );
  }
  const best = ranked.sort((a, b) => sign * compareKeys(b.best, a.best)).slice(0, top.rows);
  return best.filter((one, rank) => {
    const better = best.slice(0, rank).reduce((sum, other) => {
      const [from, at, to] = [other.worst, one.best, other.best].map(numberOf);
      const share = to === from ? 1 : Math.min(1, (to - at) / (to - from));
      return sum + Math.max(1, other.group.rows * share);
    }, 0);
    return better < top.rows;
  }).map(({ group }) => group);
}

/** For shares of a span alone: the first bytes of a text say enough. */
function numberOf(key: Key): number {
  if (typeof key !== "object") return Number(key);
  return Array.from({ length: 6 }, (_, i) => key[i] ?? 0)
    .reduce((number, byte) => number * 256 + byte, 0);
}

/**
 * What of each row group a filtered scan will most likely read, from the footer's statistics. Pure.
 *
 * DuckDB reads the filtered column of every row group that statistics leave it, and the others of those
 * in which a row fulfils the filter. What is fetched and not read is waste, so the others are fetched
 * ahead only where a row is likely.
 *
 * @module
 */
import type { BoundPredicate } from "../../formats/evaluate.ts";
import { compareKeys } from "../../formats/keys.ts";
import type { ParquetMetadata, RowGroup } from "../../formats/parquet/metadata.ts";
import { type LeafNode, leavesOf, schemaColumns } from "../../formats/parquet/schema.ts";
import type { CompareOp, Predicate } from "../../formats/predicate.ts";
import { type Bounds, mayHold } from "../../formats/prune.ts";
import type { ExpectedRead } from "./hint.ts";
import { chunkBounds, type LeafScale, scaleOf } from "./leaf_scale.ts";
import { readForTop } from "./top_groups.ts";

/**
 * What is fetched ahead of a row group: all columns of the scan, the filtered one, what the scan's
 * requests let expect, or nothing, because no row of it can be wanted.
 */
export type GroupChoice = "all" | "filtered" | "learned" | "none";

/** Row groups of a scan so far, and what was fetched of them on a guess. */
export interface ChoiceTally {
  groups: number;
  kept: number;
  guessed: number;
}

/** So many row groups, or this part of all, are few: the rows are likely sorted by what is asked for. */
const FEW = 2;
const FEW_OF_ALL = 1 / 4;

/** Rows, by estimate, from which on a row group is likely to have one. */
const LIKELY = 0.5;

/** Bytes that are fetched where part of the filter is not understood. */
const MOST_GUESSED = 16 * 1024 * 1024;

/** Chooses for each row group of a file; `tally` goes on from file to file of a scan. */
export function chooseGroups(
  metadata: ParquetMetadata,
  { columns, filter }: ExpectedRead & { readonly filter: NonNullable<ExpectedRead["filter"]> },
  tally: ChoiceTally,
): GroupChoice[] {
  const leaves = leavesByPath(metadata);
  const statistics = new Statistics(metadata, leaves);
  const where = filter.where && bind(filter.where, statistics);
  const kept = metadata.rowGroups.map((group) =>
    where === undefined || mayHold(where, (column) => statistics.bounds(column, group))
  );
  tally.groups += kept.length;
  tally.kept += kept.filter(Boolean).length;
  const areFew = tally.kept <= Math.max(FEW, tally.groups * FEW_OF_ALL);
  const rest = columns.filter((each) => !filter.columns.includes(each));
  return metadata.rowGroups.map((group, index) => {
    if (!kept[index]) return "none";
    const estimate = estimateOf(filter.where, statistics, group, filter.isWhole);
    if (estimate.isSure) return "all";
    const isLikely = estimate.rows >= LIKELY;
    if (isLikely && estimate.isWhole && (areFew || !estimate.isPoint)) return "all";
    if (isLikely && areFew) {
      const bytes = rest.reduce(
        (sum, path) => sum + (group.columns[leaves.get(path)?.leaf ?? -1]?.extent.length ?? 0),
        0,
      );
      if (tally.guessed + bytes <= MOST_GUESSED) {
        tally.guessed += bytes;
        return "all";
      }
    }
    // Of several filtered columns, DuckDB reads the second where a row fulfils the first.
    return filter.columns.length === 1 ? "filtered" : "learned";
  });
}

/** Chooses the row groups that a search for the best rows of `column` reads. */
export function chooseForTop(
  metadata: ParquetMetadata,
  { column, ...top }: NonNullable<ExpectedRead["top"]>,
): GroupChoice[] {
  const statistics = new Statistics(metadata, leavesByPath(metadata));
  const extremes = metadata.rowGroups.map((group) => {
    const { min, max } = statistics.bounds(column, group) ?? {};
    return { min, max, rows: group.rows };
  });
  return readForTop(extremes, top).map((isRead) => isRead ? "all" : "none");
}

function leavesByPath({ schema }: ParquetMetadata): ReadonlyMap<string, LeafNode> {
  try {
    return new Map(
      schemaColumns(schema).flatMap(leavesOf).map((leaf) => [leaf.path.join("."), leaf]),
    );
  } catch {
    return new Map(); // whoever reads the file tells what is wrong with it
  }
}

/** The statistics of a file's leaves. */
class Statistics {
  readonly #metadata: ParquetMetadata;
  readonly #leaves: ReadonlyMap<string, LeafNode>;
  readonly #scales = new Map<string, LeafScale | undefined>();

  constructor(metadata: ParquetMetadata, leaves: ReadonlyMap<string, LeafNode>) {
    this.#metadata = metadata;
    this.#leaves = leaves;
  }

  scale(column: string): LeafScale | undefined {
    if (!this.#scales.has(column)) {
      const leaf = this.#leaves.get(column);
      this.#scales.set(column, leaf && scaleOf(leaf));
    }
    return this.#scales.get(column);
  }

  bounds(column: string, group: RowGroup): Bounds | undefined {
    const leaf = this.#leaves.get(column);
    const chunk = leaf && group.columns[leaf.leaf];
    if (leaf === undefined || chunk === undefined) return undefined;
    const { columnOrders } = this.#metadata;
    const order = columnOrders === undefined ? undefined : columnOrders[leaf.leaf] ?? "unknown";
    return chunkBounds(chunk, group.rows, leaf, this.scale(column), order);
  }
}

/** `term` as far as it can be held against statistics: never narrower. */
function bind(term: Predicate, statistics: Statistics): BoundPredicate | undefined {
  switch (term.kind) {
    case "and": {
      const terms = term.terms.flatMap((each) => bind(each, statistics) ?? []);
      return terms.length === 0 ? undefined : { kind: "and", terms };
    }
    case "or": {
      const terms = term.terms.flatMap((each) => bind(each, statistics) ?? []);
      return terms.length < term.terms.length ? undefined : { kind: "or", terms };
    }
    case "not":
      return term.term.kind === "isNull" ? { kind: "not", term: term.term } : undefined;
    case "isNull":
      return term;
    case "compare": {
      const { column, op } = term;
      const key = statistics.scale(column)?.written(String(term.value));
      if (key === undefined) return undefined;
      return { kind: "compare", column, op, order: (value) => compareKeys(value, key) };
    }
    case "in":
    case "between":
      return undefined;
  }
}

/** How many rows of a row group a filter lets through. */
interface Estimate {
  /** As if values were spread evenly, and columns had nothing to do with each other. */
  readonly rows: number;
  /** Whether all of the filter has been taken into account. */
  readonly isWhole: boolean;
  /** Whether a single value is asked for: it may be nowhere. */
  readonly isPoint: boolean;
  /** Whether there is such a row: the smallest or the largest value is one. */
  readonly isSure: boolean;
}

/** Part of a column's values that a filter lets through. */
interface Span {
  from: number;
  to: number;
}

function estimateOf(
  where: Predicate | undefined,
  statistics: Statistics,
  group: RowGroup,
  isUnderstood: boolean,
): Estimate {
  const terms = where === undefined ? [] : where.kind === "and" ? where.terms : [where];
  const spans = new Map<string, Span & { readonly all: Span }>();
  let isWhole = isUnderstood;
  for (const term of terms) {
    if (term.kind !== "compare") {
      isWhole &&= term.kind === "not";
      continue;
    }
    const all = spanOf(statistics, term.column, group);
    const value = Number(statistics.scale(term.column)?.written(String(term.value)) ?? NaN);
    if (all === undefined || Number.isNaN(value)) {
      isWhole = false;
      continue;
    }
    const unit = statistics.scale(term.column)?.kind === "whole" ? 1 : 0;
    const span = spans.get(term.column) ?? { ...all, all };
    narrow(span, term.op, value, unit);
    spans.set(term.column, span);
  }
  let rows = group.rows;
  for (const { from, to, all } of spans.values()) {
    if (all.to > all.from) rows *= Math.min(1, Math.max(0, to - from) / (all.to - all.from));
  }
  const open = [...spans.values()].filter(({ from, to, all }) => from > all.from || to < all.to);
  return {
    rows,
    isWhole,
    isPoint: terms.some((term) => term.kind === "compare" && term.op === "="),
    isSure: isWhole && open.length <= 1 &&
      open.every(({ from, to, all }) => from === all.from || to === all.to),
  };
}

/** The values of a column in a row group: to the first that is above them, if they are whole numbers. */
function spanOf(statistics: Statistics, column: string, group: RowGroup): Span | undefined {
  const scale = statistics.scale(column);
  const { min, max } = statistics.bounds(column, group) ?? {};
  if (scale === undefined || scale.kind === "text" || min === undefined || max === undefined) {
    return undefined;
  }
  return { from: Number(min), to: Number(max) + (scale.kind === "whole" ? 1 : 0) };
}

function narrow(span: Span, op: CompareOp, value: number, unit: number): void {
  if (op === "=" || op === ">=") span.from = Math.max(span.from, value);
  if (op === ">") span.from = Math.max(span.from, value + unit);
  if (op === "=" || op === "<=") span.to = Math.min(span.to, value + unit);
  if (op === "<") span.to = Math.min(span.to, value);
}

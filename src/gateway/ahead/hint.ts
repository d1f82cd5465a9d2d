/**
 * What is known of a statement before it reads: from its plan.
 *
 * @module
 */
import { columnsOf, type Predicate } from "../../formats/predicate.ts";
import type { TopOrder } from "./top_groups.ts";

/** A scan that goes through its files to their end: one without a LIMIT. */
export interface HintedScan {
  /**
   * Names of the columns that it reads, at the top of the schema or fields of a STRUCT by their dotted
   * path, those of hive folders among them or not; undefined: all.
   */
  readonly columns: readonly string[] | undefined;
  /** What rows have to fulfil; undefined: nothing, so that all row groups are read. */
  readonly filter?: ScanFilter;
  /** The best rows that are looked for; the scan has then no filter. */
  readonly top?: TopOrder & { readonly column: string };
}

/** A filter of a scan, as far as DuckDB's text of it is understood. */
export interface ScanFilter {
  /** Columns are dotted paths, values are texts. Wider than the filter where that is not whole. */
  readonly where: Predicate | undefined;
  /** Whether `where` says all that the filter says. */
  readonly isWhole: boolean;
  /** What may be names of columns in the rest of it. */
  readonly mentioned: readonly string[];
}

/** The scans of a statement. Files are matched by their columns, so that no name of a file is needed. */
export interface ReadHint {
  readonly scans: readonly HintedScan[];
}

/** What of a file will be read. Columns are dotted paths of leaves. */
export interface ExpectedRead {
  readonly columns: readonly string[];
  /** Which of the columns are looked at first, and what decides about the others. */
  readonly filter: (ScanFilter & { readonly columns: readonly string[] }) | undefined;
  readonly top?: HintedScan["top"];
}

/**
 * What the statement will read of a file; undefined when none of its scans fits, or more than one that
 * differ.
 *
 * @param paths dotted paths of the file's leaves
 * @param key of the file: `year=2024/` in it is a column as well
 */
export function expectedRead(
  { scans }: ReadHint,
  paths: readonly string[],
  key: string,
): ExpectedRead | undefined {
  const folders = new Set([...key.matchAll(/([^/=]+)=[^/]*\//g)].map(([, name]) => name));
  const known = new Set(paths.flatMap(prefixesOf));
  const leaves = new Set(paths);
  const fitting = scans.filter(({ columns = [], filter, top }) =>
    columns.every((each) => known.has(each) || folders.has(each)) &&
    (top === undefined || leaves.has(top.column)) &&
    columnsOf(filter?.where).every((each) => known.has(each))
  );
  if (fitting.length !== 1) return undefined;
  const [{ columns, filter, top }] = fitting;
  const leavesOf = (names: readonly string[]) => {
    const wanted = new Set(names);
    return paths.filter((path) => prefixesOf(path).some((each) => wanted.has(each)));
  };
  if (filter === undefined) {
    const read = columns === undefined ? paths : leavesOf(columns);
    return top === undefined ? { columns: read, filter } : { columns: read, filter, top };
  }
  const filtered = leavesOf([
    ...columnsOf(filter.where),
    ...filter.mentioned.filter((each) => leaves.has(each)),
  ]);
  return {
    columns: columns === undefined ? paths : leavesOf([...columns, ...filtered]),
    filter: { ...filter, columns: filtered },
  };
}

/** `a`, `a.b` and `a.b.c` of `a.b.c`. A name with a dot in it is not told from a struct. */
function prefixesOf(path: string): string[] {
  const parts = path.split(".");
  return parts.map((_, i) => parts.slice(0, i + 1).join("."));
}

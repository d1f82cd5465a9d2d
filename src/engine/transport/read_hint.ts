/**
 * What a statement will read, from DuckDB's plan of it, said to the gateway before it runs. Without it
 * the gateway learns the columns from the first requests, which costs a round trip for each.
 *
 * @module
 */
import type { HintedScan, ReadHint } from "../../gateway/ahead/hint.ts";
import { s3Texts } from "../sql/references.ts";
import { type Statement, wordsOf } from "../sql/tokens.ts";
import { scanFilter } from "./scan_filter.ts";

const PARQUET = /\.(parquet|pq|geoparquet)$/i;
const PARQUET_FUNCTIONS = new Set(["READ_PARQUET", "PARQUET_SCAN"]);
/** What has planning open every file, or read data. */
const DEAR =
  /^(UNION_BY_NAME|READ_CSV(_AUTO)?|SNIFF_CSV|READ_(ND)?JSON\w*|READ_(TEXT|BLOB)|ST_READ\w*|GLOB|\w*_SCAN|QUERY|QUERY_TABLE)$/;

/** Whether planning `statement` asks only for ends of Parquet files, which running it needs too. */
export function isCheaplyPlanned(statement: Statement, values: readonly unknown[] = []): boolean {
  const texts = s3Texts(statement, values);
  if (texts.length === 0) return false;
  const words = wordsOf(statement);
  const isParquet = words.some((word) => PARQUET_FUNCTIONS.has(word)) ||
    texts.every((text) => PARQUET.test(text));
  return isParquet && !words.some((word) => DEAR.test(word) && !PARQUET_FUNCTIONS.has(word));
}

interface PlanNode {
  readonly name?: string;
  readonly children?: readonly PlanNode[];
  readonly extra_info?: Readonly<Record<string, unknown>>;
}

/** The scans of a plan that go through files to their end, or look for the best rows of them. Pure. */
export function hintOf(explained: string): ReadHint {
  // Rows that were chosen already are fetched by their place: not all of the file is read.
  const isLate = explained.includes("file_row_number = file_row_number");
  const plan: unknown = JSON.parse(explained);
  const scans: HintedScan[] = [];
  const visit = ({ name = "", children = [], extra_info = {} }: PlanNode): void => {
    if (/LIMIT/.test(name)) return;
    const [child] = children;
    if (name === "TOP_N" && /PARQUET/.test(child?.name ?? "")) {
      scans.push(...topScanOf(extra_info, child.extra_info ?? {}));
      return;
    }
    if (/PARQUET/.test(name) && !isLate) scans.push(...scanOf(extra_info));
    for (const child of children) visit(child);
  };
  for (const root of Array.isArray(plan) ? plan : [plan]) visit(root as PlanNode);
  return { scans };
}

/** A scan for the best rows by one of its columns, where DuckDB filters by what it has found so far. */
function topScanOf(
  top: Readonly<Record<string, unknown>>,
  info: Readonly<Record<string, unknown>>,
): HintedScan[] {
  const [filter, ...others] = filtersOf(info) ?? [];
  const [, column] = /^optional: Dynamic Filter \((.+)\)$/.exec(filter ?? "") ?? [];
  const [, direction] = / (ASC|DESC)$/.exec(textsOf(top["Order By"])[0] ?? "") ?? [];
  const rows = Number(top.Top) + Number(top.Offset ?? 0);
  if (column === undefined || others.length > 0 || direction === undefined) return [];
  if (!Number.isSafeInteger(rows)) return [];
  const order = direction === "DESC" ? "descending" : "ascending";
  return [{ columns: textsOf(info.Projections), top: { column, order, rows } }];
}

/** None where values that only running shows leave rows out. */
function scanOf(info: Readonly<Record<string, unknown>>): HintedScan[] {
  const columns = textsOf(info.Projections);
  const filters = filtersOf(info);
  if (filters === undefined || filters.some((text) => /\bDynamic Filter\b/i.test(text))) return [];
  return [filters.length === 0 ? { columns } : { columns, filter: scanFilter(filters) }];
}

/** Undefined where hive folders leave files out. */
function filtersOf(info: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const isOther = Object.keys(info).some((key) => /filter/i.test(key) && key !== "Filters");
  return isOther ? undefined : textsOf(info.Filters);
}

/** A single one is a text, none is an empty one or nothing at all. */
function textsOf(info: unknown): readonly string[] {
  if (Array.isArray(info)) return info.map(String);
  return typeof info === "string" && info !== "" ? [info] : [];
}

/**
 * The scans of a statement, from DuckDB's own plan of it: pure.
 *
 * `json_serialize_plan` gives the optimized plan with the files, columns and filters of each scan, hive
 * folders and file names already filtered. It cannot serialize late materialization, so the plan is made
 * without it, and whether DuckDB would use it is read off EXPLAIN.
 *
 * @module
 */
import { allOf, type FilterTerms, filterTerms, type SerializedFilter } from "./table_filter.ts";

/** A column that a scan reads; with `children`, only these fields of a STRUCT. */
export interface ScannedColumn {
  readonly name: string;
  readonly children: readonly ScannedChild[];
}

/** A field of a STRUCT, by its place. */
export interface ScannedChild {
  readonly index: number;
  readonly children: readonly ScannedChild[];
}

/** One scan of Parquet files. */
export interface PlannedScan {
  /** Addresses, hive folders and file names filtered. */
  readonly files: readonly string[];
  /** Files before that; undefined where nothing was filtered. */
  readonly filesBefore: number | undefined;
  /** Whether all files are opened to find the columns. */
  readonly unionByName: boolean;
  readonly columns: readonly ScannedColumn[];
  /** Names of all columns of the table. */
  readonly tableColumns: readonly string[];
  /** Names of the columns that are filtered while they are read. */
  readonly filtered: readonly string[];
  readonly where: FilterTerms;
  /** Whether values found while running filter as well. */
  readonly isDynamic: boolean;
  /** Rows after which a LIMIT ends the scan; undefined where there is none. */
  readonly limit: number | undefined;
  /** The best rows that are looked for first; their other columns are read afterwards. */
  readonly top: TopRows | undefined;
}

/** `ORDER BY column LIMIT rows`. */
export interface TopRows {
  readonly column: string;
  readonly order: "ascending" | "descending";
  readonly rows: number;
}

/** The scans of a plan. */
export interface PlannedStatement {
  readonly scans: readonly PlannedScan[];
  /** Names of scans of other kinds than Parquet. */
  readonly others: readonly string[];
  /** Where a COPY writes. */
  readonly target: string | undefined;
}

interface PlanNode {
  readonly type: string;
  readonly children?: readonly PlanNode[];
  readonly name?: string;
  readonly file_path?: string;
  readonly names?: readonly string[];
  readonly table_filters?: {
    readonly filters?: readonly { readonly key: number; readonly value: SerializedFilter }[];
  };
  readonly function_data?: {
    readonly files?: readonly string[];
    readonly parquet_options?: { readonly file_options?: { readonly union_by_name?: boolean } };
  };
  readonly column_indexes?: readonly ColumnIndex[];
  readonly extra_info?: { readonly total_files?: number | bigint };
  readonly limit?: number;
  readonly offset?: number;
  readonly limit_val?: LimitValue;
  readonly offset_val?: LimitValue;
  readonly orders?: readonly {
    readonly type: string;
    readonly expression?: { readonly alias?: string };
  }[];
}

interface ColumnIndex {
  readonly index: number | bigint;
  readonly child_indexes?: readonly ColumnIndex[];
}

interface LimitValue {
  readonly type: string;
  readonly constant_integer?: number;
}

/** What is above a scan. */
interface Above {
  readonly limit: number | undefined;
  readonly top: { readonly node: PlanNode; readonly rows: number } | undefined;
  readonly isJoined: boolean;
}

const NOTHING: Above = { limit: undefined, top: undefined, isJoined: false };

/** Above this, DuckDB writes "not counted". */
const MOST_FILES = 2 ** 53;

/**
 * The scans of a serialized plan.
 *
 * @param text of `json_serialize_plan`
 * @param explained of `EXPLAIN (FORMAT JSON)`, which shows late materialization
 * @returns undefined where DuckDB could not serialize the plan
 */
export function plannedScans(text: string, explained: string): PlannedStatement | undefined {
  const { error, plans } = parseExactly(text) as {
    readonly error: boolean;
    readonly plans?: readonly PlanNode[];
  };
  if (error || plans === undefined) return undefined;
  const scans: PlannedScan[] = [];
  const others: string[] = [];
  // A late materialization joins rows that were chosen with their other columns, by their place.
  let late = explained.split('"file_row_number = file_row_number"').length - 1;
  const visit = (node: PlanNode, above: Above): void => {
    if (node.type === "LOGICAL_GET") {
      if (node.function_data?.files === undefined || !/parquet/.test(node.name ?? "")) {
        others.push(node.name ?? "a table function");
        return;
      }
      const scan = scanOf(node, above, late > 0);
      if (scan.top !== undefined) late--;
      scans.push(scan);
      return;
    }
    const next = below(node, above);
    for (const child of node.children ?? []) visit(child, next);
  };
  for (const plan of plans) visit(plan, NOTHING);
  return { scans, others, target: plans[0]?.file_path };
}

function below(node: PlanNode, above: Above): Above {
  switch (node.type) {
    case "LOGICAL_PROJECTION":
    case "LOGICAL_COPY_TO_FILE":
      return above;
    case "LOGICAL_LIMIT":
      return { ...NOTHING, isJoined: above.isJoined, limit: rowsOf(node) };
    case "LOGICAL_TOP_N":
      return {
        ...NOTHING,
        isJoined: above.isJoined,
        top: { node, rows: (node.limit ?? 0) + (node.offset ?? 0) },
      };
    case "LOGICAL_COMPARISON_JOIN":
    case "LOGICAL_DELIM_JOIN":
      return { ...NOTHING, isJoined: true };
    default:
      return { ...NOTHING, isJoined: above.isJoined };
  }
}

function rowsOf({ limit_val: limit, offset_val: offset }: PlanNode): number | undefined {
  if (limit?.type !== "CONSTANT_VALUE" || limit.constant_integer === undefined) return undefined;
  return limit.constant_integer + (offset?.constant_integer ?? 0);
}

function scanOf(node: PlanNode, above: Above, isLate: boolean): PlannedScan {
  const names = node.names ?? [];
  const filters = (node.table_filters?.filters ?? []).map(({ key, value }) => ({
    name: names[key],
    value,
  }));
  const total = Number(node.extra_info?.total_files ?? Infinity);
  const columns = (node.column_indexes ?? []).filter(({ index }) => index < names.length);
  const top = isLate ? topOf(above, filters, names) : undefined;
  return {
    files: node.function_data?.files ?? [],
    filesBefore: total < MOST_FILES ? total : undefined,
    unionByName: node.function_data?.parquet_options?.file_options?.union_by_name === true,
    columns: columns.map((column) => ({
      name: names[Number(column.index)],
      children: childrenOf(column),
    })),
    tableColumns: names,
    filtered: [...new Set(filters.map(({ name }) => name))],
    where: allOf(
      filters.filter(({ value }) => !isDynamic(value))
        .map(({ name, value }) => filterTerms(value, name)),
    ),
    isDynamic: above.isJoined ||
      (top === undefined && filters.some(({ value }) => isDynamic(value))),
    limit: above.limit,
    top,
  };
}

function topOf(
  { top }: Above,
  filters: readonly { readonly name: string; readonly value: SerializedFilter }[],
  names: readonly string[],
): TopRows | undefined {
  const order = top?.node.orders?.[0];
  if (top === undefined || order === undefined) return undefined;
  const alias = order.expression?.alias?.split(".").at(-1)?.replace(/^"|"$/g, "");
  const column = filters.find(({ value }) => isDynamic(value))?.name ??
    names.find((name) => name === alias);
  if (column === undefined) return undefined;
  return {
    column,
    order: order.type === "DESCENDING" ? "descending" : "ascending",
    rows: top.rows,
  };
}

function isDynamic({ filter_type: type, child_filter: child }: SerializedFilter): boolean {
  return type === "DYNAMIC_FILTER" || (child !== undefined && isDynamic(child));
}

function childrenOf({ child_indexes: children = [] }: ColumnIndex): ScannedChild[] {
  return children.map((child) => ({ index: Number(child.index), children: childrenOf(child) }));
}

/** JSON in which integers that no number holds are bigints. */
function parseExactly(text: string): unknown {
  const revive = (_key: string, value: unknown, context?: { readonly source: string }): unknown =>
    typeof value === "number" && !Number.isSafeInteger(value) &&
      /^-?\d+$/.test(context?.source ?? "")
      ? BigInt(context!.source)
      : value;
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

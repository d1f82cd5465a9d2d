/**
 * One scan's share of a forecast, put together from its files.
 *
 * @module
 */
import type { ParquetFile } from "../../formats/parquet/file.ts";
import { type Extent, mergeExtents, subtractExtents } from "../../range/range.ts";
import { redact } from "../../redaction.ts";
import type { Transport } from "../report.ts";
import type { Certainty, ForecastBytes, ScanForecast } from "./forecast.ts";
import type { FoundObject, FoundObjects } from "./objects.ts";
import { footerAsks, footerBytes, parquetAsks } from "./parquet_asks.ts";
import type { PlannedScan } from "./plan.ts";
import { listingBytes, wireCost } from "./wire.ts";

/** A file of a scan whose footer was read. */
export interface ScannedFile {
  readonly object: FoundObject;
  readonly held: readonly Extent[] | undefined;
  readonly file: ParquetFile;
  /** Whether its rows are read, and not only its footer. */
  readonly isScanned: boolean;
}

/** What reading one or more files costs. */
interface Cost {
  readonly bytes: ForecastBytes;
  readonly requests: number;
  readonly asked: number;
  readonly groupsRead: number;
  readonly groups: number;
}

const FREE: Cost = {
  bytes: { needed: 0, cached: 0, read: 0 },
  requests: 0,
  asked: 0,
  groupsRead: 0,
  groups: 0,
};

/**
 * The forecast of a scan of Parquet files.
 *
 * @param files those whose footers were read: all, or a sample of those that are scanned
 * @param scanned files that are scanned
 * @param plan whether the gateway knows the statement's plan
 */
export function parquetScan(
  uri: string,
  scan: PlannedScan,
  found: FoundObjects,
  files: readonly ScannedFile[],
  scanned: number,
  transport: Transport,
  plan: "known" | "unknown",
): ScanForecast {
  const tally = transport === "gateway" && plan === "known" && isHinted(scan)
    ? { groups: 0, kept: 0, guessed: 0 }
    : undefined;
  const limit = limitOf(scan);
  let rowsLeft = limit;
  let read = 0;
  let goesPast = false;
  const sampled: Cost[] = [];
  let others = FREE;
  for (const { object, held, file, isScanned } of files) {
    const footer = footerAsks(object.size, footerBytes(file, object.size));
    if (!isScanned) {
      others = add(others, costOf(object, held, footer, transport));
      continue;
    }
    if (rowsLeft <= 0) break;
    const { asks, known, ahead, rows, groupsRead, groups } = parquetAsks(
      file,
      scan,
      rowsLeft,
      tally,
    );
    rowsLeft -= rows;
    read++;
    const all = transport === "gateway" ? [...asks, ...ahead] : asks;
    goesPast ||= all.length > asks.length;
    const cost = costOf(object, held, [...footer, ...all], transport, [...footer, ...known]);
    sampled.push({ ...cost, groupsRead, groups });
  }
  const isSample = limit === Infinity && read < scanned;
  const sum = sampled.reduce(add, FREE);
  const total = isSample ? scaled(sum, scanned / Math.max(1, read)) : sum;
  const ahead = transport === "gateway" && !isSample
    ? filesAhead(found, files, sampled.filter(({ groupsRead }) => groupsRead > 0))
    : FREE;
  goesPast ||= ahead.requests > 0;
  const cost = add(add(add(total, others), listingCost(found)), ahead);
  const columns = scan.columns.map(({ name }) => redact(name));
  return {
    uri: redact(uri),
    format: "parquet",
    files: {
      read: isSample ? scanned : read,
      of: Math.max(scan.filesBefore ?? 0, scan.files.length, found.objects.length),
    },
    size: found.objects.reduce((bytes, { size }) => bytes + size, 0),
    rowGroups: { read: cost.groupsRead, of: cost.groups },
    columns: [...new Set(columns)],
    columnCount: scan.tableColumns.length,
    bytes: cost.bytes,
    requests: cost.requests,
    asked: cost.asked,
    ...certaintyOf(scan, isSample, goesPast),
  };
}

/** Whether the gateway is told what the scan filters. */
function isHinted({ filtered, limit, top, isDynamic }: PlannedScan): boolean {
  return filtered.length > 0 && limit === undefined && top === undefined && !isDynamic;
}

/** Files of a listing whose ends the gateway fetches before they are asked for. */
const FILES_AHEAD = 16;

/** What the gateway may fetch of files that are then not read. */
function filesAhead(
  { objects }: FoundObjects,
  files: readonly ScannedFile[],
  touched: readonly Cost[],
): Cost {
  const known = new Set(files.map(({ object }) => object.uri));
  const unread = objects.filter(({ uri, isListed }) => isListed && !known.has(uri));
  const ends = unread.slice(0, FILES_AHEAD)
    .map((object) => costOf(object, undefined, [], "gateway")).reduce(add, FREE);
  // As many files as were read are looked for behind them.
  const isPart = touched.length >= 2 && touched.length < objects.length;
  const data = isPart ? touched.reduce(add, FREE) : FREE;
  return { ...add(ends, data), asked: 0, groupsRead: 0, groups: 0 };
}

function certaintyOf(
  scan: PlannedScan,
  isSample: boolean,
  goesPast: boolean,
): { readonly certainty: Certainty; readonly reason: string | undefined } {
  const reason = scan.isDynamic
    ? "values found while running may leave out more"
    : !scan.where.isWhole
    ? "a condition that statistics cannot answer may leave out more"
    : scan.limit !== undefined && scan.where.predicate !== undefined
    ? "the LIMIT may be reached earlier"
    : isSample && scan.where.predicate !== undefined
    ? "only some of the files were looked into"
    : goesPast
    ? "the gateway may read ahead of where the scan ends"
    : undefined;
  return { certainty: reason === undefined ? "estimate" : "upper bound", reason };
}

/** Rows after which the scan ends: a condition may want any number of them. */
export function limitOf({ limit, where, filtered, isDynamic }: PlannedScan): number {
  const isFiltered = where.predicate !== undefined || filtered.length > 0 || isDynamic;
  return isFiltered ? Infinity : limit ?? Infinity;
}

/** The forecast of files of which only the footers are read, because statistics are the answer. */
export function footerScan(
  uri: string,
  found: FoundObjects,
  files: readonly ScannedFile[],
  transport: Transport,
): ScanForecast {
  const costs = files.map(({ object, held, file }) => ({
    ...costOf(object, held, footerAsks(object.size, footerBytes(file, object.size)), transport),
    groups: file.metadata.rowGroups.length,
  }));
  const cost = add(costs.reduce(add, FREE), listingCost(found));
  return {
    uri: redact(uri),
    format: "parquet",
    files: { read: files.length, of: found.objects.length },
    size: found.objects.reduce((bytes, { size }) => bytes + size, 0),
    rowGroups: { read: 0, of: cost.groups },
    columns: [],
    columnCount: files[0]?.file.columns.length,
    bytes: cost.bytes,
    requests: cost.requests,
    asked: cost.asked,
    certainty: "estimate",
    reason: undefined,
  };
}

/** The forecast of files that are read from end to end, as far as can be seen. */
export function wholeScan(
  uri: string,
  format: ScanForecast["format"],
  found: FoundObjects,
  held: readonly (readonly Extent[] | undefined)[],
  transport: Transport,
): ScanForecast {
  const costs = found.objects.map((object, i) =>
    costOf(object, held[i], [{ offset: 0, length: object.size }], transport)
  );
  const cost = add(costs.reduce(add, FREE), listingCost(found));
  return {
    uri: redact(uri),
    format,
    files: { read: found.objects.length, of: found.objects.length },
    size: found.objects.reduce((bytes, { size }) => bytes + size, 0),
    rowGroups: undefined,
    columns: undefined,
    columnCount: undefined,
    bytes: cost.bytes,
    requests: cost.requests,
    asked: cost.asked,
    certainty: "upper bound",
    reason: format === "parquet"
      ? "DuckDB does not tell its plan of this statement"
      : "rows are read from the start on, as far as the statement wants",
  };
}

function costOf(
  object: FoundObject,
  held: readonly Extent[] | undefined,
  asks: readonly Extent[],
  transport: Transport,
  first: readonly Extent[] = [],
): Cost {
  let covered: Extent[] = [];
  let asked = object.isListed ? 0 : 1;
  for (const ask of asks) {
    if (subtractExtents(ask, covered).length > 0) asked++;
    covered = mergeExtents([...covered, ask]);
  }
  if (transport === "gateway") {
    return { ...FREE, ...wireCost({ ...object, held }, [...first, ...asks]), asked };
  }
  const needed = covered.reduce((sum, { length }) => sum + length, 0);
  return { ...FREE, bytes: { needed, cached: 0, read: needed }, requests: asked, asked };
}

function listingCost({ pages, listed }: FoundObjects): Cost {
  const bytes = pages === 0 ? 0 : listingBytes(listed, pages);
  return {
    ...FREE,
    bytes: { needed: bytes, cached: 0, read: bytes },
    requests: pages,
    asked: pages,
  };
}

function add(a: Cost, b: Cost): Cost {
  return {
    bytes: {
      needed: a.bytes.needed + b.bytes.needed,
      cached: a.bytes.cached + b.bytes.cached,
      read: a.bytes.read + b.bytes.read,
    },
    requests: a.requests + b.requests,
    asked: a.asked + b.asked,
    groupsRead: a.groupsRead + b.groupsRead,
    groups: a.groups + b.groups,
  };
}

function scaled(cost: Cost, by: number): Cost {
  const times = (value: number) => Math.round(value * by);
  return {
    bytes: {
      needed: times(cost.bytes.needed),
      cached: times(cost.bytes.cached),
      read: times(cost.bytes.read),
    },
    requests: times(cost.requests),
    asked: times(cost.asked),
    groupsRead: times(cost.groupsRead),
    groups: times(cost.groups),
  };
}

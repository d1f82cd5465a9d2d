/**
 * What a statement cost: the published schema of `result.report`.
 *
 * @module
 */
import type { ReadCounts } from "../range/counts.ts";
import { addTotals, type ForecastTotals } from "./forecast/forecast.ts";

/** Requests sent to the store, by kind. */
export interface RequestCounts {
  /** GetObject. */
  readonly get: number;
  /** HeadObject and HeadBucket. */
  readonly head: number;
  /** ListObjects, ListBuckets. */
  readonly list: number;
  /** PutObject, and the requests of a multipart upload. */
  readonly put: number;
  /** All others, deletes among them. */
  readonly other: number;
}

/** How the bytes travelled. */
export type Transport = "direct" | "gateway";

/** Bytes of objects. */
export interface ReportedBytes {
  /** Received from the store. */
  readonly read: number;
  /** Sent to the store. */
  readonly written: number;
  /** Asked for by the query; in direct transport, what was received. */
  readonly asked: number;
  /** Of these, what a cache of Dipper's answered: {@link fromMemory} and {@link fromDisk}. */
  readonly cached: number;
  readonly fromMemory: number;
  readonly fromDisk: number;
  /** Received ahead of the query, which then did not ask for them. */
  readonly unread: number;
  /** Of the objects touched, all of each; 0 where their sizes are not known. */
  readonly ofFiles: number;
}

/** What a statement cost. */
export interface Report {
  /** Wall time from the call to the last row, in seconds. */
  readonly seconds: number;
  /** Rows in the result, or rows written. */
  readonly rows: number;
  readonly requests: RequestCounts;
  readonly bytes: ReportedBytes;
  /** Requests sent again after a failure. */
  readonly retries: number;
  /** Second requests for what was late. */
  readonly hedges: number;
  /** Distinct objects touched. */
  readonly files: number;
  readonly transport: Transport;
  /** Of the requests, those that went past the gateway: to a URL, or with a secret made in SQL. */
  readonly bypassed: number;
  /** What was forecast, where it was asked for. Making the forecast is no part of the other numbers. */
  readonly forecast?: ForecastTotals;
}

/** A report of nothing. */
export function emptyReport(transport: Transport): Report {
  return {
    seconds: 0,
    rows: 0,
    requests: { get: 0, head: 0, list: 0, put: 0, other: 0 },
    bytes: noBytes(),
    retries: 0,
    hedges: 0,
    files: 0,
    transport,
    bypassed: 0,
  };
}

/** What two pieces of work cost together; rows and transport are those of the second. */
export function addReports(first: Report, second: Report): Report {
  return {
    seconds: first.seconds + second.seconds,
    rows: second.rows,
    requests: addRequestCounts(first.requests, second.requests),
    bytes: addBytes(first.bytes, second.bytes),
    retries: first.retries + second.retries,
    hedges: first.hedges + second.hedges,
    files: first.files + second.files,
    transport: second.transport,
    bypassed: first.bypassed + second.bypassed,
    ...addForecasts(first, second),
  };
}

/** Where one of the two was not forecast and sent requests, the other's forecast is a lower bound. */
function addForecasts(first: Report, second: Report): { readonly forecast?: ForecastTotals } {
  if (first.forecast === undefined && second.forecast === undefined) return {};
  return { forecast: addTotals(forecastOrNone(first), forecastOrNone(second)) };
}

function forecastOrNone({ forecast, requests }: Report): ForecastTotals {
  if (forecast !== undefined) return forecast;
  const certainty = totalRequests(requests) > 0 ? "lower bound" : "estimate";
  return { requests: 0, bytes: 0, certainty };
}

/** No bytes. */
export function noBytes(): ReportedBytes {
  return {
    read: 0,
    written: 0,
    asked: 0,
    cached: 0,
    fromMemory: 0,
    fromDisk: 0,
    unread: 0,
    ofFiles: 0,
  };
}

/** The sum, part by part. */
export function addBytes(first: ReportedBytes, second: ReportedBytes): ReportedBytes {
  return {
    read: first.read + second.read,
    written: first.written + second.written,
    asked: first.asked + second.asked,
    cached: first.cached + second.cached,
    fromMemory: first.fromMemory + second.fromMemory,
    fromDisk: first.fromDisk + second.fromDisk,
    unread: first.unread + second.unread,
    ofFiles: first.ofFiles + second.ofFiles,
  };
}

/** What the reading core counted, as a report has it. */
export function bytesOfReads(reads: ReadCounts): ReportedBytes {
  const { asked, fromWire, fromMemory, fromDisk } = reads;
  return {
    ...noBytes(),
    asked,
    read: fromWire,
    cached: fromMemory + fromDisk,
    fromMemory,
    fromDisk,
  };
}

/** The sum, kind by kind. */
export function addRequestCounts(first: RequestCounts, second: RequestCounts): RequestCounts {
  return {
    get: first.get + second.get,
    head: first.head + second.head,
    list: first.list + second.list,
    put: first.put + second.put,
    other: first.other + second.other,
  };
}

/** All requests, whatever their kind. */
export function totalRequests({ get, head, list, put, other }: RequestCounts): number {
  return get + head + list + put + other;
}

/** `report` with what was read besides by the reading core. */
export function addReads(report: Report, reads: ReadCounts): Report {
  const { requests, bytes } = report;
  return {
    ...report,
    requests: {
      ...requests,
      get: requests.get + reads.requests,
      head: requests.head + reads.heads,
    },
    bytes: addBytes(bytes, bytesOfReads(reads)),
    retries: report.retries + reads.retries,
    hedges: report.hedges + reads.hedges,
  };
}

/**
 * What a statement cost: the published schema of `result.report`.
 *
 * @module
 */
import type { ReadCounts } from "../range/counts.ts";
import type { ForecastTotals } from "./forecast/forecast.ts";

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

/** Bytes of bodies. */
export interface ReportedBytes {
  /** Received from the store, messages and listings among them. */
  readonly read: number;
  /** Sent to the store. */
  readonly written: number;
  /** Answered from a cache of Dipper's, in memory or on disk. */
  readonly cached: number;
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
  /** What was forecast, where {@link QueryOptions.forecast} asked for it. */
  readonly forecast?: ForecastTotals;
}

/** A report of nothing. */
export function emptyReport(transport: Transport): Report {
  return {
    seconds: 0,
    rows: 0,
    requests: { get: 0, head: 0, list: 0, put: 0, other: 0 },
    bytes: { read: 0, written: 0, cached: 0, ofFiles: 0 },
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
    bytes: {
      read: first.bytes.read + second.bytes.read,
      written: first.bytes.written + second.bytes.written,
      cached: first.bytes.cached + second.bytes.cached,
      ofFiles: first.bytes.ofFiles + second.bytes.ofFiles,
    },
    retries: first.retries + second.retries,
    hedges: first.hedges + second.hedges,
    files: first.files + second.files,
    transport: second.transport,
    bypassed: first.bypassed + second.bypassed,
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
    bytes: {
      ...bytes,
      read: bytes.read + reads.fromWire,
      cached: bytes.cached + reads.fromMemory + reads.fromDisk,
    },
    retries: report.retries + reads.retries,
    hedges: report.hedges + reads.hedges,
  };
}

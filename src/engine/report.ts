/**
 * What a statement cost: the published schema of `result.report`.
 *
 * @module
 */

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

/** What a statement cost. */
export interface Report {
  /** Wall time from the call to the last row, in seconds. */
  readonly seconds: number;
  /** Rows in the result, or rows written. */
  readonly rows: number;
  readonly requests: RequestCounts;
  /** Bytes of bodies: received from the store, sent to it, answered from a cache of Dipper's. */
  readonly bytes: { readonly read: number; readonly written: number; readonly cached: number };
  /** Requests sent again after a failure. */
  readonly retries: number;
  /** Distinct objects touched. */
  readonly files: number;
  readonly transport: Transport;
}

/** A report of nothing. */
export function emptyReport(transport: Transport): Report {
  return {
    seconds: 0,
    rows: 0,
    requests: { get: 0, head: 0, list: 0, put: 0, other: 0 },
    bytes: { read: 0, written: 0, cached: 0 },
    retries: 0,
    files: 0,
    transport,
  };
}

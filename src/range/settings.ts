/**
 * The numbers that reading is tuned by.
 *
 * @module
 */

/** How to read; every number has a default that suits object stores. */
export interface ReadSettings {
  /** Large reads are cut into requests of about so many bytes, which run side by side. */
  readonly partSize: number;
  /** Reads that become one request over a gap stay under so many bytes. */
  readonly coalesceCap: number;
  /** Bytes between two reads that are fetched along; undefined: from the measured line. */
  readonly coalesceGap: number | undefined;
  /** Bytes that a stream fetches ahead of its reader. */
  readonly streamWindow: number;
  /** Bytes that all streams together fetch ahead of their readers. */
  readonly streamBudget: number;
  /** Bytes that the gateway fetches ahead of what a client of it asks for; 0: none. */
  readonly aheadMost: number;
  /** Requests under way per host: what is started with, and the most. */
  readonly requestsStart: number;
  readonly requestsMost: number;
  /** Part of all requests that may be sent a second time because the first is late. */
  readonly hedgeShare: number;
  /** Milliseconds in which failures may be retried without progress. */
  readonly retryBudget: number;
  /** Milliseconds until a service that refuses connections or has no address is given up. */
  readonly unreachableBudget: number;
  /** Milliseconds of the first and of the longest wait before a retry, before jitter. */
  readonly backoffFirst: number;
  readonly backoffMost: number;
  /** Milliseconds until the head of an answer must be there. */
  readonly headTimeout: number;
  /** Milliseconds without a byte after which a body counts as broken. */
  readonly idleTimeout: number;
}

/**
 * Parts of 2 MiB and 64 requests under way were the best of those tried against an origin of 30 and
 * 100 ms and 90 MB/s a connection; the bytes that may be under way keep large reads to that. For small
 * reads twice to four times as many are better still: it starts with 128, and the limit grows while
 * requests wait, none is refused and answers do not come later.
 */
export const DEFAULT_SETTINGS: ReadSettings = {
  partSize: 2 * 1024 * 1024,
  coalesceCap: 8 * 1024 * 1024,
  coalesceGap: undefined,
  streamWindow: 32 * 1024 * 1024,
  streamBudget: 128 * 1024 * 1024,
  aheadMost: 40 * 1024 * 1024,
  requestsStart: 128,
  requestsMost: 256,
  hedgeShare: 0.08,
  retryBudget: 30_000,
  unreachableBudget: 3_000,
  backoffFirst: 50,
  backoffMost: 5_000,
  headTimeout: 20_000,
  idleTimeout: 10_000,
};

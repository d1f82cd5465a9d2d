/**
 * What an origin may do wrong.
 *
 * @module
 */

/** Faults after which the right bytes can still be had. */
export const RECOVERABLE = [
  /** Closes the connection instead of answering. */
  "reset",
  /** Breaks the body off. */
  "truncate",
  /** Stops in the middle of the body and stays silent. */
  "stall",
  /** Sends the body in tiny pieces. */
  "slice",
  /** 500 InternalError. */
  "error500",
  /** 503 SlowDown. */
  "slowDown",
  /** 503 SlowDown with Retry-After. */
  "slowDownAfter",
  /** 429 TooManyRequests. */
  "tooMany",
  /** 200 with an error document. */
  "errorBody",
  /** 403 ExpiredToken; the next credentials are good. */
  "expired",
  /** 200 with the whole object. */
  "ignoreRange",
  /** 206 with other bytes than were asked for, truthfully. */
  "otherRange",
  /** 206 with a Content-Range that its bytes do not have. */
  "wrongContentRange",
  /** Content-Length shorter than the range. */
  "shortLength",
  /** No Content-Length, and more bytes than the range. */
  "longBody",
  /** No Content-Length, and fewer bytes than the range. */
  "shortBody",
  /** A body that was compressed on the way. */
  "gzip",
  /** The head comes late. */
  "late",
  /** No ETag. */
  "noEtag",
] as const;

/** Faults after which there must be a clear error, or bytes of the old state. */
export const UNRECOVERABLE = [
  /** The object is replaced by another of the same size. */
  "replaced",
  /** The same, by a server that ignores If-Match. */
  "replacedSilently",
  /** The object is replaced by a shorter one. */
  "shortened",
  /** The object is deleted. */
  "deleted",
] as const;

export type Fault = typeof RECOVERABLE[number] | typeof UNRECOVERABLE[number];

/** Decides what goes wrong with the `index`-th request of an origin. */
export type FaultPlan = (index: number) => Fault | undefined;

/** How often each fault has fired. */
export type FaultCounts = Partial<Record<Fault, number>>;

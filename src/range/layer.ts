/**
 * What passes between the layers that fetch: a job goes down, an answer and its bytes come up.
 *
 * @module
 */
import type { Store } from "../store/store.ts";
import type { ReadCounter } from "./counts.ts";
import type { ByteRange, Extent } from "./range.ts";

/** An object, or a version of it, in a store. */
export interface RemoteObject {
  readonly store: Store;
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/**
 * What is known of an object's state, and must hold of every answer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8 validators
 */
export interface Validators {
  /** Without the quotes; sent as If-Match. */
  readonly etag: string | undefined;
  readonly size: number;
  /** Compared where there is no ETag. */
  readonly lastModified: Date | undefined;
}

/** One piece of work for the layers below the plan. */
export interface Job {
  readonly target: RemoteObject;
  readonly method: "GET" | "HEAD";
  /** Undefined while the object is being opened: any state will do then. */
  readonly expected: Validators | undefined;
  /** When the object is being opened: its state that needs no bytes, being known. */
  readonly ifNoneMatch: string | undefined;
  readonly counter: ReadCounter;
  /** The service asked for fewer requests: no layer above sends more for this job. */
  onThrottled: () => void;
  /** Whether nobody waits for the bytes yet; that may change while they come. */
  readonly isAhead?: () => boolean;
}

/** The head of an answer, verified. */
export interface AnswerHead {
  /** `bytes`: they follow. `same`: 304. `empty`: 416, no byte can be had. `head`: of a HEAD. */
  readonly kind: "bytes" | "same" | "empty" | "head";
  /** Which bytes follow. */
  readonly extent: Extent;
  /** Of the object. */
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly contentType: string | undefined;
}

/** Takes what comes up: a head, then its bytes in order. Another head is a new answer's. */
export interface Sink {
  head(head: AnswerHead): void;
  chunk(bytes: Uint8Array): void;
}

/**
 * A layer, put together with those below it: fetches `range` and resolves when every byte of it has gone
 * to `sink`.
 */
export type Layer = (
  job: Job,
  range: ByteRange,
  sink: Sink,
  signal: AbortSignal,
) => Promise<void>;

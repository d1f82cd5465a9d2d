/**
 * Opening an object in one round trip: a GET of its last bytes, or of its first, brings size and ETag along.
 *
 * @module
 */
import { NotFoundError } from "../errors.ts";
import { isImmutable } from "../store/immutable.ts";
import type { Chunks, ObjectFacts } from "./block_cache.ts";
import type { ReadCounter } from "./counts.ts";
import type { AnswerHead, Job, Layer, RemoteObject } from "./layer.ts";
import { bounded, type ByteRange, type Extent, from, suffix } from "./range.ts";

/** Bytes that are asked for with an opening, by what is known of the size. */
const TAIL = { unknown: 64 * 1024, small: 32 * 1024, large: 512 * 1024 };

/** Objects from this size on are large, up to that size small, in bytes. */
const SMALL_UP_TO = 1024 * 1024;
const LARGE_FROM = 64 * 1024 * 1024;

/** What an opening brings. */
export interface Opened {
  readonly size: number;
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly contentType: string | undefined;
  /** The bytes that came along; none when the object is what it was. */
  readonly part: (Extent & { readonly chunks: Chunks }) | undefined;
}

/** The bytes that an opening asks for. */
export interface OpeningPart {
  readonly end: "first" | "last";
  readonly bytes: number;
}

/** How many of the last bytes to ask for: a footer of a large file is larger. */
export function tailLength(size: number | undefined): number {
  if (size === undefined) return TAIL.unknown;
  if (size >= LARGE_FROM) return TAIL.large;
  return size <= SMALL_UP_TO ? TAIL.small : TAIL.unknown;
}

/** What to open, and what was known of it before. */
export interface OpenRequest {
  readonly target: RemoteObject;
  readonly counter: ReadCounter;
  readonly part: OpeningPart;
  /** Of an earlier opening: while it still holds, no bytes are sent. */
  readonly known: ObjectFacts | undefined;
}

/**
 * Opens through `fetch`. One request, none for what is known and declared immutable; one more for an
 * empty object (its GET is refused) and for a service that refuses a tail longer than the object.
 *
 * @throws {NotFoundError} when there is no such object
 */
export async function openObject(
  fetch: Layer,
  { target, counter, part, known }: OpenRequest,
  signal: AbortSignal,
): Promise<Opened> {
  if (target.key === "") {
    throw new NotFoundError("key", `s3://${target.bucket} is a bucket, not an object`, {
      bucket: target.bucket,
      hint: "Name an object in it: s3://bucket/key.",
    });
  }
  const job: Job = {
    target,
    counter,
    method: "GET",
    expected: undefined,
    ifNoneMatch: known?.etag,
    onThrottled: () => {},
  };
  counter.add("objects", 1);
  if (known !== undefined && isImmutable(target.store.immutable, target)) {
    return { ...known, part: undefined };
  }
  const { head, chunks } = await collect(fetch, job, rangeOf(part), signal);
  if (head.kind === "same") return { ...known!, part: undefined };
  if (head.kind === "bytes") return { ...factsOf(head), part: { ...head.extent, chunks } };
  if (head.etag !== undefined) return { ...factsOf(head), part: undefined };
  const again = await collect(
    fetch,
    { ...job, method: "HEAD", ifNoneMatch: undefined },
    from(0),
    signal,
  );
  return { ...factsOf(again.head), part: undefined };
}

function rangeOf({ end, bytes }: OpeningPart): ByteRange {
  const length = Math.max(1, bytes);
  return end === "first" ? bounded(0, length) : suffix(length);
}

function factsOf({ size, etag, lastModified, contentType }: AnswerHead) {
  return { size, etag, lastModified, contentType };
}

async function collect(
  fetch: Layer,
  job: Job,
  range: Parameters<Layer>[1],
  signal: AbortSignal,
): Promise<{ head: AnswerHead; chunks: Chunks }> {
  let head: AnswerHead | undefined;
  let chunks: Uint8Array[] = [];
  await fetch(job, range, {
    head: (answer) => {
      head = answer;
      chunks = [];
    },
    chunk: (bytes) => chunks.push(bytes),
  }, signal);
  return { head: head!, chunks };
}

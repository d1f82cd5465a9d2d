/**
 * The bytes of one object, by ranges: what every reader of a format reads from.
 *
 * @module
 */
import type { BlockClass, Chunks } from "./block_cache.ts";
import type { ReadCounter } from "./counts.ts";
import type { ByteRange } from "./range.ts";

/** Whether somebody waits for the bytes: `foreground` goes before `ahead` wherever there is a queue. */
export type Priority = "foreground" | "ahead";

/** How to read. */
export interface ReadOptions {
  /** Ends the wait of this reader, and the requests that nobody else waits for. */
  readonly signal?: AbortSignal;
  /** `foreground` by default. */
  readonly priority?: Priority;
  /** What the bytes are for; `index` is kept longer in the cache. `bulk` by default. */
  readonly kind?: BlockClass;
  /** Counts this read, in place of the source's own counter: a query's, for example. */
  readonly counter?: ReadCounter;
}

/** The bytes of a range in order, piece by piece as they arrive. */
export interface PieceReader {
  /**
   * The next bytes; undefined at the end. They are lent: they are others' as soon as it is called again,
   * which is not to be before it has resolved.
   */
  next(): Promise<Uint8Array | undefined>;
  /** Ends the requests; a wait for {@link PieceReader.next} fails. */
  cancel(): void;
}

/**
 * One object in one state, read by ranges. Every request carries the ETag, so that bytes of two states
 * are never mixed. Any number of reads may be under way; they share what they have in common.
 */
export interface RangeSource {
  /** `s3://bucket/key`. */
  readonly uri: string;
  /** Bytes. */
  readonly size: number;
  /** Without the quotes; undefined where the service gives none. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly contentType: string | undefined;
  /**
   * The bytes of `ranges`, in their order, each as the chunks in which it arrived. Ranges may overlap,
   * and near ones share a request. One that reaches over the end is cut there.
   *
   * @throws {ObjectChangedError} when the object was replaced since it was opened
   * @throws {CancelledError} when `signal` is aborted
   * @throws {ConnectionError | ServiceError} when the service does not answer well within the budget
   */
  read(ranges: readonly ByteRange[], options?: ReadOptions): Promise<Chunks[]>;
  /**
   * The bytes of `range` while they arrive, in order, at most a window ahead of who reads them.
   * Cancelling the stream ends its requests. Fails as {@link RangeSource.read} does.
   */
  stream(range: ByteRange, options?: ReadOptions): ReadableStream<Uint8Array>;
}

/** A source for who passes bytes on at once. */
export interface LendingSource extends RangeSource {
  /**
   * The bytes of `range` as {@link RangeSource.stream} gives them, without what a stream costs. To be read
   * to its end, or cancelled.
   */
  pieces(range: ByteRange, options?: ReadOptions): PieceReader;
  /** Has the bytes of `range` brought into the cache. Fails as {@link RangeSource.read} does. */
  bring(range: ByteRange, options?: ReadOptions): Promise<void>;
}

/** `chunks` as one buffer: the chunk itself when it is one, else a copy. */
export function joinChunks(chunks: Chunks): Uint8Array {
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(byteLength(chunks));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** Bytes in all of `chunks`. */
export function byteLength(chunks: Chunks): number {
  let total = 0;
  for (const chunk of chunks) total += chunk.byteLength;
  return total;
}

/** The bytes from `start` to `end` of `chunks`, as views: nothing is copied. */
export function sliceChunks(chunks: Chunks, start: number, end: number): Uint8Array[] {
  const slices: Uint8Array[] = [];
  let at = 0;
  for (const chunk of chunks) {
    const next = at + chunk.byteLength;
    if (next > start && at < end) {
      const cut = at < start || next > end;
      slices.push(
        cut ? chunk.subarray(Math.max(0, start - at), Math.min(next, end) - at) : chunk,
      );
    }
    if (next >= end) break;
    at = next;
  }
  return slices;
}

/** Reads one range into one buffer. */
export async function readBuffer(
  source: RangeSource,
  range: ByteRange,
  options?: ReadOptions,
): Promise<Uint8Array> {
  const [chunks] = await source.read([range], options);
  return joinChunks(chunks);
}

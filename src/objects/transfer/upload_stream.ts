/**
 * Bytes of unknown number to an object: from standard input, or from whatever makes them.
 *
 * @module
 */
import { base64, combined, fromBase64 } from "./checksum.ts";
import { abortUpload, completeUpload, createUpload, type SentPart, tagOf } from "./multipart.ts";
import { growingPartSize } from "./part_size.ts";
import { put } from "./put.ts";
import { mismatch, type Moved, type OnBytes, type Work } from "./work.ts";
import type { WireTarget } from "./wire.ts";
import { conditionHeaders, writeHeaders, type WriteOptions } from "./write_options.ts";

/** Parts that are sent while the next is being filled. */
const AT_ONCE = 4;

/** Uploads all of `bytes`; the object appears when they have ended. */
export async function uploadStream(
  work: Work,
  bytes: AsyncIterable<Uint8Array>,
  target: WireTarget,
  options: WriteOptions,
  onBytes: OnBytes,
): Promise<Moved> {
  const { wire, budget, signal } = work;
  const cutter = new Cutter(bytes);
  const first = await cutter.next(growingPartSize(1));
  if (cutter.isOver) {
    const headers = { ...writeHeaders(options), ...conditionHeaders(options) };
    const stored = await put(wire, { target, bytes: first, headers }, signal);
    onBytes(first.byteLength);
    return { size: first.byteLength, etag: stored.etag, checked: stored.checked };
  }
  const uploadId = await createUpload(wire, target, {
    ...writeHeaders(options),
    "x-amz-checksum-algorithm": "CRC32",
    "x-amz-checksum-type": "FULL_OBJECT",
  }, signal);
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const sending = new Set<Promise<void>>();
  const sent: (SentPart & { length: number; crc32: string })[] = [];
  try {
    let failure: { error: unknown } | undefined;
    for (let number = 1, piece = first; failure === undefined; number++) {
      const part = piece;
      const send = budget.run(part.byteLength, both, async () => {
        const { etag, crc32 } = await put(
          wire,
          { target, bytes: part, part: { uploadId, number } },
          both,
        );
        sent[number - 1] = { number, etag, crc32, length: part.byteLength };
        onBytes(part.byteLength);
      }).catch((error: unknown) => void (failure ??= { error }))
        .finally(() => sending.delete(send));
      sending.add(send);
      if (cutter.isOver) break;
      if (sending.size >= AT_ONCE) await Promise.race(sending);
      piece = await cutter.next(growingPartSize(number + 1));
      if (piece.byteLength === 0) break;
    }
    await Promise.all(sending);
    if (failure !== undefined) throw failure.error;
    const size = sent.reduce((sum, { length }) => sum + length, 0);
    const pieces = sent.map(({ crc32, length }) => ({ digest: fromBase64(crc32), length }));
    const crc32 = base64(combined("crc32", pieces)!);
    const headers = conditionHeaders(options);
    const completion = { target, uploadId, parts: sent, size, crc32, headers };
    const done = await completeUpload(wire, completion, signal);
    const tag = await tagOf(sent);
    if (done.crc32 !== undefined && done.crc32 !== crc32) {
      throw mismatch(target, "CRC32", "CompleteMultipartUpload");
    }
    const isMd5 = tag !== undefined && /^[0-9a-f]{32}-\d+$/.test(done.etag ?? "");
    if (isMd5 && done.etag !== tag) throw mismatch(target, "MD5", "CompleteMultipartUpload");
    return { size, etag: done.etag, checked: done.crc32 ? "crc32" : isMd5 ? "md5" : undefined };
  } catch (error) {
    stop.abort();
    await Promise.all(sending);
    await abortUpload(wire, target, uploadId);
    throw error;
  }
}

/** Cuts a stream into pieces of a size. */
class Cutter {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  isOver = false;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#iterator = bytes[Symbol.asyncIterator]();
  }

  /** The next `size` bytes, or what is left. */
  async next(size: number): Promise<Uint8Array> {
    const chunks = [this.#rest];
    let length = this.#rest.byteLength;
    while (length < size) {
      const { done, value } = await this.#iterator.next();
      if (done) {
        this.isOver = true;
        break;
      }
      chunks.push(value);
      length += value.byteLength;
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.byteLength;
    }
    this.#rest = whole.slice(size);
    return whole.byteLength > size ? whole.subarray(0, size) : whole;
  }
}

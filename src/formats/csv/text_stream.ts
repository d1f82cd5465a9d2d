/**
 * A file's bytes as UTF-8: inflated, transcoded, without a byte order mark.
 *
 * @module
 */
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { DipperError, throwIfAborted, UnreadableFileError } from "../../errors.ts";
import { from } from "../../range/range.ts";
import type { RangeSource, ReadOptions } from "../../range/source.ts";
import { type FramePart, ZstdFrames } from "./zstd_frames.ts";

export type Compression = "none" | "gzip" | "zstd";

/** Encodings by their WHATWG names, such as `windows-1252`. */
export type TextEncoding = "utf-8" | "utf-16le" | "utf-16be" | "latin1" | "windows-1252";

/** What is known of a file's bytes; what is not is told from their start. */
export interface TextOptions {
  readonly compression?: Compression;
  readonly encoding?: TextEncoding;
}

/** Text that arrives. */
export interface TextStream {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly compression: Compression;
  readonly encoding: TextEncoding;
  /** Bytes of the byte order mark, which is not in `chunks`. */
  readonly markLength: number;
}

/**
 * Opens the text of a whole file. Leaving the loop over its chunks ends the requests.
 *
 * @throws {UnreadableFileError} while it is read, where compressed bytes are damaged
 */
export async function openText(
  source: RangeSource,
  options: TextOptions,
  reading: ReadOptions,
): Promise<TextStream> {
  throwIfAborted(reading.signal);
  const raw = await peek(streamChunks(source, reading));
  const compression = options.compression ?? compressionOf(raw.head);
  const plain = compression === "none"
    ? raw
    : await peek(inflated(raw.chunks, compression, source));
  const mark = markOf(plain.head);
  const encoding = options.encoding ?? mark?.encoding ?? "utf-8";
  const markLength = mark?.encoding === encoding ? mark.length : 0;
  const chunks = without(plain.chunks, markLength);
  return {
    chunks: encoding === "utf-8" ? chunks : transcoded(chunks, encoding),
    compression,
    encoding,
    markLength,
  };
}

/** Chunks of which the first bytes are known. */
interface Peeked {
  readonly head: Uint8Array;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Enough to know a byte order mark or a compressed file by. */
const HEAD = 4;

async function peek(chunks: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const iterator = chunks[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let length = 0;
  while (length < HEAD) {
    const next = await iterator.next();
    if (next.done === true) break;
    taken.push(next.value);
    length += next.value.length;
  }
  const head = Uint8Array.from(taken.flatMap((chunk) => [...chunk.subarray(0, HEAD)]));
  return { head: head.subarray(0, HEAD), chunks: resumed(taken, iterator) };
}

async function* resumed(
  taken: readonly Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* taken;
    while (true) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

async function* streamChunks(
  source: RangeSource,
  reading: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const reader = source.stream(from(0), reading).getReader();
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {
      // A stream that has failed has nothing to cancel; its error is on its way to the caller.
    });
  }
}

function compressionOf(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  const isZstd = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  return isZstd ? "zstd" : "none";
}

/** Inflates; members of gzip and frames of zstd that follow one another are one text. */
async function* inflated(
  chunks: AsyncIterable<Uint8Array>,
  compression: "gzip" | "zstd",
  { uri }: RangeSource,
): AsyncGenerator<Uint8Array> {
  try {
    if (compression === "gzip") yield* through(createGunzip(OUTPUT), chunks);
    else yield* inflatedFrames(chunks);
  } catch (error) {
    if (error instanceof DipperError) throw error;
    throw new UnreadableFileError(`${uri} is damaged: its ${compression} cannot be inflated`, {
      uri,
      cause: error,
      hint: 'Fetch or write it again. If it is not compressed, set `compression: "none"`.',
    });
  }
}

/** Bytes that come out of a decompressor at once. */
const OUTPUT = { chunkSize: 256 * 1024 };

/** Runs `chunks` through `transform` with back-pressure. */
async function* through(
  transform: Transform,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const input = Readable.from(chunks, { objectMode: false, highWaterMark: 1 });
  const done = pipeline(input, transform).then(() => undefined, (error: unknown) => error);
  try {
    for await (const chunk of transform) yield chunk as Uint8Array;
  } catch (error) {
    throw (await done) ?? error;
  } finally {
    input.destroy();
    transform.destroy();
    await done;
  }
}

async function* inflatedFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const walker = new ZstdFrames();
  const parts = frameParts(walker, chunks);
  try {
    while (true) {
      const first = await parts.next();
      if (first.done === true) break;
      yield* through(createZstdDecompress(OUTPUT), oneFrame(first.value, parts));
    }
  } finally {
    await parts.return();
  }
  if (!walker.isBetweenFrames) throw new Error("it ends inside of a frame");
}

async function* frameParts(
  walker: ZstdFrames,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<FramePart, void> {
  for await (const chunk of chunks) yield* walker.parts(chunk);
}

/** The bytes of one frame; `parts` is left where the next begins. */
async function* oneFrame(
  first: FramePart,
  parts: AsyncGenerator<FramePart, void>,
): AsyncGenerator<Uint8Array> {
  for (let part = first; part !== undefined;) {
    yield part.bytes;
    if (part.isEnd) return;
    const next = await parts.next();
    if (next.done === true) return;
    part = next.value;
  }
}

function markOf(
  head: Uint8Array,
): { readonly encoding: TextEncoding; readonly length: number } | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) {
    return { encoding: "utf-8", length: 3 };
  }
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: "utf-16le", length: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: "utf-16be", length: 2 };
  return undefined;
}

async function* without(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array> {
  let left = length;
  for await (const chunk of chunks) {
    const cut = Math.min(left, chunk.length);
    left -= cut;
    if (cut < chunk.length) yield cut === 0 ? chunk : chunk.subarray(cut);
  }
}

async function* transcoded(
  chunks: AsyncIterable<Uint8Array>,
  encoding: TextEncoding,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  const encoder = new TextEncoder();
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== "") yield encoder.encode(text);
  }
  const rest = decoder.decode();
  if (rest !== "") yield encoder.encode(rest);
}

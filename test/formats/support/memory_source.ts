/**
 * A source over bytes in memory, a file, or a function, that remembers what was asked for.
 *
 * @module
 */
import { throwIfAborted } from "../../../src/errors.ts";
import type { Chunks } from "../../../src/range/block_cache.ts";
import { type ByteRange, type Extent, resolveRange } from "../../../src/range/range.ts";
import type { RangeSource, ReadOptions } from "../../../src/range/source.ts";

/** Gives the bytes of an extent, as one or more chunks. */
export type Fetch = (extent: Extent) => Chunks | Promise<Chunks>;

/** A call of `read`, as the extents it asked for, or of `stream`, as how far it was read. */
export interface Call {
  readonly kind: "read" | "stream";
  readonly extents: Extent[];
}

/** Records each call; `delay` milliseconds pass before each answer. */
export class TestSource implements RangeSource {
  readonly uri: string;
  readonly size: number;
  readonly etag = "test";
  readonly lastModified = undefined;
  readonly contentType = undefined;
  readonly calls: Call[] = [];
  /** Bytes that were asked for and not used up yet, at most. */
  underWay = 0;
  readonly #fetch: Fetch;
  readonly #delay: number;
  readonly #chunkSize: number;

  constructor(
    size: number,
    fetch: Fetch,
    options: { uri?: string; delay?: number; chunkSize?: number } = {},
  ) {
    this.size = size;
    this.#fetch = fetch;
    this.uri = options.uri ?? "s3://test/object";
    this.#delay = options.delay ?? 0;
    this.#chunkSize = options.chunkSize ?? 64 * 1024;
  }

  static of(bytes: Uint8Array, options?: { uri?: string; delay?: number; chunkSize?: number }) {
    const fetch = ({ offset, length }: Extent) => [bytes.slice(offset, offset + length)];
    return new TestSource(bytes.length, fetch, options);
  }

  static file(path: string, options?: { delay?: number; chunkSize?: number }): TestSource {
    return TestSource.of(Deno.readFileSync(path), { uri: `file://${path}`, ...options });
  }

  /** Extents of all reads, in order. */
  get extents(): Extent[] {
    return this.calls.flatMap(({ extents }) => extents);
  }

  get bytes(): number {
    return this.extents.reduce((sum, { length }) => sum + length, 0);
  }

  async read(ranges: readonly ByteRange[], { signal }: ReadOptions = {}): Promise<Chunks[]> {
    throwIfAborted(signal);
    const extents = ranges.map((range) => resolveRange(range, this.size));
    this.calls.push({ kind: "read", extents });
    if (this.#delay > 0) await new Promise((resolve) => setTimeout(resolve, this.#delay));
    const chunks = await Promise.all(extents.map((extent) => this.#fetch(extent)));
    throwIfAborted(signal);
    return chunks;
  }

  stream(range: ByteRange, { signal }: ReadOptions = {}): ReadableStream<Uint8Array> {
    const { offset, length } = resolveRange(range, this.size);
    const seen = { offset, length: 0 };
    this.calls.push({ kind: "stream", extents: [seen] });
    let at = offset;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (signal?.aborted) return controller.error(signal.reason);
        if (at === offset && this.#delay > 0) {
          await new Promise((resolve) => setTimeout(resolve, this.#delay));
        }
        const size = Math.min(this.#chunkSize, offset + length - at);
        if (size <= 0) return controller.close();
        for (const chunk of await this.#fetch({ offset: at, length: size })) {
          controller.enqueue(chunk);
        }
        at += size;
        seen.length = at - offset;
      },
    }, { highWaterMark: 0 });
  }
}

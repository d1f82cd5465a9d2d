/**
 * Chunks that arrive, joined to pieces that are large enough to work on.
 *
 * @module
 */
import { joinChunks } from "../../range/source.ts";
import { LF } from "./dialect.ts";
import { SAMPLE_ROWS } from "./sniff.ts";

/** Bytes that have arrived and are not used up. */
export class Pieces {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #length = 0;
  #isAtEnd = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** Bytes that are there. */
  get length(): number {
    return this.#length;
  }

  /** Waits until `length` bytes are there, or all; true when no more will come. */
  async fill(length: number): Promise<boolean> {
    while (!this.#isAtEnd && this.#length < length) {
      const next = await this.#iterator.next();
      if (next.done === true) this.#isAtEnd = true;
      else {
        this.#chunks.push(next.value);
        this.#length += next.value.length;
      }
    }
    return this.#isAtEnd;
  }

  /** All bytes that are there, as one buffer. */
  joined(): Uint8Array {
    if (this.#chunks.length !== 1) this.#chunks = [joinChunks(this.#chunks)];
    return this.#chunks[0];
  }

  /** Drops the first `count` bytes. */
  use(count: number): void {
    const rest = this.joined().subarray(count);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
  }

  /** Ends what still arrives. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** A sample is never larger, in bytes. */
const LARGEST_SAMPLE = 16 * 1024 * 1024;

/** The first bytes: as many as the rows that are sniffed have. */
export async function sampleOf(
  pieces: Pieces,
): Promise<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
  let wanted = 256 * 1024;
  while (true) {
    const isWhole = await pieces.fill(wanted);
    const bytes = pieces.joined();
    if (isWhole || bytes.length >= LARGEST_SAMPLE || countLines(bytes) > SAMPLE_ROWS) {
      return { bytes, isWhole };
    }
    wanted = Math.min(LARGEST_SAMPLE, bytes.length * 2);
  }
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) count++;
  return count;
}

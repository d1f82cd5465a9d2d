/**
 * Objects of any size that take no memory: a random block of a prime length, again and again.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** Bytes after which the pattern repeats: a prime, so that no usual offset meets itself. */
export const PERIOD = 1_048_573;

/** What an object's bytes are. */
export class Pattern {
  static readonly #known = new Map<number, Pattern>();
  readonly #block: Uint8Array;

  /** The pattern of `seed`, made once. */
  static of(seed: number): Pattern {
    const pattern = Pattern.#known.get(seed) ?? new Pattern(seed);
    Pattern.#known.set(seed, pattern);
    return pattern;
  }

  private constructor(seed: number) {
    // Twice the period, so that any piece of up to one period is one view.
    this.#block = new Uint8Array(2 * PERIOD);
    const random = randomFrom(seed);
    for (let at = 0; at < PERIOD; at++) this.#block[at] = random() * 256;
    this.#block.copyWithin(PERIOD, 0, PERIOD);
  }

  /** The byte at `offset`. */
  at(offset: number): number {
    return this.#block[offset % PERIOD];
  }

  /** The bytes from `offset` on, as views of at most `step` bytes. */
  *pieces(offset: number, length: number, step = PERIOD): Generator<Uint8Array> {
    for (let done = 0; done < length;) {
      const start = (offset + done) % PERIOD;
      const size = Math.min(length - done, step, PERIOD);
      yield this.#block.subarray(start, start + size);
      done += size;
    }
  }

  /** The bytes from `offset` on, copied. */
  slice(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of this.pieces(offset, length)) {
      bytes.set(piece, at);
      at += piece.byteLength;
    }
    return bytes;
  }

  /** Where `chunks`, read from `offset` on, differ first; undefined when they do not. */
  firstDifference(offset: number, chunks: readonly Uint8Array[]): number | undefined {
    let at = offset;
    for (const chunk of chunks) {
      let done = 0;
      for (const piece of this.pieces(at, chunk.byteLength)) {
        const part = chunk.subarray(done, done + piece.byteLength);
        if (Buffer.compare(part, piece) !== 0) {
          return at + done + part.findIndex((byte, index) => byte !== piece[index]);
        }
        done += piece.byteLength;
      }
      at += chunk.byteLength;
    }
    return undefined;
  }
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

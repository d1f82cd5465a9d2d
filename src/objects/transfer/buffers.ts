/**
 * Memory that is used again: the collector frees large buffers late, and a transfer has a bound.
 *
 * @module
 */

const LEAST = 256 * 1024;
const DOUBLING_UP_TO = 16 * 2 ** 20;

/** Buffers by size. */
export class Buffers {
  readonly #free = new Map<number, Uint8Array<ArrayBuffer>[]>();
  readonly #most: number;
  #held = 0;

  /** @param most bytes that are kept while nobody uses them */
  constructor(most: number) {
    this.#most = most;
  }

  /** A buffer of `size` bytes or more; what is in it is of no meaning. */
  take(size: number): Uint8Array<ArrayBuffer> {
    const length = classOf(size);
    const buffer = this.#free.get(length)?.pop();
    if (buffer === undefined) return new Uint8Array(length);
    this.#held -= length;
    return buffer;
  }

  /** Gives a buffer back that nobody uses any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    const { byteLength } = buffer;
    if (this.#held + byteLength > this.#most) return;
    this.#held += byteLength;
    const free = this.#free.get(byteLength);
    if (free === undefined) this.#free.set(byteLength, [buffer]);
    else free.push(buffer);
  }
}

function classOf(size: number): number {
  if (size > DOUBLING_UP_TO) return Math.ceil(size / 2 ** 20) * 2 ** 20;
  return Math.max(LEAST, 2 ** Math.ceil(Math.log2(Math.max(1, size))));
}

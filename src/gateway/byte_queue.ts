/**
 * Bytes of a stream, taken by line and by count.
 *
 * @module
 */

/** Reads from a stream; holds what is left of its last chunk. */
export class ByteQueue {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #held: Uint8Array = new Uint8Array();

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The next bytes, `most` at most and at least one; undefined at the end. */
  async take(most: number): Promise<Uint8Array | undefined> {
    if (this.#held.length === 0 && !(await this.#fill())) return undefined;
    const taken = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }

  /**
   * The text up to the next line end (CRLF or LF), without it; undefined at the end of the stream or
   * when the line is longer than `most` bytes.
   */
  async line(most: number): Promise<string | undefined> {
    const bytes: number[] = [];
    while (bytes.length <= most) {
      const next = await this.take(1);
      if (next === undefined) return bytes.length === 0 ? undefined : text(bytes);
      if (next[0] === 0x0a) return text(bytes);
      bytes.push(next[0]);
    }
    return undefined;
  }

  /** Lets go of the stream. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {}); // it may have failed already
  }

  async #fill(): Promise<boolean> {
    while (this.#held.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) return false;
      this.#held = value;
    }
    return true;
  }
}

function text(bytes: readonly number[]): string {
  return String.fromCharCode(...bytes).replace(/\r$/, "");
}

/**
 * Lines of a process's output, one by one.
 *
 * @module
 */

/** Reads lines. */
export class LineReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #buffered = "";

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line; throws when there is none. */
  async next(): Promise<string> {
    while (true) {
      const end = this.#buffered.indexOf("\n");
      if (end >= 0) {
        const line = this.#buffered.slice(0, end);
        this.#buffered = this.#buffered.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("the process ended without an answer");
      this.#buffered += value;
    }
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }
}

/**
 * The lines of a process's output, as they come.
 *
 * @module
 */

/** Reads a stream by lines. */
export class LineReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  /**
   * The next line; what is left at the end, without a line break, is a line.
   *
   * @throws {Error} when there is none
   */
  async next(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#reader.read();
      if (!done) {
        this.#text += value;
        continue;
      }
      if (this.#text === "") throw new Error("the output has ended");
      break;
    }
    const [line] = this.#text.split("\n", 1);
    this.#text = this.#text.slice(line.length + 1);
    return line;
  }

  /** The whole lines that are left. */
  async rest(): Promise<string[]> {
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) break;
      this.#text += value;
    }
    const lines = this.#text.split("\n");
    lines.pop();
    return lines;
  }
}

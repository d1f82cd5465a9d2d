/**
 * A JSON array written element by element.
 *
 * @module
 */
import type { Sink } from "./host.ts";

/** Writes `[`, each value on a line, `]`: one JSON text, however long, in little memory. */
export class JsonArray {
  readonly #sink: Sink;
  #opening = "[\n";

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async add(value: unknown): Promise<void> {
    await this.#sink.write(this.#opening + JSON.stringify(value));
    this.#opening = ",\n";
  }

  async end(): Promise<void> {
    await this.#sink.write(this.#opening === "[\n" ? "[]\n" : "\n]\n");
  }
}

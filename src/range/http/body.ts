/**
 * The body of an HTTP/1 message.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-6
 * @module
 */
import { hold } from "../buffers.ts";
import type { AnswerBody, BodyReader, NextChunk } from "./answer.ts";
import type { Framing } from "./head.ts";
import type { Incoming } from "./incoming.ts";
import { latin1Text } from "./latin1.ts";

/** Bytes of room for what is left of a line, at least. */
const LEAST_READ = 4 * 1024;
/** Bytes of a line between chunks, at most. */
const LARGEST_LINE = 4 * 1024;
/** Lines after the last chunk, at most. */
const MOST_TRAILERS = 64;

/** As those of a head: without control characters, and ended by both CR and LF. */
const LINE = /^[\t\x20-\x7e\x80-\xff]{0,4096}\r\n$/;

const END: NextChunk = { done: true };

/** A body as its framing says; each chunk as it came, and held for who reads it. */
export class FramedBody implements AnswerBody, BodyReader {
  readonly #incoming: Incoming;
  readonly #framing: Framing;
  #end: ((isWhole: boolean) => void) | undefined;
  /** Bytes to come: of the body, or of its chunk. */
  #left: number;
  #isFirst = true;

  /** @param end told when nothing more is read, and whether it was read to its end */
  constructor(incoming: Incoming, framing: Framing, end: (isWhole: boolean) => void) {
    this.#incoming = incoming;
    this.#framing = framing;
    this.#end = end;
    this.#left = framing.kind === "length" ? framing.length : 0;
  }

  /** Of the body, or of its chunk. */
  get unread(): number {
    const { from, to } = this.#incoming.held;
    return Math.min(to - from, this.#framing.kind === "close" ? Infinity : this.#left);
  }

  getReader(): BodyReader {
    return this;
  }

  async read(): Promise<NextChunk> {
    if (this.#end === undefined) return END;
    try {
      const value = await this.#next();
      if (value === undefined) this.#over(true);
      else if (this.#left === 0 && this.#framing.kind === "length") this.#over(true);
      return value === undefined ? END : { done: false, value };
    } catch (error) {
      // Cancelled meanwhile: as a stream does, it ends.
      if (this.#end === undefined) return END;
      this.#over(false);
      throw error;
    }
  }

  cancel(): Promise<void> {
    this.#over(false);
    return Promise.resolve();
  }

  #over(isWhole: boolean): void {
    const end = this.#end;
    this.#end = undefined;
    end?.(isWhole);
  }

  async #next(): Promise<Uint8Array | undefined> {
    const { kind } = this.#framing;
    if (kind === "chunked" && this.#left === 0) {
      if (!this.#isFirst && await this.#line() !== "") throw new TypeError("a chunk is too long");
      this.#isFirst = false;
      const size = /^([0-9a-f]{1,12})[\t ]*(;.*)?$/i.exec(await this.#line())?.[1];
      if (size === undefined) throw new TypeError("a chunk has no length");
      this.#left = parseInt(size, 16);
      if (this.#left === 0) {
        for (let trailers = 0; await this.#line() !== ""; trailers++) {
          if (trailers === MOST_TRAILERS) throw new TypeError("the body has too many trailers");
        }
        return undefined;
      }
    }
    const left = kind === "close" ? Infinity : this.#left;
    if (this.#incoming.isEmpty && !await this.#incoming.more(left)) {
      if (kind === "close") return undefined;
      throw new TypeError("connection closed within the body");
    }
    const chunk = this.#incoming.take(left);
    hold(chunk);
    this.#left -= kind === "close" ? 0 : chunk.length;
    return chunk;
  }

  /** A line between chunks, without its end. */
  async #line(): Promise<string> {
    const { held } = this.#incoming;
    while (true) {
      const end = held.bytes.indexOf(10, held.from);
      if (end >= 0 && end < held.to) {
        const line = latin1Text(this.#incoming.take(end + 1 - held.from));
        if (!LINE.test(line)) throw new TypeError("a line between chunks is none");
        return line.slice(0, -2);
      }
      if (held.to - held.from > LARGEST_LINE || !await this.#incoming.more(LEAST_READ)) {
        throw new TypeError("connection closed within the body");
      }
    }
  }
}

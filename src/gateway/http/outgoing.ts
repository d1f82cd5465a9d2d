/**
 * What goes out over a connection.
 *
 * @module
 */
import { latin1Bytes } from "../../range/http/latin1.ts";
import { type AnswerTo, type ByteSource, headOf, type HttpAnswer, sendable } from "./answer.ts";

/** Bytes of a head and of a small body with it: they are one write. */
const SCRATCH = 80 * 1024;
/** Bytes that are handed to the connection at once. */
const LARGEST_WRITE = 512 * 1024;
/** Bytes of a body that wait until its source has ended. */
const LAST = 1024;
/** Scratches that are kept for the next answer. */
const MOST_KEPT = 16;

const CONTINUE = latin1Bytes("HTTP/1.1 100 Continue\r\n\r\n");

const scratches: Uint8Array[] = [];

/** Writes to a connection. */
export class Outgoing {
  readonly #conn: Deno.Conn;
  #signing: Promise<void> = Promise.resolve();
  #hasBegun = false;
  #isGone = false;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Whether something of the answer under way, or of the last one, was written. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Tells the client to go on with the body of its request. */
  sign(): Promise<void> {
    this.#signing = this.#write(CONTINUE);
    return this.#signing;
  }

  /** The client has gone: what is under way fails. */
  stop(): void {
    this.#isGone = true;
  }

  /**
   * Writes an answer.
   *
   * @returns whether the connection is good for another request
   * @throws when the client has gone, when the answer cannot be sent, and when its body fails or is not as
   * long as it says: the connection is then to be closed, if the answer has begun
   */
  async answer(answer: HttpAnswer, to: AnswerTo): Promise<boolean> {
    this.#hasBegun = false;
    this.#checkClient();
    await this.#signing;
    const { text, body, staysOpen } = headOf(await sendable(answer, to), to);
    const scratch = scratches.pop() ?? new Uint8Array(SCRATCH);
    try {
      const page = new Page(scratch);
      page.put(text);
      if (body.kind === "chunked") await this.#chunked(page, body.source);
      else if (body.kind === "framed") await this.#framed(page, body.source, body.length);
      else {
        if (body.kind === "whole") await this.#with(page, body.bytes);
        await this.#flush(page);
      }
    } finally {
      if (scratches.length < MOST_KEPT) scratches.push(scratch);
    }
    return staysOpen;
  }

  /** The last bytes go when the source has ended well: a body that fails then is not taken for whole. */
  async #framed(page: Page, source: ByteSource, length: number): Promise<void> {
    let left = length;
    for (let bytes = await this.#next(source); bytes; bytes = await this.#next(source)) {
      left -= bytes.length;
      if (left < 0) throw new TypeError("a body is longer than its answer says");
      if (left > 0) {
        await this.#with(page, bytes);
        await this.#flush(page);
      } else {
        if (bytes.length > page.room) {
          const most = bytes.length - LAST;
          await this.#with(page, bytes.subarray(0, most));
          await this.#flush(page);
          bytes = bytes.subarray(most);
        }
        page.add(bytes);
      }
    }
    if (left > 0) throw new TypeError("a body is shorter than its answer says");
    await this.#flush(page);
  }

  async #chunked(page: Page, source: ByteSource): Promise<void> {
    for (let bytes = await this.#next(source); bytes; bytes = await this.#next(source)) {
      if (bytes.length === 0) continue;
      page.put(`${bytes.length.toString(16)}\r\n`);
      await this.#with(page, bytes);
      await this.#flush(page);
      page.put("\r\n");
    }
    page.put("0\r\n\r\n");
    await this.#flush(page);
  }

  async #next(source: ByteSource): Promise<Uint8Array | undefined> {
    const bytes = await source.next();
    this.#checkClient();
    return bytes;
  }

  #checkClient(): void {
    if (this.#isGone) throw new TypeError("connection closed before the answer was whole");
  }

  /** Adds `bytes` to the page; writes it and what is left of them when there is no room for all. */
  async #with(page: Page, bytes: Uint8Array): Promise<void> {
    const along = page.length === 0 ? 0 : Math.min(bytes.length, page.room);
    page.add(bytes.subarray(0, along));
    if (along === bytes.length) return;
    await this.#flush(page);
    await this.#write(bytes.subarray(along));
  }

  async #flush(page: Page): Promise<void> {
    if (page.length > 0) await this.#write(page.tear());
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      this.#hasBegun = true;
      at += await this.#conn.write(bytes.subarray(at, at + LARGEST_WRITE));
    }
  }
}

/** What is gathered for one write. */
class Page {
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#length;
  }

  get room(): number {
    return this.#bytes.length - this.#length;
  }

  /** Puts latin1 text. */
  put(text: string): void {
    if (text.length > this.room) throw new TypeError("the head of an answer is too long");
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index);
    this.#length = at;
  }

  add(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What was gathered; the page is empty then. */
  tear(): Uint8Array {
    const length = this.#length;
    this.#length = 0;
    return this.#bytes.subarray(0, length);
  }
}

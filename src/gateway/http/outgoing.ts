/**
 * What goes out over a connection.
 *
 * @module
 */
import { type ByteSource, headText, type HttpAnswer } from "./answer.ts";

/** Bytes of a head and of a small body with it: they are one write. */
const SCRATCH = 80 * 1024;
/** Bytes that are handed to the connection at once. */
const LARGEST_WRITE = 512 * 1024;

/** What an answer is written for. */
export interface AnswerTo {
  readonly method: string;
  /** Whether another request may follow it. */
  readonly keepsAlive: boolean;
  /** Whether the client understands chunks. */
  readonly takesChunks: boolean;
}

/** Writes to a connection. */
export class Outgoing {
  readonly #conn: Deno.Conn;
  readonly #scratch = new Uint8Array(SCRATCH);

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Writes the head of an informational answer. */
  async sign(status: number): Promise<void> {
    await this.#write(this.#scratch.subarray(0, this.#put(headText(status, {}), 0)));
  }

  /**
   * Writes an answer.
   *
   * @returns whether the connection is good for another request
   * @throws when the client has gone, or the body fails or is not as long as it says: the connection is
   * then to be closed
   */
  async answer(
    { status, headers, body }: HttpAnswer,
    { method, keepsAlive, takesChunks }: AnswerTo,
  ): Promise<boolean> {
    const hasBody = body !== null && method !== "HEAD" && status !== 204 && status !== 304;
    const length = headers["content-length"] ?? knownLength(body, method, status);
    const isChunked = hasBody && length === undefined && takesChunks;
    const staysOpen = keepsAlive && (!hasBody || length !== undefined || isChunked);
    const head = headText(status, {
      ...headers,
      ...(length === undefined ? {} : { "content-length": length }),
      ...(isChunked ? { "transfer-encoding": "chunked" } : {}),
      ...(staysOpen ? {} : { connection: "close" }),
      date: httpDate(),
    });
    const begun = this.#put(head, 0);
    if (!hasBody) {
      if (body !== null && !(body instanceof Uint8Array)) body.cancel();
      await this.#write(this.#scratch.subarray(0, begun));
    } else if (body instanceof Uint8Array) await this.#with(begun, body);
    else if (isChunked) await this.#chunked(begun, body);
    else await this.#framed(begun, body, length === undefined ? undefined : Number(length));
    return staysOpen;
  }

  async #framed(begun: number, body: ByteSource, length: number | undefined): Promise<void> {
    let left = length ?? Infinity;
    let held = begun;
    for (let bytes = await body.next(); bytes !== undefined; bytes = await body.next()) {
      left -= bytes.length;
      if (left < 0) throw new TypeError("a body is longer than its answer says");
      await this.#with(held, bytes);
      held = 0;
    }
    if (held > 0) await this.#write(this.#scratch.subarray(0, held));
    if (left > 0 && length !== undefined) {
      throw new TypeError("a body is shorter than its answer says");
    }
  }

  async #chunked(begun: number, body: ByteSource): Promise<void> {
    let held = begun;
    for (let bytes = await body.next(); bytes !== undefined; bytes = await body.next()) {
      if (bytes.length === 0) continue;
      held = this.#put(`${bytes.length.toString(16)}\r\n`, held);
      await this.#with(held, bytes);
      held = this.#put("\r\n", 0);
    }
    await this.#write(this.#scratch.subarray(0, this.#put("0\r\n\r\n", held)));
  }

  /** Writes what is held in the scratch, and `bytes` after it. */
  async #with(held: number, bytes: Uint8Array): Promise<void> {
    const along = held === 0 ? 0 : Math.min(bytes.length, SCRATCH - held);
    if (held > 0) {
      this.#scratch.set(bytes.subarray(0, along), held);
      await this.#write(this.#scratch.subarray(0, held + along));
    }
    if (along < bytes.length) await this.#write(bytes.subarray(along));
  }

  /** Puts latin1 text into the scratch; returns where it ends. */
  #put(text: string, at: number): number {
    if (at + text.length > SCRATCH) throw new TypeError("the head of an answer is too long");
    for (let index = 0; index < text.length; index++) {
      this.#scratch[at + index] = text.charCodeAt(index);
    }
    return at + text.length;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#conn.write(bytes.subarray(at, at + LARGEST_WRITE));
    }
  }
}

function knownLength(
  body: HttpAnswer["body"],
  method: string,
  status: number,
): string | undefined {
  if (body instanceof Uint8Array) return String(body.length);
  return body === null && method !== "HEAD" && status !== 204 && status !== 304 ? "0" : undefined;
}

let dateText = "";
let dateUntil = 0;

/** The time now, as `Date` has it. */
function httpDate(): string {
  const now = Date.now();
  if (now >= dateUntil) {
    dateText = new Date(now).toUTCString();
    dateUntil = now - now % 1000 + 1000;
  }
  return dateText;
}

/**
 * Just enough of HTTP/1.1 (RFC 9112) to pass messages on byte for byte and measure their bodies.
 *
 * @module
 */

/** The start line and the headers of a message, with the bytes that they came in. */
export interface Head {
  readonly bytes: Uint8Array;
  readonly startLine: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** How the end of a body is found (RFC 9112, section 6.3). */
export type Framing =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" };

/** Where bytes go; the second number says how many of them belong to a body. */
export type Sink = (bytes: Uint8Array, ofBody: number) => Promise<void>;

/** Reads messages from a connection. */
export class MessageReader {
  #held = new Uint8Array(0);
  readonly #source: { read(into: Uint8Array): Promise<number | null> };

  constructor(source: { read(into: Uint8Array): Promise<number | null> }) {
    this.#source = source;
  }

  /** The next head; undefined when the connection ended before one. */
  async head(): Promise<Head | undefined> {
    const bytes = await this.#takeThrough("\r\n\r\n");
    if (bytes === undefined) return undefined;
    const [startLine, ...lines] = new TextDecoder("latin1").decode(bytes).trimEnd().split("\r\n");
    const headers = new Map(lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    return { bytes, startLine, headers };
  }

  /** Hands a body to `sink`, framing and all. */
  async body(framing: Framing, sink: Sink): Promise<void> {
    if (framing.kind === "length") return await this.#exactly(framing.bytes, sink, "body");
    if (framing.kind === "close") return await this.#untilClose(sink);
    for (;;) {
      const line = await this.#takeThrough("\r\n");
      if (line === undefined) throw new Error("connection ended inside a chunked body");
      await sink(line, 0);
      const size = parseInt(new TextDecoder().decode(line), 16);
      if (size === 0) break;
      await this.#exactly(size, sink, "body");
      await this.#exactly(2, sink, "framing");
    }
    // Trailers, if any, and the empty line that ends them.
    for (;;) {
      const line = await this.#takeThrough("\r\n");
      if (line === undefined) throw new Error("connection ended inside trailers");
      await sink(line, 0);
      if (line.byteLength === 2) return;
    }
  }

  async #exactly(count: number, sink: Sink, what: "body" | "framing"): Promise<void> {
    let left = count;
    while (left > 0) {
      if (this.#held.byteLength === 0 && !(await this.#fill())) {
        throw new Error(`connection ended ${left} bytes short`);
      }
      const part = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(part.byteLength);
      left -= part.byteLength;
      await sink(part, what === "body" ? part.byteLength : 0);
    }
  }

  async #untilClose(sink: Sink): Promise<void> {
    while (this.#held.byteLength > 0 || await this.#fill()) {
      const part = this.#held;
      this.#held = new Uint8Array(0);
      await sink(part, part.byteLength);
    }
  }

  /** Everything up to and with `mark`, which is ASCII; undefined when the connection ended. */
  async #takeThrough(mark: string): Promise<Uint8Array | undefined> {
    for (let from = 0;;) {
      const at = new TextDecoder("latin1").decode(this.#held.subarray(from)).indexOf(mark);
      if (at >= 0) {
        const end = from + at + mark.length;
        const taken = this.#held.slice(0, end);
        this.#held = this.#held.subarray(end);
        return taken;
      }
      from = Math.max(0, this.#held.byteLength - mark.length + 1);
      if (!(await this.#fill())) return undefined;
    }
  }

  async #fill(): Promise<boolean> {
    const chunk = new Uint8Array(65536);
    const count = await this.#source.read(chunk);
    if (count === null) return false;
    const joined = new Uint8Array(this.#held.byteLength + count);
    joined.set(this.#held);
    joined.set(chunk.subarray(0, count), this.#held.byteLength);
    this.#held = joined;
    return true;
  }
}

/** The framing of a request's body. */
export function requestFraming(head: Head): Framing {
  return framing(head) ?? { kind: "length", bytes: 0 };
}

/** The framing of an answer's body, which depends on the method that it answers. */
export function answerFraming(head: Head, method: string, status: number): Framing {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) {
    return { kind: "length", bytes: 0 };
  }
  return framing(head) ?? { kind: "close" };
}

function framing(head: Head): Framing | undefined {
  if (/\bchunked\b/i.test(head.headers.get("transfer-encoding") ?? "")) return { kind: "chunked" };
  const length = head.headers.get("content-length");
  return length === undefined ? undefined : { kind: "length", bytes: Number(length) };
}

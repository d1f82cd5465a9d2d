/**
 * HTTP/1.1 on a bare connection: a server that can break every rule of it.
 *
 * @module
 */

/** A request without a body. */
export interface BareRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

const HEAD_END = [13, 10, 13, 10];

/** One connection from a client. */
export class HttpConnection {
  readonly #connection: Deno.Conn;
  #buffered = new Uint8Array();
  #isClosed = false;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** The next request; undefined when the client has gone. */
  async next(): Promise<BareRequest | undefined> {
    const buffer = new Uint8Array(8192);
    while (true) {
      const end = headEnd(this.#buffered);
      if (end >= 0) {
        const head = new TextDecoder().decode(this.#buffered.subarray(0, end));
        this.#buffered = this.#buffered.slice(end + 4);
        return parse(head);
      }
      const count = await this.#connection.read(buffer).catch(() => null);
      if (count === null) return undefined;
      const joined = new Uint8Array(this.#buffered.byteLength + count);
      joined.set(this.#buffered);
      joined.set(buffer.subarray(0, count), this.#buffered.byteLength);
      this.#buffered = joined;
    }
  }

  /** Sends a head; a header without a value is left out. */
  async head(status: number, headers: Record<string, string | undefined>): Promise<void> {
    const lines = Object.entries(headers)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}: ${value}\r\n`);
    await this.write(new TextEncoder().encode(`HTTP/1.1 ${status} X\r\n${lines.join("")}\r\n`));
  }

  /** Sends bytes; throws when the client has gone. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) {
      at += await this.#connection.write(bytes.subarray(at));
    }
  }

  /** Resolves when the client has gone; only while no request is expected. */
  async gone(): Promise<void> {
    const buffer = new Uint8Array(1024);
    while (await this.#connection.read(buffer).catch(() => null) !== null);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
  }
}

function headEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(13); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (HEAD_END.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

function parse(head: string): BareRequest {
  const [first, ...lines] = head.split("\r\n");
  const [method, target] = first.split(" ");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { method, target, headers: new Map(headers) };
}

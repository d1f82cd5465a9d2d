/** A server, and clients that are bare sockets. */
import type { ByteSource, HttpAnswer } from "../../../../src/gateway/http/answer.ts";
import type { HttpRequest } from "../../../../src/gateway/http/request.ts";
import { latin1Bytes } from "../../../../src/range/http/latin1.ts";
import { HttpServer } from "../../../../src/gateway/http/server.ts";

/** An answer as it came over a socket. */
export interface Received {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** In latin1. */
  readonly body: string;
  /** Whether the body came to the end that the head says. */
  readonly isWhole: boolean;
}

const encoder = new TextEncoder();

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A server and its sockets, for a test. */
export class Wire implements AsyncDisposable {
  readonly server: HttpServer;
  readonly #sockets: Socket[] = [];

  constructor(handle: (request: HttpRequest) => Promise<HttpAnswer> | HttpAnswer) {
    this.server = new HttpServer(0, async (request) => await handle(request));
  }

  get host(): string {
    return `127.0.0.1:${this.server.port}`;
  }

  async open(): Promise<Socket> {
    const { port } = this.server;
    const socket = new Socket(await Deno.connect({ hostname: "127.0.0.1", port }));
    this.#sockets.push(socket);
    return socket;
  }

  /** What a new connection is answered with until it ends; `text` is all that is sent. */
  async talk(text: string | Uint8Array): Promise<Received[]> {
    const socket = await this.open();
    await socket.send(text);
    const answers = parseAnswers(await socket.rest());
    socket.close();
    return answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await this.server.shutdown();
  }
}

/** A bare socket. */
export class Socket {
  readonly #conn: Deno.TcpConn;
  #held = "";
  #isClosed = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  async send(bytes: string | Uint8Array): Promise<void> {
    const all = typeof bytes === "string" ? bytesOf(bytes) : bytes;
    for (let at = 0; at < all.length;) at += await this.#conn.write(all.subarray(at));
  }

  /** The text that came, up to `end` and with it, or to the end of the connection. */
  async until(end: string): Promise<string> {
    while (!this.#held.includes(end)) if (!await this.#more()) break;
    const at = this.#held.indexOf(end);
    const text = at < 0 ? this.#held : this.#held.slice(0, at + end.length);
    this.#held = this.#held.slice(text.length);
    return text;
  }

  /** The next `count` characters, or those up to the end of the connection. */
  async take(count: number): Promise<string> {
    while (this.#held.length < count) if (!await this.#more()) break;
    const text = this.#held.slice(0, count);
    this.#held = this.#held.slice(count);
    return text;
  }

  /** All that comes to the end of the connection. */
  async rest(): Promise<string> {
    while (await this.#more());
    const text = this.#held;
    this.#held = "";
    return text;
  }

  /** The next answer; its head must say its length. */
  async answer(): Promise<Received> {
    const head = await this.until("\r\n\r\n");
    const length = Number(/^content-length: (\d+)\r$/m.exec(head)?.[1] ?? 0);
    return parseAnswers(head + await this.take(length))[0];
  }

  /** Nothing more is sent. */
  async finish(): Promise<void> {
    await this.#conn.closeWrite();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#conn.close();
  }

  async #more(): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    const count = await this.#conn.read(buffer);
    if (count === null) return false;
    let text = "";
    for (const byte of buffer.subarray(0, count)) text += String.fromCharCode(byte);
    this.#held += text;
    return true;
  }
}

/** The answers, one after the other, in what came over a connection up to its end. */
export function parseAnswers(text: string): Received[] {
  const answers: Received[] = [];
  for (let left = text; left !== "";) {
    const end = left.indexOf("\r\n\r\n");
    if (end < 0) throw new Error(`no head: ${left.slice(0, 200)}`);
    const [first, ...lines] = left.slice(0, end).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? NaN);
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)];
    }));
    left = left.slice(end + 4);
    const isChunked = headers["transfer-encoding"] === "chunked";
    const { body, isWhole, used } = isChunked
      ? unchunked(left)
      : counted(left, status === 100 ? 0 : Number(headers["content-length"] ?? 0));
    answers.push({ status, headers, body, isWhole });
    left = left.slice(used);
  }
  return answers;
}

function counted(text: string, length: number) {
  const body = text.slice(0, length);
  return { body, isWhole: body.length === length, used: body.length };
}

function unchunked(text: string) {
  let body = "";
  for (let at = 0;;) {
    const end = text.indexOf("\r\n", at);
    if (end < 0) return { body, isWhole: false, used: text.length };
    const size = parseInt(text.slice(at, end), 16);
    const chunk = text.slice(end + 2, end + 2 + size);
    body += chunk;
    if (chunk.length < size) return { body, isWhole: false, used: text.length };
    at = end + 2 + size + 2;
    if (size === 0) return { body, isWhole: true, used: at };
  }
}

/** All of a body, in latin1; throws when it fails. */
export async function bodyText({ body }: HttpRequest): Promise<string> {
  let text = "";
  for await (const piece of body ?? []) {
    for (const byte of piece) text += String.fromCharCode(byte);
  }
  return text;
}

/** Says method, target and body of what came. */
export async function echo(request: HttpRequest): Promise<HttpAnswer> {
  const text = `${request.method} ${request.target} ${await bodyText(request)}`;
  return { status: 200, headers: {}, body: latin1Bytes(text) };
}

/** A source of pieces; an error among them is thrown. What became of it is told. */
export class TestSource implements ByteSource {
  cancelled = 0;
  readonly #pieces: (Uint8Array | Error)[];
  readonly #waits: boolean;
  readonly #stopped = Promise.withResolvers<undefined>();
  /** Resolves when it is cancelled. */
  readonly stopped: Promise<undefined> = this.#stopped.promise;

  /** @param end what comes after the pieces: the end, or nothing before it is cancelled */
  constructor(pieces: (Uint8Array | Error)[], end: "ends" | "waits" = "ends") {
    this.#pieces = [...pieces];
    this.#waits = end === "waits";
  }

  async next(): Promise<Uint8Array | undefined> {
    await Promise.resolve();
    const piece = this.#pieces.shift();
    if (piece instanceof Error) throw piece;
    return piece ?? (this.#waits ? await this.stopped : undefined);
  }

  cancel(): void {
    this.cancelled++;
    this.#stopped.resolve(undefined);
  }
}

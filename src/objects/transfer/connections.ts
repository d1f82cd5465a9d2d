/**
 * Connections for HTTP/1.1, kept between requests.
 *
 * @module
 */
import { connectTo } from "../../range/http/connect.ts";
import { readCertificates } from "../../store/tls.ts";
import type { FieldList } from "./errand.ts";

/** Milliseconds for which an unused connection is kept. */
const IDLE = 15_000;

/** Connections that are kept per host. */
const KEPT = 64;

interface Kept {
  readonly connection: Deno.Conn;
  readonly since: number;
}

/** Connections that nobody uses for the moment, by origin. */
export class Connections implements Disposable {
  readonly #kept = new Map<string, Kept[]>();

  /** One that was used before; undefined when there is none. */
  reuse(origin: string): Deno.Conn | undefined {
    const kept = this.#kept.get(origin) ?? [];
    while (kept.length > 0) {
      const { connection, since } = kept.pop()!;
      if (performance.now() - since < IDLE) return connection;
      close(connection);
    }
    return undefined;
  }

  /** Takes one whose answer is over. */
  keep(origin: string, connection: Deno.Conn): void {
    const kept = this.#kept.get(origin) ?? [];
    if (kept.length >= KEPT) return close(connection);
    kept.push({ connection, since: performance.now() });
    this.#kept.set(origin, kept);
  }

  [Symbol.dispose](): void {
    for (const kept of this.#kept.values()) for (const { connection } of kept) close(connection);
    this.#kept.clear();
  }
}

/** The connection was closed before a byte of an answer. */
export class Gone extends Error {
  readonly code = "ECONNRESET";
  constructor(message: string = "the connection was closed") {
    super(message);
  }
}

/**
 * A new connection.
 *
 * @param caBundle path of certificates to trust besides the system's
 */
export async function connect(url: URL, caBundle: string | undefined): Promise<Deno.Conn> {
  if (url.protocol !== "http:") return await connectTo(url, readCertificates(caBundle));
  const connection = await connectTo(url, []) as Deno.TcpConn;
  connection.setNoDelay(true);
  return connection;
}

const encoder = new TextEncoder();

/** Sends a GET. @throws {Gone} when the other side does not take it */
export async function sendGet(
  connection: Deno.Conn,
  url: URL,
  text: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  let lines = `GET ${text.slice(url.origin.length) || "/"} HTTP/1.1\r\nhost: ${url.host}\r\n`;
  for (const name in headers) lines += `${name}: ${headers[name]}\r\n`;
  const bytes = encoder.encode(`${lines}connection: keep-alive\r\n\r\n`);
  try {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  } catch (error) {
    throw Object.assign(new Gone(), { cause: error });
  }
}

/** The head of an answer. */
export interface ReadHead {
  readonly status: number;
  readonly fields: FieldList;
  /** What of the body came with it, in the buffer. */
  readonly rest: Uint8Array;
}

const latin1 = new TextDecoder("latin1");

/**
 * Reads a head into `buffer`, which bounds it.
 *
 * @param onBytes told when something has come
 * @throws {Gone} when the connection ends before; where its first read fails, with that as the cause
 */
export async function readHead(
  connection: Deno.Conn,
  buffer: Uint8Array,
  onBytes: () => void = () => {},
): Promise<ReadHead> {
  for (let length = 0; length < buffer.length;) {
    const count = await connection.read(buffer.subarray(length)).catch((error: unknown) => {
      throw length > 0 ? error : Object.assign(new Gone(), { cause: error });
    });
    if (count === null) throw new Gone();
    onBytes();
    const end = headEnd(buffer, Math.max(0, length - 3), length += count);
    if (end >= 0) {
      const head = parseHead(latin1.decode(buffer.subarray(0, end)));
      return { ...head, rest: buffer.subarray(end + 4, length) };
    }
  }
  throw new Error("the head of the answer is too long");
}

/** Where the empty line after a head begins; -1 when it has not come. */
function headEnd(bytes: Uint8Array, from: number, length: number): number {
  for (
    let at = bytes.indexOf(13, from);
    at >= 0 && at + 3 < length;
    at = bytes.indexOf(13, at + 1)
  ) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return -1;
}

/** A head's status and headers, names in lower case. */
function parseHead(head: string): { status: number; fields: [string, string][] } {
  const [first, ...lines] = head.split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? NaN);
  if (!(status >= 200 && status <= 599)) {
    throw new Error(`no answer of HTTP: ${first.slice(0, 40)}`);
  }
  const fields: [string, string][] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) {
      fields.push([line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]);
    }
  }
  return { status, fields };
}

/** Closes a connection that may be closed already. */
export function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}

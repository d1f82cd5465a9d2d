/**
 * Connections for HTTP/1.1, kept between requests.
 *
 * @module
 */
import { readCertificates } from "../../store/tls.ts";

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
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  if (url.protocol === "http:") {
    const connection = await Deno.connect({ hostname, port: Number(url.port || 80) });
    connection.setNoDelay(true);
    return connection;
  }
  const connection = await Deno.connectTls({
    hostname,
    port: Number(url.port || 443),
    caCerts: readCertificates(caBundle),
    alpnProtocols: ["http/1.1"],
  });
  try {
    await connection.handshake();
    return connection;
  } catch (error) {
    close(connection);
    throw error;
  }
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

/** Where the empty line after a head begins; -1 when it has not come. */
export function headEnd(bytes: Uint8Array, from: number, length: number): number {
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
export function parseHead(head: string): { status: number; fields: [string, string][] } {
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

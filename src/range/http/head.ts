/**
 * The head of an HTTP/1 answer, and how long the body after it is. Pure.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 * @module
 */
import { type MessageHeaders, parseHeaders } from "./headers.ts";
import { latin1Text } from "./latin1.ts";

/** How a body ends: after so many bytes, with its last chunk, or when the connection does. */
export type Framing =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" };

/** The head of an answer. */
export interface Head {
  readonly status: number;
  readonly headers: MessageHeaders;
  readonly framing: Framing;
  /** Whether the connection may carry another request after the body. */
  readonly keepsAlive: boolean;
}

const STATUS = /^HTTP\/1\.([01]) (\d{3})(?: |$)/;
/** To find the end of a head: one character a byte, though not always the right one. */
const decoder = new TextDecoder("latin1");

/** Bytes within which most heads end. */
const USUAL = 1024;

/** The line end of a head's last line, and its empty line. */
const END = "\r\n\r\n";

/** Bytes after the text of a head that belong to it. */
export const END_OF_HEAD: number = END.length;

/**
 * The text of a head up to its empty line; undefined when it has not come whole.
 *
 * @param seen bytes in which its end was looked for before: they are not looked through again
 */
export function headText(bytes: Uint8Array, seen = 0): string | undefined {
  const start = Math.max(0, seen - END.length + 1);
  const fresh = bytes.subarray(start);
  for (const length of [USUAL, fresh.length]) {
    const end = decoder.decode(fresh.subarray(0, length)).indexOf(END);
    if (end >= 0) return latin1Text(bytes.subarray(0, start + end));
    if (length >= fresh.length) return undefined;
  }
}

/** Of requests without a body. */
export type Method = "GET" | "HEAD" | "PUT" | "POST" | "DELETE";

/**
 * Reads a head.
 *
 * @throws {TypeError} when it is none of HTTP/1, or does not say clearly where its body ends
 */
export function parseHead(text: string, method: Method): Head {
  const [first, ...lines] = text.split("\r\n");
  const match = STATUS.exec(first);
  if (match === null) throw new TypeError("invalid HTTP version in the answer");
  const status = Number(match[2]);
  const headers = parseHeaders(lines);
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  const framing = framingOf(status, headers, method);
  return {
    status,
    headers,
    framing,
    keepsAlive: framing.kind !== "close" && !/\bclose\b/.test(connection) &&
      (match[1] === "1" || /\bkeep-alive\b/.test(connection)),
  };
}

/** RFC 9112, section 6.3. */
function framingOf(status: number, headers: MessageHeaders, method: Method): Framing {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) {
    return { kind: "length", length: 0 };
  }
  const transfer = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (transfer !== null) {
    // Both is how requests are smuggled; an answer that is neither chunked nor plain cannot be read.
    if (length !== null || !/^chunked$/i.test(transfer)) {
      throw new TypeError(`the answer has the transfer encoding ${transfer}`);
    }
    return { kind: "chunked" };
  }
  return length === null ? { kind: "close" } : { kind: "length", length: lengthOf(length) };
}

/**
 * The value of `Content-Length`.
 *
 * @throws {TypeError} when it is no length, or several that differ
 */
export function lengthOf(text: string): number {
  const said = new Set(text.split(",").map((each) => each.trim()));
  const [only] = said;
  if (said.size !== 1 || !/^\d{1,15}$/.test(only)) {
    throw new TypeError(`the message has the length ${text}`);
  }
  return Number(only);
}

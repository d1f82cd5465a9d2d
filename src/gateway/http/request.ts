/**
 * One request of HTTP/1, as it comes over a connection.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 * @module
 */
import type { Framing } from "../../range/http/head.ts";
import { type MessageHeaders, parseHeaders } from "../../range/http/headers.ts";
import type { Incoming } from "../../range/http/incoming.ts";
import { latin1Text } from "../../range/http/latin1.ts";

/** A request, its body to come. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as they were sent; with scheme and authority where they were. */
  readonly target: string;
  readonly headers: MessageHeaders;
  /** Null where there is none. It fails when the client goes, and once the request is answered. */
  readonly body: ReadableStream<Uint8Array> | null;
}

/** What the head of a request says. */
export interface RequestHead extends Omit<HttpRequest, "body"> {
  readonly framing: Framing;
  /** Whether the connection may carry another request after this one. */
  readonly keepsAlive: boolean;
  /** Whether the client understands an answer in chunks. */
  readonly takesChunks: boolean;
  /** Whether the client waits for a sign before it sends the body. */
  readonly waitsForSign: boolean;
}

/** A request that cannot be understood. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
  readonly status: number;

  constructor(message: string, status = 400, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Bytes of a head, at most. */
const LARGEST_HEAD = 64 * 1024;
/** Bytes of room for what is left of a head, at least. */
const LEAST_READ = 4 * 1024;
const [LF, CR] = [10, 13];

/**
 * The text of the head that comes next, without the empty line after it; undefined when the connection
 * ends first.
 *
 * @throws {BadRequest} as soon as it is seen to be none: another protocol's first byte would otherwise be
 * waited on for ever
 */
export async function readRequestHead(incoming: Incoming): Promise<string | undefined> {
  const { held } = incoming;
  let line = 0;
  let seen = 0;
  while (true) {
    const bytes = held.bytes.subarray(held.from, held.to);
    for (let at = bytes.indexOf(LF, seen); at >= 0; at = bytes.indexOf(LF, line)) {
      if (at === line || bytes[at - 1] !== CR) throw new BadRequest("a line ends without CR");
      if (at - 1 === line && line > 0) {
        incoming.take(at + 1);
        return latin1Text(bytes.subarray(0, at - 3));
      }
      if (at - 1 === line) break;
      line = at + 1;
    }
    // Empty lines before a request are to be overlooked (RFC 9112, section 2.2).
    if (line === 0 && bytes[0] === CR && bytes[1] === LF) {
      incoming.take(2);
      seen = 0;
      continue;
    }
    if (bytes.length > 0 && !isFirst(bytes[0])) throw new BadRequest("this is not HTTP/1");
    if (bytes.length > LARGEST_HEAD) throw new BadRequest("the head is longer than 64 KiB", 431);
    seen = bytes.length;
    if (!await incoming.more(LEAST_READ)) return undefined;
  }
}

/** Whether a method, or an empty line, may begin with it. */
function isFirst(byte: number): boolean {
  return byte === CR || TOKEN.test(String.fromCharCode(byte));
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIRST_LINE = /^([^ ]+) ([^ ]+) HTTP\/(\d)\.(\d)$/;
/** Origin form, absolute form, and the asterisk; bytes of UTF-8 that are not encoded go along. */
const TARGET = /^(\/|https?:\/\/[^/?#]+(?=[/?]|$)|\*$)[\x21-\x7e\x80-\xff]*$/i;

/**
 * Reads the head of a request.
 *
 * @throws {BadRequest} when it is none of HTTP/1, or does not say clearly where its body ends
 */
export function parseRequestHead(text: string): RequestHead {
  const [first, ...lines] = text.split("\r\n");
  const match = FIRST_LINE.exec(first);
  if (match === null) throw new BadRequest("the first line is not one of HTTP/1");
  const [, method, target, major, minor] = match;
  if (major !== "1") throw new BadRequest("only HTTP/1 is spoken here", 505);
  if (!TOKEN.test(method)) throw new BadRequest("the method is none");
  if (!TARGET.test(target)) throw new BadRequest("the target is none");
  const headers = headersOf(lines);
  const isOld = minor === "0";
  checkHost(target, headers, isOld);
  const options = (headers.get("connection") ?? "").toLowerCase().split(",").map((each) =>
    each.trim()
  );
  return {
    method,
    target,
    headers,
    framing: framingOf(headers, isOld),
    keepsAlive: !options.includes("close") && (!isOld || options.includes("keep-alive")),
    takesChunks: !isOld,
    waitsForSign: !isOld && headers.get("expect")?.toLowerCase() === "100-continue",
  };
}

function headersOf(lines: readonly string[]): MessageHeaders {
  try {
    return parseHeaders(lines);
  } catch (error) {
    throw new BadRequest((error as Error).message, 400, { cause: error });
  }
}

/** Who is asked must be said, once (RFC 9112, section 3.2). */
function checkHost(target: string, headers: MessageHeaders, isOld: boolean): void {
  const host = headers.get("host");
  if (host === null ? !isOld : host.includes(",")) {
    throw new BadRequest("the host is not said once");
  }
  const authority = /^https?:\/\/([^/?]*)/i.exec(target)?.[1];
  if (authority !== undefined && host !== null && authority !== host) {
    throw new BadRequest("the target is of another host");
  }
}

/** RFC 9112, section 6.3. */
function framingOf(headers: MessageHeaders, isOld: boolean): Framing {
  const transfer = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (transfer === null) {
    if (length === null) return { kind: "length", length: 0 };
    if (!/^\d{1,15}$/.test(length)) throw new BadRequest(`the request has the length ${length}`);
    return { kind: "length", length: Number(length) };
  }
  // Both is how requests are smuggled.
  if (length !== null || isOld || !/^chunked$/i.test(transfer)) {
    throw new BadRequest(`the request has the transfer encoding ${transfer}`);
  }
  return { kind: "chunked" };
}

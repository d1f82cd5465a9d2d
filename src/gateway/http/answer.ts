/**
 * Answers of HTTP/1.
 *
 * @module
 */
import { STATUS_CODES } from "node:http";

/** Bytes that come one after the other, whose maker can be told that nobody wants more. */
export interface ByteSource {
  /** The next bytes; undefined at the end. They are not looked at any more after the next call. */
  next(): Promise<Uint8Array | undefined>;
  /** Nobody wants more: the client has gone, or the gateway is closed. May be called again. */
  cancel(): void;
}

/** What a request is answered with. */
export interface HttpAnswer {
  /** 200 to 599. */
  readonly status: number;
  /**
   * Names in lower case. `content-length` is added where the body's length is known; `date`, and what is
   * about the connection, are the server's own.
   */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | ByteSource | null;
}

const encoder = new TextEncoder();

/** An answer whose body is a text. */
export function textAnswer(
  text: string,
  headers: Readonly<Record<string, string>>,
  status = 200,
): HttpAnswer {
  return { status, headers, body: encoder.encode(text) };
}

/** Tells the body's maker that nobody wants more of it. */
export function cancelBody({ body }: HttpAnswer): void {
  if (body !== null && !(body instanceof Uint8Array)) body.cancel();
}

/** What an answer is written for. */
export interface AnswerTo {
  readonly method: string;
  /** Whether another request may follow it. */
  readonly keepsAlive: boolean;
  /** Whether the client understands chunks: one of HTTP/1.0 does not. */
  readonly takesChunks: boolean;
}

/** How an answer goes out. */
export interface AnswerHead {
  /** In latin1, with the empty line. */
  readonly text: string;
  readonly body:
    | { readonly kind: "none" }
    | { readonly kind: "whole"; readonly bytes: Uint8Array }
    | { readonly kind: "framed"; readonly source: ByteSource; readonly length: number }
    | { readonly kind: "chunked"; readonly source: ByteSource };
  /** Whether the connection is good for another request after it. */
  readonly staysOpen: boolean;
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /^\d{1,15}$/;
/** Headers that the server says itself. */
const OWN = new Set(["connection", "content-length", "date", "keep-alive", "transfer-encoding"]);

/**
 * The head of an answer, and how its body follows.
 *
 * @throws {TypeError} when it cannot be sent, or says another length than it has
 */
export function headOf(answer: HttpAnswer, to: AnswerTo): AnswerHead {
  const { status, headers } = answer;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new TypeError(`an answer has the status ${status}`);
  }
  const length = lengthOf(answer, to.method);
  const body = bodyOf(answer, to, length);
  const { keepsAlive } = to;
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
  for (const name in headers) {
    if (OWN.has(name)) continue;
    const value = headers[name];
    if (!NAME.test(name) || !VALUE.test(value)) {
      throw new TypeError(`the header ${JSON.stringify(name)} cannot be sent`);
    }
    text += `${name}: ${value}\r\n`;
  }
  if (body.kind === "chunked") text += "transfer-encoding: chunked\r\n";
  else if (length !== undefined) text += `content-length: ${length}\r\n`;
  if (!keepsAlive) text += "connection: close\r\n";
  else if (!to.takesChunks) text += "connection: keep-alive\r\n";
  return { text: `${text}date: ${httpDate()}\r\n\r\n`, body, staysOpen: keepsAlive };
}

/** What `content-length` says; undefined where it is not said. */
function lengthOf({ status, headers, body }: HttpAnswer, method: string): string | undefined {
  if (status === 204) return undefined;
  const said = headers["content-length"];
  if (said !== undefined && !LENGTH.test(said)) {
    throw new TypeError(`an answer has the length ${said}`);
  }
  const isHeadOnly = method === "HEAD" || status === 304;
  const known = body instanceof Uint8Array
    ? String(body.length)
    : body === null && !isHeadOnly
    ? "0"
    : undefined;
  if (said !== undefined && known !== undefined && said !== known && !isHeadOnly) {
    throw new TypeError(`an answer has ${known} bytes, and says ${said}`);
  }
  return said ?? known;
}

function bodyOf(
  { status, body }: HttpAnswer,
  { method, takesChunks }: AnswerTo,
  length: string | undefined,
): AnswerHead["body"] {
  if (body === null || method === "HEAD" || status === 204 || status === 304) {
    return { kind: "none" };
  }
  if (body instanceof Uint8Array) return { kind: "whole", bytes: body };
  if (length !== undefined) return { kind: "framed", source: body, length: Number(length) };
  if (takesChunks) return { kind: "chunked", source: body };
  throw new TypeError("an answer of unknown length is for a client that cannot take it");
}

/** Bytes of an answer of unknown length for a client that does not understand chunks, at most. */
const MOST_COLLECTED = 16 * 1024 * 1024;

/**
 * `answer` with its body as it can be sent: whole, where the client does not understand chunks and nothing
 * else would tell it the end from a failure.
 */
export async function sendable(answer: HttpAnswer, to: AnswerTo): Promise<HttpAnswer> {
  const { body, headers } = answer;
  if (to.takesChunks || body === null || body instanceof Uint8Array) return answer;
  if (headers["content-length"] !== undefined || to.method === "HEAD") return answer;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (let bytes = await body.next(); bytes !== undefined; bytes = await body.next()) {
    length += bytes.length;
    if (length > MOST_COLLECTED) {
      throw new TypeError("an answer is too long for a client that does not understand chunks");
    }
    pieces.push(new Uint8Array(bytes));
  }
  return { ...answer, body: new Uint8Array(await new Blob(pieces).arrayBuffer()) };
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

/**
 * Answers of HTTP/1.
 *
 * @module
 */

/** Bytes that come one after the other, whose maker can be told that nobody wants more. */
export interface ByteSource {
  /** The next bytes; undefined at the end. They are not looked at any more after the next call. */
  next(): Promise<Uint8Array | undefined>;
  /** Nobody wants more: the client has gone, or the gateway is closed. */
  cancel(): void;
}

/** What a request is answered with. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. `content-length` is added where the body's length is known. */
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

const REASONS: Readonly<Record<number, string>> = {
  100: "Continue",
  200: "OK",
  204: "No Content",
  206: "Partial Content",
  304: "Not Modified",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  411: "Length Required",
  412: "Precondition Failed",
  416: "Range Not Satisfiable",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
};

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The head of an answer, in latin1.
 *
 * @throws {TypeError} when a header cannot be sent
 */
export function headText(status: number, headers: Readonly<Record<string, string>>): string {
  let text = `HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n`;
  for (const name in headers) {
    const value = headers[name];
    if (!NAME.test(name) || !VALUE.test(value)) {
      throw new TypeError(`the header ${JSON.stringify(name)} cannot be sent`);
    }
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

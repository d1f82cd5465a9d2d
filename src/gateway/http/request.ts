/**
 * One request of HTTP/1, as it comes over a connection.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 * @module
 */
import { FramedBody } from "../../range/http/body.ts";
import { type Framing, lengthOf } from "../../range/http/head.ts";
import { type MessageHeaders, parseHeaders } from "../../range/http/headers.ts";
import type { Incoming } from "../../range/http/incoming.ts";

/** A request, its body to come. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly headers: MessageHeaders;
  /** Null where there is none. */
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
}

const FIRST_LINE = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/;

/**
 * Reads the head of a request.
 *
 * @throws {BadRequest} when it is none of HTTP/1, or does not say clearly where its body ends
 */
export function parseRequestHead(text: string): RequestHead {
  // Empty lines before a request are to be overlooked (RFC 9112, section 2.2).
  const [first, ...lines] = text.replace(/^(\r\n)+/, "").split("\r\n");
  const match = FIRST_LINE.exec(first);
  if (match === null) throw new BadRequest("the first line is not one of HTTP/1");
  const [, method, target, minor] = match;
  try {
    const headers = parseHeaders(lines);
    const connection = headers.get("connection")?.toLowerCase() ?? "";
    return {
      method,
      target,
      headers,
      framing: framingOf(headers),
      keepsAlive: !/\bclose\b/.test(connection) &&
        (minor === "1" || /\bkeep-alive\b/.test(connection)),
      takesChunks: minor === "1",
      waitsForSign: minor === "1" && headers.get("expect")?.toLowerCase() === "100-continue",
    };
  } catch (error) {
    throw new BadRequest((error as Error).message, { cause: error });
  }
}

function framingOf(headers: MessageHeaders): Framing {
  const transfer = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (transfer === null) {
    return { kind: "length", length: length === null ? 0 : lengthOf(length) };
  }
  // Both is how requests are smuggled.
  if (length !== null || !/^chunked$/i.test(transfer)) {
    throw new BadRequest(`the request has the transfer encoding ${transfer}`);
  }
  return { kind: "chunked" };
}

/** The body of a request. */
export class RequestBody {
  /** For who answers the request; null when there is no body. */
  readonly stream: ReadableStream<Uint8Array> | null;
  readonly #body: FramedBody | undefined;
  #state: "coming" | "whole" | "broken";

  /** @param sign gives the client the sign that it waits for */
  constructor(incoming: Incoming, { framing }: RequestHead, sign: () => Promise<void>) {
    if (framing.kind === "length" && framing.length === 0) {
      this.#state = "whole";
      this.stream = null;
      return;
    }
    this.#state = "coming";
    const body = new FramedBody(incoming, framing, (isWhole) => {
      this.#state = isWhole ? "whole" : "broken";
    });
    this.#body = body;
    this.stream = new ReadableStream<Uint8Array>({
      start: () => {},
      async pull(controller) {
        await sign();
        const { done, value } = await body.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    }, { highWaterMark: 0 });
  }

  /** Whether all of it was read. */
  get isWhole(): boolean {
    return this.#state === "whole";
  }

  /** Reads what nobody wanted, `most` bytes at most; whether that was all. */
  async skip(most: number): Promise<boolean> {
    let left = most;
    while (this.#state === "coming" && left > 0) {
      const { done, value } = await this.#body!.read();
      if (!done) left -= value.length;
    }
    return this.isWhole;
  }
}

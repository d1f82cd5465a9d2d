/**
 * The origin: an S3 service of one bucket on bare connections, so light that it is no bottleneck.
 *
 * Bodies go from the file into one buffer a connection and from there into the socket; nothing is
 * framed, copied or queued in between. Signatures are not looked at.
 *
 * @module
 */
import type { Conditions } from "./conditions.ts";
import { delayOf, dueAfter } from "./conditions.ts";
import type { Counter } from "./counts.ts";
import { escapeXml, listingXml } from "./listing.ts";
import type { Bucket, OriginObject } from "./objects.ts";
import { rangeOf, requestsOf, type WireRequest } from "./request.ts";

/** Bytes that are read and written at once. */
const STEP = 256 * 1024;
/** Milliseconds that a body may be ahead of its bandwidth: timers are no finer. */
const GRAIN = 1;

const encoder = new TextEncoder();
const REASONS: Record<number, string> = {
  200: "OK",
  206: "Partial Content",
  304: "Not Modified",
  404: "Not Found",
  405: "Method Not Allowed",
  412: "Precondition Failed",
  416: "Range Not Satisfiable",
};

/** What an origin serves, and how. */
export interface OriginState {
  readonly name: string;
  readonly bucket: Bucket;
  conditions: Conditions;
  readonly counter: Counter;
}

/** Answers whoever connects, for ever. */
export async function serveOrigin(listener: Deno.TcpListener, state: OriginState): Promise<void> {
  let index = 0;
  for await (const connection of listener) {
    connection.setNoDelay(true);
    void serveConnection(connection, state, () => index++);
  }
}

async function serveConnection(
  connection: Deno.TcpConn,
  state: OriginState,
  next: () => number,
): Promise<void> {
  const answer = new Answer(connection, state);
  try {
    for await (const request of requestsOf(connection)) {
      state.counter.begin(kindOf(request), `${request.path}?${request.query.get("prefix") ?? ""}`);
      try {
        await pause(delayOf(state.conditions, next()));
        await answer.send(request);
      } finally {
        state.counter.end();
      }
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  } finally {
    connection.close();
  }
}

function kindOf({ method, path, query }: WireRequest): "get" | "head" | "list" | "other" {
  if (method === "HEAD") return "head";
  if (method !== "GET") return "other";
  if (path.includes("/") && !path.endsWith("/")) return "get";
  return query.has("location") ? "other" : "list";
}

/** A client that closes in the middle of an answer is no failure. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted;
}

/** The answers over one connection. */
class Answer {
  readonly #connection: Deno.TcpConn;
  readonly #state: OriginState;
  readonly #buffer = new Uint8Array(STEP);

  constructor(connection: Deno.TcpConn, state: OriginState) {
    this.#connection = connection;
    this.#state = state;
  }

  async send(request: WireRequest): Promise<void> {
    const { bucket, name } = this.#state;
    const [first, ...rest] = request.path.split("/");
    const key = rest.join("/");
    if (request.method !== "GET" && request.method !== "HEAD") {
      return await this.#error(request, 405, "MethodNotAllowed");
    }
    if (first !== name) return await this.#error(request, 404, "NoSuchBucket");
    if (key === "") return await this.#bucket(request);
    const object = bucket.objects.get(key);
    if (object === undefined) return await this.#error(request, 404, "NoSuchKey");
    await this.#object(request, object);
  }

  async #bucket(request: WireRequest): Promise<void> {
    const { bucket, name, counter } = this.#state;
    if (request.method === "HEAD") return await this.#head(200, { "content-length": "0" });
    const text = request.query.has("location")
      ? `<?xml version="1.0"?><LocationConstraint>us-east-1</LocationConstraint>`
      : listingXml(name, bucket, request.query);
    const body = encoder.encode(text);
    counter.listing(body.byteLength);
    await this.#text(200, body);
  }

  async #object({ method, headers }: WireRequest, object: OriginObject): Promise<void> {
    const { size, etag, lastModified } = object;
    const facts = {
      "etag": etag,
      "last-modified": lastModified.toUTCString(),
      "content-type": "application/octet-stream",
      "accept-ranges": "bytes",
    };
    const wanted = headers.get("if-match");
    if (wanted !== undefined && wanted !== "*" && bare(wanted) !== bare(etag)) {
      return await this.#error({ method }, 412, "PreconditionFailed");
    }
    if (bare(headers.get("if-none-match") ?? "") === bare(etag)) {
      return await this.#head(304, facts);
    }
    const range = rangeOf(headers.get("range"), size);
    if (range === undefined) return await this.#error({ method }, 416, "InvalidRange");
    const { offset, length, isWhole } = range;
    const head = headOf(isWhole ? 200 : 206, {
      ...facts,
      "content-length": `${length}`,
      ...(isWhole ? {} : { "content-range": `bytes ${offset}-${offset + length - 1}/${size}` }),
    });
    if (method === "HEAD") return await this.#write(head);
    await this.#body(object, offset, length, head);
  }

  /** The head goes with the first bytes. */
  async #body(
    object: OriginObject,
    offset: number,
    length: number,
    head: Uint8Array,
  ): Promise<void> {
    const { conditions, counter } = this.#state;
    const began = performance.now();
    const buffer = this.#buffer;
    buffer.set(head);
    let held = head.byteLength;
    for (let sent = 0; sent < length || held > 0;) {
      const count = Math.min(length - sent, STEP - held);
      const read = count === 0
        ? 0
        : object.read(buffer.subarray(held, held + count), offset + sent);
      if (read !== count) throw new Error(`a file of the origin has become shorter`);
      const early = dueAfter(sent + count, conditions) - (performance.now() - began);
      if (early > GRAIN) await pause(early);
      await this.#write(buffer.subarray(0, held + count));
      counter.data(count);
      sent += count;
      held = 0;
    }
  }

  async #error({ method }: { method: string }, status: number, code: string): Promise<void> {
    const body = encoder.encode(
      `<?xml version="1.0"?><Error><Code>${
        escapeXml(code)
      }</Code><Message>${code}</Message></Error>`,
    );
    if (method === "HEAD") return await this.#head(status, { "content-length": "0" });
    await this.#text(status, body);
  }

  async #text(status: number, body: Uint8Array): Promise<void> {
    await this.#head(status, {
      "content-type": "application/xml",
      "content-length": `${body.byteLength}`,
    });
    await this.#write(body);
  }

  async #head(status: number, headers: Record<string, string>): Promise<void> {
    await this.#write(headOf(status, headers));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) at += await this.#connection.write(bytes.subarray(at));
  }
}

function headOf(status: number, headers: Record<string, string>): Uint8Array {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return encoder.encode(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines.join("")}\r\n`);
}

function bare(etag: string): string {
  return etag.replace(/^"|"$/g, "");
}

async function pause(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

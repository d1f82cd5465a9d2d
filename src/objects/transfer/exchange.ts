/**
 * One HTTP request with its body and one answer, whole, by `node:http`: `fetch` needs ten times the CPU to
 * send bytes, and cannot send a stream with its length.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Agents } from "../../range/plain_fetch.ts";

/** What to send. */
export interface Exchange {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly agents: Agents;
  /** Milliseconds until the answer must be there, once the body has gone out. */
  readonly timeout: number;
  /** Milliseconds in which a piece of the body must go out, or of the answer come in. */
  readonly idleTimeout: number;
}

/** An answer. */
export interface Exchanged {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Bytes of an answer that are kept; a listing of a thousand parts has fewer. */
const LARGEST_ANSWER = 4 * 2 ** 20;

/** Bytes that are handed to the socket at once: more would be copied into its queue. */
const STEP = 512 * 1024;

/** Sends it; rejects with the socket's error when there is no whole answer. */
export async function exchange(sent: Exchange, signal: AbortSignal): Promise<Exchanged> {
  const { url, method, headers, body, agents, timeout, idleTimeout } = sent;
  const isSecure = url.startsWith("https:");
  const hasLength = body !== undefined || method === "PUT" || method === "POST";
  const request = (isSecure ? httpsRequest : httpRequest)(url, {
    method,
    headers: { ...headers, ...(hasLength ? { "content-length": body?.byteLength ?? 0 } : {}) },
    agent: isSecure ? agents.httpsAgent : agents.httpAgent,
  });
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const { promise: answered, resolve } = Promise.withResolvers<IncomingMessage>();
  failed.catch(() => {}); // told of by whoever waits then
  request.on("error", reject);
  request.on("response", resolve);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expect = (milliseconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => end(new TimedOut()), milliseconds);
  };
  const end = (error: Error) => {
    reject(error);
    request.destroy(error);
  };
  const abort = () => end(new Error("aborted"));
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    const early = answered.then(() => {});
    let isSent = true;
    if (body === undefined || body.byteLength === 0) request.end();
    else isSent = await write(request, body, [failed, early], () => expect(idleTimeout));
    expect(timeout);
    const message = await Promise.race([answered, failed]);
    const chunks: Uint8Array[] = [];
    let size = 0;
    message.on("data", (chunk: Uint8Array) => {
      expect(idleTimeout);
      size += chunk.byteLength;
      if (size <= LARGEST_ANSWER) chunks.push(chunk);
    });
    await Promise.race([failed, whole(message, method)]);
    if (!isSent) request.destroy(); // the connection is in the middle of a body
    return {
      status: message.statusCode ?? 0,
      headers: headersOf(message),
      text: Buffer.concat(chunks).toString("utf8"),
    };
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

class TimedOut extends Error {
  readonly code = "ETIMEDOUT";
  constructor() {
    super("timed out");
  }
}

/**
 * Hands the body over piece by piece, as the socket takes it; stops at an early answer, and is false then.
 *
 * The end goes with the last piece: in Deno 2.9 an end of its own, a write of no bytes, may leave a TLS
 * socket waiting for ever, and with it the next request on it.
 */
async function write(
  request: ClientRequest,
  body: Uint8Array,
  ends: readonly Promise<void>[],
  onPiece: () => void,
): Promise<boolean> {
  let isAnswered = false;
  let isSent = false;
  ends[1].then(() => isAnswered = true);
  for (let at = 0; at < body.byteLength && !isAnswered; at += STEP) {
    onPiece();
    const piece = body.subarray(at, at + STEP);
    const taken = Promise.withResolvers<void>();
    if (at + STEP < body.byteLength) {
      if (request.write(piece)) continue;
      request.once("drain", taken.resolve);
    } else {
      request.once("finish", () => {
        isSent = true;
        taken.resolve();
      });
      request.end(piece);
    }
    await Promise.race([taken.promise, ...ends]);
  }
  return isSent;
}

/** Resolves at the end of the message, rejects when it breaks off before. */
function whole(message: IncomingMessage, method: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const said = method === "HEAD" ? undefined : message.headers["content-length"];
  let received = 0;
  message.on("data", (chunk: Uint8Array) => void (received += chunk.byteLength));
  message.on("end", () => {
    if (said === undefined || Number(said) === received) resolve();
    else reject(new BrokenOff());
  });
  message.on("aborted", () => reject(new BrokenOff()));
  message.on("error", reject);
  message.on("close", () => reject(new BrokenOff()));
  return promise;
}

class BrokenOff extends Error {
  readonly code = "ECONNRESET";
  constructor() {
    super("the answer broke off");
  }
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at], rawHeaders[at + 1]);
  }
  return headers;
}

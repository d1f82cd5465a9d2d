/**
 * `fetch` that hands bodies over as they are stored.
 *
 * Deno's own inflates what has `Content-Encoding: gzip`, whatever `accept-encoding` says, and takes the
 * header and the length away (seen in 2.6 to 2.8.1, not in 2.9.6): a range of such an object cannot be read
 * with it. It also takes `.` and `..` out of paths. `node:http` leaves bytes and paths alone; it needs more
 * CPU, so it is used for those objects only.
 *
 * @module
 */
import { type Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** The connections that requests go through. */
export interface Agents {
  readonly httpAgent: Agent;
  readonly httpsAgent: Agent;
}

/** Requests `url`; rejects as `fetch` does when there is no answer. */
export function plainFetch(
  url: string,
  init: { method: string; headers: Record<string, string>; signal: AbortSignal },
  { httpAgent, httpsAgent }: Agents,
): Promise<Response> {
  const { method, headers, signal } = init;
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const isSecure = url.startsWith("https:");
  const agent = isSecure ? httpsAgent : httpAgent;
  const { hostname, port, origin } = new URL(url);
  const request = (isSecure ? httpsRequest : httpRequest)({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port || (isSecure ? 443 : 80),
    path: url.slice(origin.length), // as it was signed: a parsed URL has lost its dots
    method,
    headers,
    agent,
  });
  const abort = () => {
    reject(signal.reason);
    request.destroy();
  };
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  // Once there is an answer, its body tells of what goes wrong.
  request.on("error", reject);
  request.on("close", () => signal.removeEventListener("abort", abort));
  request.on("response", (answer) => {
    const status = answer.statusCode ?? 0;
    const hasBody = method !== "HEAD" && status !== 204 && status !== 304;
    if (!hasBody) answer.resume();
    resolve(
      new Response(hasBody ? bodyOf(answer) : null, { status, headers: headersOf(answer) }),
    );
  });
  request.end();
  return promise;
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at], rawHeaders[at + 1]);
  }
  return headers;
}

function bodyOf(answer: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  let isOver = false;
  return new ReadableStream({
    start(controller) {
      const end = (how: () => void) => {
        if (!isOver) how();
        isOver = true;
      };
      answer.on("data", ({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>) => {
        if (isOver) return;
        controller.enqueue(new Uint8Array(buffer, byteOffset, byteLength));
        if ((controller.desiredSize ?? 0) <= 0) answer.pause();
      });
      answer.on("end", () => end(() => controller.close()));
      answer.on("error", (error) => end(() => controller.error(error)));
      answer.on("close", () => end(() => controller.error(new Error("connection closed"))));
    },
    pull() {
      answer.resume();
    },
    cancel() {
      isOver = true;
      answer.destroy();
    },
  });
}

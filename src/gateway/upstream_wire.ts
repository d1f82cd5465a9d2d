/**
 * One signed request to a store and the head of its answer, by `node:http` like the SDK's: `fetch` of Deno
 * cannot send a stream with its length.
 *
 * @module
 */
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Credentials, Store } from "../store/store.ts";
import { requestHandler, type RequestHandlerOptions } from "../store/transport.ts";
import { sendBody } from "./send_body.ts";
import type { UpstreamAnswer, UpstreamRequest } from "./upstream_request.ts";
import { addressOfRequest, signedHeaders } from "./upstream_sign.ts";
import { canonicalQuery } from "./uri_text.ts";

/**
 * Milliseconds without a byte: some work on listings and uploads for long. A HEAD, and a GET when it is
 * asked for the first time, must be answered as reads are.
 */
const ANSWER_TIMEOUT = 300_000;

/** Connections to stores, kept open between requests. */
export class UpstreamWire {
  readonly #handlers = new Map<Store, RequestHandlerOptions>();
  readonly #headTimeout: number;

  /** @param headTimeout milliseconds until the head of an answer must be there that comes soon */
  constructor(headTimeout: number) {
    this.#headTimeout = headTimeout;
  }

  /**
   * Sends `request` once; resolves when the head of its answer is there. `isPatient`: a GET may take as
   * long to be answered as a listing does.
   *
   * @throws what the system says, when it cannot be sent or is not answered
   */
  async send(
    request: UpstreamRequest,
    region: string,
    credentials: Credentials | undefined,
    signal: AbortSignal,
    { isPatient }: { readonly isPatient: boolean } = { isPatient: false },
  ): Promise<UpstreamAnswer> {
    const { store, method, body } = request;
    const address = addressOfRequest(request, region);
    const query = canonicalQuery(request.query);
    const url = new URL(address.origin);
    const agents = this.#handlerOf(store);
    const isTls = url.protocol === "https:";
    const length = body instanceof Uint8Array ? body.length : body?.length ?? 0;
    const headers = {
      ...signedHeaders(request, { ...address, query }, region, credentials),
      ...(length > 0 || method === "PUT" || method === "POST"
        ? { "content-length": String(length) }
        : {}),
    };
    const stop = new AbortController();
    const sending = (isTls ? httpsRequest : httpRequest)({
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port || (isTls ? 443 : 80),
      method,
      path: query === "" ? address.path : `${address.path}?${query}`,
      headers,
      agent: isTls ? agents.httpsAgent : agents.httpAgent,
    });
    let isSent = false;
    sending.once("finish", () => isSent = true);
    const abort = () => sending.destroy(new Error("aborted"));
    signal.addEventListener("abort", abort, { once: true });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      sending.once("response", resolve);
      sending.once("error", reject);
      // A connection that is closed while a body is sent is told by its socket alone.
      const lost = () => reject(Object.assign(new Error("closed"), { code: "ECONNRESET" }));
      sending.once("close", lost);
      sending.once("socket", (socket) => {
        socket.once("close", lost);
        sending.once("response", () => socket.off("close", lost)); // it goes on to other requests
      });
      const isSoon = method === "HEAD" || (method === "GET" && !isPatient);
      const patience = isSoon ? this.#headTimeout : ANSWER_TIMEOUT;
      sending.setTimeout(patience, () => sending.destroy(new Error("timed out")));
    });
    answered.catch(() => {}); // told of below, after the body's own failure
    try {
      if (signal.aborted) abort();
      if (body === undefined || body instanceof Uint8Array) sending.end(body);
      else {
        // An early refusal ends the wait for a body that nobody reads.
        const sent = sendBody(sending, body, stop.signal);
        await Promise.race([sent, answered]);
        sent.catch(() => {});
      }
      const message = await answered;
      const finish = () => signal.removeEventListener("abort", abort);
      message.once("close", finish);
      message.once("end", () => {
        finish();
        if (!isSent) message.socket.destroy(); // what is still to go out belongs to no other request
      });
      return {
        status: message.statusCode ?? 0,
        headers: flat(message),
        message,
        drop: () => message.resume(),
      };
    } catch (error) {
      stop.abort();
      signal.removeEventListener("abort", abort);
      sending.destroy();
      throw error;
    }
  }

  #handlerOf(store: Store): RequestHandlerOptions {
    const known = this.#handlers.get(store);
    if (known !== undefined) return known;
    const handler = requestHandler(store);
    this.#handlers.set(store, handler);
    return handler;
  }

  /** Closes the connections. */
  close(): void {
    for (const { httpAgent, httpsAgent } of this.#handlers.values()) {
      httpAgent.destroy();
      httpsAgent.destroy();
    }
    this.#handlers.clear();
  }
}

function flat({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value ?? "")]),
  );
}

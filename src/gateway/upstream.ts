/**
 * Requests that go on to a store as they came, signed anew: all but the reading of objects.
 *
 * They travel by `node:http`, like the SDK's: `fetch` of Deno cannot send a stream with its length.
 *
 * @module
 */
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { cancelled, type DipperError, isDipperError } from "../errors.ts";
import { recoveryOf } from "../range/attempt_failure.ts";
import { sleep, systemClock } from "../range/clock.ts";
import { Patience } from "../range/retry.ts";
import type { ReadSettings } from "../range/settings.ts";
import { kindOf } from "../store/facts.ts";
import { knownRegion, learnRegion } from "../store/region.ts";
import type { Credentials, Store } from "../store/store.ts";
import { factsOf, failureContext, translateS3Error } from "../store/translate.ts";
import { requestHandler, type RequestHandlerOptions } from "../store/transport.ts";
import type { Account, KindCounts } from "./activity.ts";
import { S3Refusal } from "./refusal.ts";
import { sendBody } from "./send_body.ts";
import { refusalOfAnswer } from "./upstream_refusal.ts";
import { addressOfRequest, signedHeaders } from "./upstream_sign.ts";
import { canonicalQuery, type QueryPair } from "./uri_text.ts";

/** A request for a store. */
export interface UpstreamRequest {
  readonly store: Store;
  readonly method: string;
  /** Empty for the service itself. */
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: readonly QueryPair[];
  /** Names in lower case; without host, length and signature. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | StreamedBody;
  /** For `x-amz-content-sha256`. */
  readonly hash: string;
  readonly kind: keyof KindCounts;
}

/** A body that is sent while it comes. */
export interface StreamedBody {
  readonly length: number;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** `anew`: each iteration begins at the first byte, so that the request can be repeated. `once` by default. */
  readonly comes?: "once" | "anew";
}

/** An answer's head; its body is still to be read, or to be let go with {@link UpstreamAnswer.drop}. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: IncomingMessage;
  drop(): void;
}

/** An answer that has been read. */
export interface UpstreamMessage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** An error document, which may come under a good status. */
const ERROR = /^\s*(<\?xml[^>]*>\s*)?<Error[\s>]/;

/** How to wait; see {@link ReadSettings}. */
export type UpstreamSettings = Pick<
  ReadSettings,
  "retryBudget" | "unreachableBudget" | "backoffFirst" | "backoffMost" | "headTimeout"
>;

/** New credentials for one request, each other than the last: they may be refused to others meanwhile. */
const RENEWALS = 8;
/**
 * Milliseconds without a byte: some work on listings and uploads for long. A HEAD, and a GET when it is
 * asked for the first time, must be answered as reads are.
 */
const ANSWER_TIMEOUT = 300_000;
const LARGEST_ERROR = 64 * 1024;

/** Sends requests; keeps connections open. */
export class Upstream {
  readonly #handlers = new Map<Store, RequestHandlerOptions>();
  readonly #settings: UpstreamSettings;

  /** @param settings how long to wait for answers, and to try again */
  constructor(settings: UpstreamSettings) {
    this.#settings = settings;
  }

  /**
   * Sends `request`; what can be sent again is, when the service fails or asks for patience.
   *
   * @throws {S3Refusal} with the service's code and status when it refuses
   * @throws {DipperError} when it cannot be reached
   */
  send(
    request: UpstreamRequest,
    account: Account,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer> {
    return this.#send(request, account, signal, (answer) => answer);
  }

  /**
   * Sends `request` as {@link Upstream.send} does, and reads the answer: an answer that breaks off, and an
   * error under a good status, are failures like any other.
   *
   * @throws {S3Refusal | DipperError} as {@link Upstream.send} does
   */
  ask(
    request: UpstreamRequest,
    account: Account,
    signal: AbortSignal,
  ): Promise<UpstreamMessage> {
    return this.#send(request, account, signal, async (answer) => {
      const { status, headers } = answer;
      return { status, headers, text: await textOf(answer, account) };
    });
  }

  async #send<T extends Pick<UpstreamAnswer, "status" | "headers"> & { readonly text?: string }>(
    request: UpstreamRequest,
    account: Account,
    signal: AbortSignal,
    take: (answer: UpstreamAnswer) => T | Promise<T>,
  ): Promise<T> {
    const { store, bucket, body } = request;
    const isRepeatable = body === undefined || body instanceof Uint8Array || body.comes === "anew";
    const patience = new Patience({
      clock: systemClock,
      random: Math.random,
      settings: this.#settings,
    });
    const rest = async (failure: Parameters<Patience["waitFor"]>[0], error: unknown) => {
      const wait = isRepeatable ? patience.waitFor(failure, 0) : undefined;
      if (wait === undefined) throw error;
      await sleep(systemClock, wait, signal);
    };
    let credentials = store.anonymous ? undefined : await store.credentials(signal);
    let isMoved = false;
    let renewals = 0;
    for (let attempt = 1;; attempt++) {
      account.checkBudget();
      account.sent(request.kind, attempt);
      const region = knownRegion(store, bucket);
      let answer: T | UpstreamMessage;
      try {
        const isPatient = attempt > 1;
        const head = await this.#once(request, region, credentials, signal, { isPatient });
        answer = head.status < 300 || head.status === 304
          ? await take(head)
          : { ...head, text: await refusalText(head, account) };
      } catch (error) {
        // What the body itself is refused for, or fails to come for.
        if (error instanceof S3Refusal || isDipperError(error)) throw error;
        if (signal.aborted) throw cancelled(signal);
        const failure = { recovery: recoveryOf(factsOf(error)), retryAfter: undefined };
        await rest(failure, this.#translated(error, request));
        continue;
      }
      const { headers, text = "" } = answer;
      const isGood = answer.status < 300 || answer.status === 304;
      if (isGood && !ERROR.test(text)) return answer as T;
      const status = isGood ? 500 : answer.status;
      const { failure, named } = refusalOfAnswer({ status, headers, text }, request);
      if (named !== undefined && named !== region && !isMoved) {
        isMoved = true;
        learnRegion(store, bucket, named);
        if (isRepeatable) continue;
        throw new S3Refusal("ServiceUnavailable", "The bucket is in another region: try again.");
      }
      if (
        credentials !== undefined && renewals < RENEWALS &&
        await this.#isExpired(request, failure, region, credentials, account, signal)
      ) {
        renewals++;
        credentials = await store.credentials(signal, credentials);
        if (isRepeatable) continue;
      }
      if (![429, 500, 502, 503, 504].includes(failure.status)) throw failure;
      const seconds = Number(headers["retry-after"]);
      await rest({
        recovery: recoveryOf({ status: failure.status, code: failure.code }),
        retryAfter: seconds > 0 ? seconds * 1000 : undefined,
      }, failure);
    }
  }

  /** Whether the credentials were refused for their age: a HEAD does not say, so a GET is asked. */
  async #isExpired(
    request: UpstreamRequest,
    { status, code, message }: S3Refusal,
    region: string,
    credentials: Credentials,
    account: Account,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { method, key, headers } = request;
    if (kindOf({ status, code, message }) === "expired") return true;
    const isSilent = method === "HEAD" && key !== "" && [400, 401, 403].includes(status);
    if (!isSilent || request.store.origins.credentials?.value === "keys") return false;
    account.sent("get", 1);
    const byte = { ...request, method: "GET", headers: { ...headers, range: "bytes=0-0" } };
    try {
      const answer = await this.#once(byte, region, credentials, signal);
      if (answer.status < 400) {
        answer.message.destroy(); // it may be the whole object
        return false;
      }
      const text = await refusalText(answer, account);
      const { failure } = refusalOfAnswer({ ...answer, text }, byte);
      return kindOf(failure) === "expired";
    } catch {
      signal.throwIfAborted();
      return false; // the HEAD's own answer stands
    }
  }

  /** Closes the connections. */
  close(): void {
    for (const { httpAgent, httpsAgent } of this.#handlers.values()) {
      httpAgent.destroy();
      httpsAgent.destroy();
    }
    this.#handlers.clear();
  }

  async #once(
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
      const patience = isSoon ? this.#settings.headTimeout : ANSWER_TIMEOUT;
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

  #translated(error: unknown, { store, bucket, key }: UpstreamRequest): DipperError {
    return translateS3Error(error, { ...failureContext(store), bucket, key });
  }
}

async function textOf({ message }: UpstreamAnswer, account: Account): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    account.read(chunk.length);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** As much of a refusal's body as can be one of S3's. */
async function refusalText(answer: UpstreamAnswer, account: Account): Promise<string> {
  if (Number(answer.headers["content-length"] ?? 0) > LARGEST_ERROR) {
    answer.drop();
    return "";
  }
  return await textOf(answer, account);
}

function flat({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value ?? "")]),
  );
}

/**
 * Requests that go on to a store as they came, signed anew: all but the reading of objects.
 *
 * They travel by `node:http`, like the SDK's: `fetch` of Deno cannot send a stream with its length.
 *
 * @module
 */
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { cancelled, type DipperError, isDipperError } from "../errors.ts";
import { addressOf } from "../range/address.ts";
import { isAws } from "../store/endpoint.ts";
import { knownRegion, learnRegion } from "../store/region.ts";
import type { Credentials, Store } from "../store/store.ts";
import { failureContext, translateS3Error } from "../store/translate.ts";
import { requestHandler, type RequestHandlerOptions } from "../store/transport.ts";
import type { Account, KindCounts } from "./activity.ts";
import { S3Refusal } from "./refusal.ts";
import { amzTime, scopeText, signingKey, signText, stringToSign } from "./sigv4.ts";
import { refusalOfAnswer } from "./upstream_refusal.ts";
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

const ATTEMPTS = 5;
/** Milliseconds of the first wait before another attempt. */
const BACKOFF = 60;
/** Milliseconds until the head of an answer must be there, once the body is sent. */
const ANSWER_TIMEOUT = 300_000;
const LARGEST_ERROR = 64 * 1024;

/** Sends requests; keeps connections open. */
export class Upstream {
  readonly #handlers = new Map<Store, RequestHandlerOptions>();

  /**
   * Sends `request`; what can be sent again is, when the service fails or asks for patience.
   *
   * @throws {S3Refusal} with the service's code and status when it refuses
   * @throws {DipperError} when it cannot be reached
   */
  async send(
    request: UpstreamRequest,
    account: Account,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer> {
    const { store, bucket } = request;
    const { body } = request;
    const isRepeatable = body === undefined || body instanceof Uint8Array || body.comes === "anew";
    let credentials = store.anonymous ? undefined : await store.credentials(signal);
    let isMoved = false;
    let isRenewed = false;
    for (let attempt = 1;; attempt++) {
      account.checkBudget();
      account.sent(request.kind, attempt);
      const isLast = attempt >= ATTEMPTS || !isRepeatable;
      const region = knownRegion(store, bucket);
      let answer: UpstreamAnswer;
      try {
        answer = await this.#once(request, region, credentials, signal);
      } catch (error) {
        // What the body itself is refused for, or fails to come for.
        if (error instanceof S3Refusal || isDipperError(error)) throw error;
        if (signal.aborted) throw cancelled(signal);
        if (isLast) throw this.#translated(error, request);
        await pause(BACKOFF * 2 ** attempt * (0.5 + Math.random()), signal);
        continue;
      }
      if (answer.status < 300 || answer.status === 304) return answer;
      const { status, headers } = answer;
      const text = await refusalText(answer, account);
      const { failure, named } = refusalOfAnswer({ status, headers, text }, request);
      if (named !== undefined && named !== region && !isMoved) {
        isMoved = true;
        learnRegion(store, bucket, named);
        if (isRepeatable) continue;
        throw new S3Refusal("ServiceUnavailable", "The bucket is in another region: try again.");
      }
      if (failure.code === "ExpiredToken" && !isRenewed && credentials !== undefined) {
        isRenewed = true;
        credentials = await store.credentials(signal, credentials);
        if (isRepeatable) continue;
      }
      if (isLast || ![429, 500, 502, 503, 504].includes(failure.status)) throw failure;
      await pause(BACKOFF * 2 ** attempt * (0.5 + Math.random()), signal);
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
  ): Promise<UpstreamAnswer> {
    const { store, method, body } = request;
    const address = addressOfRequest(request, region);
    const query = canonicalQuery(request.query);
    const url = new URL(address.origin);
    const agents = this.#handlerOf(store);
    const isTls = url.protocol === "https:";
    const length = body instanceof Uint8Array ? body.length : body?.length ?? 0;
    const headers = {
      ...signed(request, { ...address, query }, region, credentials),
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
    const abort = () => sending.destroy(new Error("aborted"));
    signal.addEventListener("abort", abort, { once: true });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      sending.once("response", resolve);
      sending.once("error", reject);
      sending.setTimeout(ANSWER_TIMEOUT, () => sending.destroy(new Error("timed out")));
    });
    answered.catch(() => {}); // told of below, after the body's own failure
    try {
      if (signal.aborted) abort();
      if (body === undefined || body instanceof Uint8Array) sending.end(body);
      else {
        // An early refusal ends the wait for a body that nobody reads.
        const sent = pipeline(Readable.from(body.bytes), sending, { signal: stop.signal });
        await Promise.race([sent, answered]);
        sent.catch(() => {});
      }
      const message = await answered;
      const finish = () => signal.removeEventListener("abort", abort);
      message.once("close", finish);
      message.once("end", finish);
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

/** All of an answer's body. */
export async function readAnswer(answer: UpstreamAnswer, account: Account): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.message) chunks.push(chunk as Uint8Array);
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  account.read(whole.length);
  return whole;
}

/** As much of a refusal's body as can be one of S3's. */
async function refusalText(answer: UpstreamAnswer, account: Account): Promise<string> {
  if (Number(answer.headers["content-length"] ?? 0) > LARGEST_ERROR) {
    answer.drop();
    return "";
  }
  return new TextDecoder().decode(await readAnswer(answer, account));
}

/** The service itself has the address of its buckets, without one. */
function addressOfRequest({ store, bucket, key }: UpstreamRequest, region: string) {
  if (bucket !== "") return addressOf(store, { bucket, key }, undefined, region);
  const base = isAws(store.endpoint)
    ? new URL(`https://s3.${region}.amazonaws.com`)
    : store.endpoint!;
  return { origin: base.origin, host: base.host, path: "/", query: "" };
}

function signed(
  request: UpstreamRequest,
  address: { readonly host: string; readonly path: string; readonly query: string },
  region: string,
  credentials: Credentials | undefined,
): Record<string, string> {
  const headers: Record<string, string> = { ...request.headers, host: address.host };
  if (credentials === undefined) return headers;
  const time = amzTime(new Date());
  headers["x-amz-date"] = time;
  headers["x-amz-content-sha256"] = request.hash;
  if (credentials.sessionToken !== undefined) {
    headers["x-amz-security-token"] = credentials.sessionToken;
  }
  const names = Object.keys(headers)
    .filter((name) => name === "host" || name === "content-md5" || name.startsWith("x-amz-"))
    .sort();
  const scope = { day: time.slice(0, 8), region, service: "s3" };
  const text = stringToSign(time, scope, {
    method: request.method,
    path: address.path,
    query: address.query,
    headers: names.map((name) => [name, headers[name]] as const),
    payload: request.hash,
  });
  const signature = signText(signingKey(credentials.secretAccessKey, scope), text);
  headers.authorization =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scopeText(scope)}, ` +
    `SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return headers;
}

function flat({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value ?? "")]),
  );
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const stop = () => resolve();
  signal.addEventListener("abort", stop, { once: true });
  await promise;
  signal.removeEventListener("abort", stop);
  clearTimeout(timer);
  if (signal.aborted) throw cancelled(signal);
}

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
import { cancelled, type DipperError } from "../errors.ts";
import { addressOf } from "../range/address.ts";
import { isAws } from "../store/endpoint.ts";
import { knownRegion, learnRegion, regionInAnswer } from "../store/region.ts";
import type { Credentials, Store } from "../store/store.ts";
import { failureContext, translateS3Error } from "../store/translate.ts";
import { requestHandler, type RequestHandlerOptions } from "../store/transport.ts";
import type { Account, KindCounts } from "./activity.ts";
import { S3Refusal } from "./refusal.ts";
import { amzTime, scopeText, signingKey, signText, stringToSign } from "./sigv4.ts";
import { canonicalQuery, type QueryPair } from "./uri_text.ts";
import { elements, textOf } from "./xml.ts";

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
  /** Bytes that can be sent again, or a stream that cannot. */
  readonly body?: Uint8Array | {
    readonly length: number;
    readonly bytes: AsyncIterable<Uint8Array>;
  };
  /** For `x-amz-content-sha256`. */
  readonly hash: string;
  readonly kind: keyof KindCounts;
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
    const isRepeatable = request.body === undefined || request.body instanceof Uint8Array;
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
        if (error instanceof S3Refusal) throw error;
        if (signal.aborted) throw cancelled(signal);
        if (isLast) throw this.#translated(error, request);
        await pause(BACKOFF * 2 ** attempt * (0.5 + Math.random()), signal);
        continue;
      }
      if (answer.status < 300 || answer.status === 304) return answer;
      const refusal = await refusalOfAnswer(answer, request, account);
      const { failure, named } = refusal;
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

/** What a refusal's body says, and the region that it names. Nothing else of it is handed on. */
async function refusalOfAnswer(
  answer: UpstreamAnswer,
  { method, key }: UpstreamRequest,
  account: Account,
): Promise<{ readonly failure: S3Refusal; readonly named: string | undefined }> {
  const isLong = Number(answer.headers["content-length"] ?? 0) > LARGEST_ERROR;
  if (isLong) answer.drop();
  const text = isLong ? "" : new TextDecoder().decode(await readAnswer(answer, account));
  const { status, headers } = answer;
  const error = elements(text, "Error")[0] ?? text;
  const code = textOf(error, "Code") ?? codeOf(status, key);
  const failure = new S3Refusal(
    code,
    textOf(error, "Message") || `The service answered ${status}.`,
    {
      status: method === "HEAD" || status >= 400 ? status : 502,
      requestId: headers["x-amz-request-id"],
      headers: status === 416 && headers["content-range"] !== undefined
        ? { "content-range": headers["content-range"] }
        : {},
    },
  );
  const named = regionInAnswer({
    $response: { statusCode: status, headers: { ...headers } },
    Region: textOf(error, "Region"),
    Endpoint: textOf(error, "Endpoint"),
    message: failure.message,
  });
  return { failure, named };
}

function codeOf(status: number, key: string): string {
  switch (status) {
    case 403:
      return "AccessDenied";
    case 404:
      return key === "" ? "NoSuchBucket" : "NoSuchKey";
    case 412:
      return "PreconditionFailed";
    case 416:
      return "InvalidRange";
    case 503:
      return "ServiceUnavailable";
    default:
      return status >= 500 ? "InternalError" : `Status${status}`;
  }
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

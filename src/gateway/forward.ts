/**
 * Requests that go to the store as they are, and their answers back.
 *
 * @module
 */
import type { MessageHeaders } from "../range/http/headers.ts";
import type { KindCounts } from "./activity.ts";
import type { Exchange, Located } from "./exchange.ts";
import type { ByteSource, HttpAnswer } from "./http/answer.ts";
import type { UpstreamAnswer, UpstreamRequest } from "./upstream_request.ts";

/** Headers of a request that go on; besides these, those of `x-amz-`. */
const PASSED = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-md5",
  "content-type",
  "expires",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-unmodified-since",
  "range",
]);

/** Headers of the client's own signature and of how its body was sent. */
const OWN = new Set([
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-decoded-content-length",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-security-token",
  "x-amz-trailer",
  "x-amz-user-agent",
]);

/** Headers of an answer that are about its way, not about what it says. */
const OF_THE_WAY = new Set([
  "connection",
  "date",
  "keep-alive",
  "server",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The headers of a request for the store. */
export function requestHeaders(headers: MessageHeaders): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (OWN.has(name) || !(PASSED.has(name) || name.startsWith("x-amz-"))) continue;
    if (name !== "content-encoding") {
      passed[name] = value;
      continue;
    }
    const rest = value.split(",").map((each) => each.trim())
      .filter((each) => each !== "" && each !== "aws-chunked");
    if (rest.length > 0) passed[name] = rest.join(", ");
  }
  return passed;
}

/** The headers of an answer for the client. */
export function answerHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_WAY.has(name)));
}

/** The kind that a request counts under. */
export function kindOf(
  { method, bucket, key, query }: Pick<Exchange, "method" | "bucket" | "key" | "query">,
): keyof KindCounts {
  const isOfObject = bucket !== "" && key !== "";
  if (method === "HEAD") return "head";
  if (method === "GET") return isOfObject ? "get" : "list";
  const isOfUpload = query.some(([name]) => name === "uploads" || name === "uploadId");
  if (method === "PUT") return isOfObject ? "put" : "other";
  return method === "POST" && isOfUpload ? "put" : "other";
}

/** The request of `exchange` for the store, without a body. */
export function upstreamRequest(
  exchange: Exchange,
  { store, bucket }: Located,
  hash: string,
): UpstreamRequest {
  const { method, key, query, headers } = exchange;
  return {
    store,
    method,
    bucket,
    key,
    query,
    headers: requestHeaders(headers),
    hash,
    kind: kindOf(exchange),
  };
}

/** An answer as it came, streamed. */
export function passOn(answer: UpstreamAnswer, exchange: Exchange): HttpAnswer {
  const headers = { "x-amz-request-id": exchange.requestId, ...answerHeaders(answer.headers) };
  const { status } = answer;
  if (exchange.method === "HEAD" || status === 204 || status === 304) {
    answer.drop();
    return { status, headers, body: null };
  }
  return { status, headers, body: sourceOf(answer, exchange) };
}

/** What the store sends, no faster than the client takes it. */
function sourceOf(answer: UpstreamAnswer, exchange: Exchange): ByteSource {
  const pieces = answer.message[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return {
    async next() {
      const { done, value } = await pieces.next();
      if (done) return undefined;
      exchange.client.account.read(value.length);
      return value;
    },
    cancel: () => void answer.message.destroy(),
  };
}

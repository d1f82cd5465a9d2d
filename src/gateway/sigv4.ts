/**
 * AWS Signature Version 4: the same arithmetic for what comes in and for what goes out.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 * @module
 */
import { hmac, hmacText, sha256 } from "../range/digest.ts";

export { EMPTY_HASH, sha256 } from "../range/digest.ts";

/** What a signature is for, besides the request: `day/region/service/aws4_request`. */
export interface Scope {
  /** `YYYYMMDD`. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

/** A request in the words of the specification. */
export interface CanonicalRequest {
  readonly method: string;
  /** Encoded. */
  readonly path: string;
  /** Encoded and sorted. */
  readonly query: string;
  /** Those that are signed: names in lower case, ascending. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Hash of the body, or the words that stand for it. */
  readonly payload: string;
}

/** `day/region/service/aws4_request`. */
export function scopeText({ day, region, service }: Scope): string {
  return `${day}/${region}/${service}/aws4_request`;
}

/** The text whose hash is signed. */
export function canonicalText(request: CanonicalRequest): string {
  const { method, path, query, headers, payload } = request;
  return [
    method,
    path,
    query,
    ...headers.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
    "",
    headers.map(([name]) => name).join(";"),
    payload,
  ].join("\n");
}

/** The text that is signed for a request. */
export function stringToSign(time: string, scope: Scope, request: CanonicalRequest): string {
  return `AWS4-HMAC-SHA256\n${time}\n${scopeText(scope)}\n${sha256(canonicalText(request))}`;
}

/** The key for a day, a region and a service. */
export function signingKey(secretAccessKey: string, { day, region, service }: Scope): Uint8Array {
  return [day, region, service, "aws4_request"].reduce<Uint8Array>(
    hmac,
    new TextEncoder().encode(`AWS4${secretAccessKey}`),
  );
}

/** The signature of `text`, in hexadecimal. */
export function signText(key: Uint8Array, text: string): string {
  return hmacText(key, text);
}

/** Compares in a time that depends on their lengths only: signatures are all of one. */
export function isSameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}

/** `20130524T000000Z`. */
export function amzTime(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** Milliseconds since 1970 of `20130524T000000Z`; undefined when it is no time. */
export function parseAmzTime(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

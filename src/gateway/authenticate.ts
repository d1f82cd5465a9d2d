/**
 * Who sends a request: SigV4 in a header or in the query, held against the keys given out.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 * @module
 */
import type { MessageHeaders } from "../range/http/headers.ts";
import type { KeyRing } from "./keys.ts";
import { S3Refusal } from "./refusal.ts";
import {
  type CanonicalRequest,
  isSameText,
  parseAmzTime,
  type Scope,
  sha256,
  signText,
  stringToSign,
} from "./sigv4.ts";
import { canonicalQuery, decodePart, encodePath, type QueryPair } from "./uri_text.ts";

/** Milliseconds that a request's date may be off. */
const SKEW = 5 * 60_000;
/** Seconds for which a presigned address may hold: a week. */
const LONGEST = 7 * 24 * 3600;

/** A request as it was sent. */
export interface SentRequest {
  readonly method: string;
  /** Encoded. */
  readonly path: string;
  readonly query: readonly QueryPair[];
  readonly headers: MessageHeaders;
}

/** Who it is, and how the body is signed. */
export interface Authenticated {
  /** The name that the key was issued to. */
  readonly name: string;
  /** `x-amz-content-sha256`: the body's hash, or the words that stand for it. */
  readonly payload: string;
  /** What signs the chunks of the body, where they are signed. */
  readonly chunkSigner: ChunkSigner;
}

/** Signatures of the chunks of a streamed body; each depends on the one before. */
export interface ChunkSigner {
  /** Whether `signature` is that of the next chunk. */
  isNext(chunkHash: string, signature: string): boolean;
  /** Whether `signature` is that of the trailer. */
  isTrailer(trailerHash: string, signature: string): boolean;
}

/** What a request says about its signature. */
interface Claim {
  readonly name: string;
  readonly scope: Scope;
  readonly time: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly payload: string;
  readonly query: readonly QueryPair[];
}

/**
 * Checks the signature of `request`.
 *
 * @param now milliseconds since 1970
 * @throws {S3Refusal} 403 when it is missing, wrong or too old
 */
export function authenticate(
  request: SentRequest,
  keys: Pick<KeyRing, "signingKey">,
  now: number,
): Authenticated {
  const claim = request.headers.has("authorization")
    ? headerClaim(request, now)
    : queryClaim(request, now);
  const { name, scope, time, signature, payload } = claim;
  const key = keys.signingKey(name, scope);
  const isGood = key !== undefined &&
    spellings(request.path).some((path) =>
      isSameText(
        signText(key, stringToSign(time, scope, canonical(request, claim, path))),
        signature,
      )
    );
  // The same answer for an unknown key and for a wrong secret.
  if (!isGood) {
    throw new S3Refusal(
      "SignatureDoesNotMatch",
      "The request is not signed with a key that this gateway has given out.",
    );
  }
  return { name, payload, chunkSigner: chunkSigner(key, claim) };
}

function headerClaim({ headers, query }: SentRequest, now: number): Claim {
  const text = headers.get("authorization") ?? "";
  if (!text.startsWith("AWS4-HMAC-SHA256 ")) throw denied("Only Signature Version 4 is accepted.");
  const fields = new Map(
    text.slice(17).split(",").map((field): [string, string] => {
      const equals = field.indexOf("=");
      return [field.slice(0, equals).trim(), field.slice(equals + 1).trim()];
    }),
  );
  const dateHeader = headers.get("date");
  const time = headers.get("x-amz-date") ??
    (dateHeader === null || Number.isNaN(Date.parse(dateHeader))
      ? ""
      : new Date(dateHeader).toISOString().replace(/[-:]|\.\d{3}/g, ""));
  const at = parseAmzTime(time);
  if (at === undefined) throw denied("The request has no date.");
  if (Math.abs(now - at) > SKEW) {
    throw new S3Refusal("RequestTimeTooSkewed", "The request's date is more than 5 minutes off.");
  }
  return {
    ...credentialOf(fields.get("Credential"), time),
    time,
    signedHeaders: signedHeadersOf(fields.get("SignedHeaders")),
    signature: fields.get("Signature") ?? "",
    payload: headers.get("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD",
    query,
  };
}

function queryClaim({ query, headers }: SentRequest, now: number): Claim {
  const value = (name: string) => query.find(([each]) => each === name)?.[1];
  if (value("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256") throw denied("The request is not signed.");
  const time = value("X-Amz-Date") ?? "";
  const at = parseAmzTime(time);
  const seconds = Number(value("X-Amz-Expires") ?? NaN);
  if (at === undefined || !(seconds > 0 && seconds <= LONGEST)) {
    throw denied("The address has no date, or does not say how long it holds.");
  }
  if (at - now > SKEW) {
    throw new S3Refusal("RequestTimeTooSkewed", "The address is of more than 5 minutes from now.");
  }
  if (now > at + seconds * 1000) throw denied("The address has expired.");
  return {
    ...credentialOf(value("X-Amz-Credential"), time),
    time,
    signedHeaders: signedHeadersOf(value("X-Amz-SignedHeaders")),
    signature: value("X-Amz-Signature") ?? "",
    payload: value("X-Amz-Content-Sha256") ?? headers.get("x-amz-content-sha256") ??
      "UNSIGNED-PAYLOAD",
    query: query.filter(([name]) => name !== "X-Amz-Signature"),
  };
}

function credentialOf(text: string | undefined, time: string): { name: string; scope: Scope } {
  const parts = (text ?? "").split("/");
  const [name, day, region, service, end] = parts;
  if (
    parts.length !== 5 || end !== "aws4_request" || service !== "s3" || day !== time.slice(0, 8)
  ) {
    throw denied("The credential's scope is not of S3 and of the request's day.");
  }
  return { name, scope: { day, region, service } };
}

/** The host must be signed: a request signed for elsewhere is not one for here. */
function signedHeadersOf(text: string | undefined): string[] {
  const names = (text ?? "").split(";");
  if (!names.includes("host")) throw denied("The host is not signed.");
  return names;
}

/** Clients differ in what they encode; S3 signs the canonical spelling, some what they sent. */
function spellings(path: string): string[] {
  const canonical = encodePath(decodePart(path));
  return canonical === path ? [path] : [canonical, path];
}

function canonical(request: SentRequest, claim: Claim, path: string): CanonicalRequest {
  return {
    method: request.method,
    path,
    query: canonicalQuery(claim.query),
    headers: claim.signedHeaders.map((name) => [name, request.headers.get(name) ?? ""] as const),
    payload: claim.payload,
  };
}

function chunkSigner(key: Uint8Array, { time, scope, signature }: Claim): ChunkSigner {
  const prefix = `${time}\n${scope.day}/${scope.region}/${scope.service}/aws4_request`;
  let last = signature;
  const check = (text: string, given: string) => {
    last = signText(key, text);
    return isSameText(last, given);
  };
  return {
    isNext: (hash, given) =>
      check(`AWS4-HMAC-SHA256-PAYLOAD\n${prefix}\n${last}\n${sha256("")}\n${hash}`, given),
    isTrailer: (hash, given) =>
      check(`AWS4-HMAC-SHA256-TRAILER\n${prefix}\n${last}\n${hash}`, given),
  };
}

function denied(message: string): S3Refusal {
  return new S3Refusal("AccessDenied", message);
}

/**
 * AWS Signature Version 4 for requests with a body, whose bytes are held by a checksum of their own and
 * not by the signature.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 * @module
 */
import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "../../store/store.ts";

/** A request, encoded as it will be sent. */
export interface Signable {
  readonly method: string;
  /** With its port, where that is not the scheme's own. */
  readonly host: string;
  readonly path: string;
  /** Encoded, sorted by name, without a question mark. */
  readonly query: string;
  readonly region: string;
  /** Names in lower case; those of `x-amz-` and `content-md5` are signed. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body in hexadecimal, or `UNSIGNED-PAYLOAD`. */
  readonly payload: string;
}

let dayName = "";
let dayKey: Uint8Array = new Uint8Array();

/** The headers of the request, those of the signature added; `host` is not among them. */
export function signRequest(
  request: Signable,
  credentials: Credentials,
  date: Date,
): Record<string, string> {
  const { method, host, path, query, region, payload } = request;
  const time = date.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const headers: Record<string, string> = {
    ...request.headers,
    "x-amz-content-sha256": payload,
    "x-amz-date": time,
    ...(credentials.sessionToken === undefined
      ? {}
      : { "x-amz-security-token": credentials.sessionToken }),
  };
  const names = Object.keys(headers)
    .filter((name) => name.startsWith("x-amz-") || name === "content-md5")
    .concat("host").sort();
  const lines = names.map((name) =>
    `${name}:${name === "host" ? host : headers[name].trim().replace(/ +/g, " ")}`
  );
  const signed = names.join(";");
  const canonical = [method, path, query, ...lines, "", signed, payload].join("\n");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const hash = createHash("sha256").update(canonical).digest("hex");
  const signature = createHmac("sha256", keyOf(credentials, time.slice(0, 8), region))
    .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash}`)
    .digest("hex");
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, ` +
    `SignedHeaders=${signed}, Signature=${signature}`;
  return headers;
}

/** The query of `pairs` as it is sent and signed. */
export function canonicalQuery(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs).map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort().join("&");
}

function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function keyOf({ secretAccessKey }: Credentials, day: string, region: string): Uint8Array {
  const name = `${day} ${region} ${secretAccessKey}`;
  if (dayName !== name) {
    dayKey = [day, region, "s3", "aws4_request"].reduce<Uint8Array>(
      (key, part) => createHmac("sha256", key).update(part).digest(),
      new TextEncoder().encode(`AWS4${secretAccessKey}`),
    );
    dayName = name;
  }
  return dayKey;
}

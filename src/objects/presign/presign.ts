/**
 * Addresses that carry a permission: whoever has one may read or write one object for a while.
 *
 * Signed by AWS Signature Version 4 in the query, with the payload unsigned, so that a PUT takes any
 * bytes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 * @module
 */
import { createHash, createHmac } from "node:crypto";
import { CredentialsError, UsageError } from "../../errors.ts";
import { addressOf } from "../../range/address.ts";
import { isAws } from "../../store/endpoint.ts";
import type { Store } from "../../store/store.ts";
import type { S3Location } from "../../store/uri.ts";

/** Headers that the service is to answer with, whatever the object has. */
export interface ResponseHeaders {
  readonly contentType?: string;
  /** Such as `attachment; filename="data.csv"`. */
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  readonly expires?: string;
}

/** What the address allows. */
export interface PresignOptions {
  /** `GET` when absent. */
  readonly method?: "GET" | "PUT" | "HEAD" | "DELETE";
  /** Seconds that it is good for; an hour when absent. */
  readonly expiresIn?: number;
  readonly versionId?: string;
  /** For GET: what the service answers with. */
  readonly response?: ResponseHeaders;
  /** For PUT: the type that whoever uploads must send. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** Now, for tests. */
  readonly now?: Date;
}

/** An address and what goes with it. */
export interface Presigned {
  readonly url: string;
  readonly method: "GET" | "PUT" | "HEAD" | "DELETE";
  /** When the service stops taking it. */
  readonly expires: Date;
  /** Headers that must be sent along. */
  readonly headers: Readonly<Record<string, string>>;
  /** A sentence where it ends before it was asked to: with temporary credentials. */
  readonly warning: string | undefined;
}

/** Seven days: the limit of Signature Version 4 itself, which every service keeps. */
export const LONGEST_EXPIRY = 7 * 86_400;

const HOUR = 3600;

const RESPONSE_NAMES: Readonly<Record<keyof ResponseHeaders, string>> = {
  contentType: "response-content-type",
  contentDisposition: "response-content-disposition",
  contentEncoding: "response-content-encoding",
  contentLanguage: "response-content-language",
  cacheControl: "response-cache-control",
  expires: "response-expires",
};

/**
 * Makes such an address; nothing is asked of the service.
 *
 * @param region of the bucket; the store's when absent
 * @throws {UsageError} past the seven days that signatures can last
 * @throws {CredentialsError} without credentials to sign with
 */
export async function presign(
  store: Store,
  location: S3Location,
  options: PresignOptions = {},
  region: string = store.region,
): Promise<Presigned> {
  const { method = "GET", expiresIn = HOUR, versionId, response = {}, contentType } = options;
  checkExpiry(store, expiresIn);
  const credentials = await store.credentials(options.signal);
  if (credentials === undefined) {
    throw new CredentialsError("no_credentials", "an address is signed with credentials", {
      ...location,
      hint: "A public object needs no signature. Otherwise give keys: dipper configure.",
    });
  }
  const now = options.now ?? new Date();
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers: Record<string, string> = contentType === undefined
    ? {}
    : { "content-type": contentType };
  const { origin, host, path } = addressOf(store, location, undefined, region);
  const signed = Object.entries({ ...headers, host }).sort(([a], [b]) => a < b ? -1 : 1);
  const names = signed.map(([name]) => name).join(";");
  const query = canonicalQuery([
    ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
    ["X-Amz-Credential", `${credentials.accessKeyId}/${scope}`],
    ["X-Amz-Date", time],
    ["X-Amz-Expires", String(expiresIn)],
    ["X-Amz-SignedHeaders", names],
    ["X-Amz-Security-Token", credentials.sessionToken],
    ["versionId", versionId],
    ...responseQuery(response),
  ]);
  const canonical = [
    method,
    path,
    query,
    ...signed.map(([name, value]) => `${name}:${value.trim()}`),
    "",
    names,
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = [time.slice(0, 8), region, "s3", "aws4_request"].reduce<string | Uint8Array>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = createHmac("sha256", key).update(toSign).digest("hex");
  return {
    url: `${origin}${path}?${query}&X-Amz-Signature=${signature}`,
    method,
    ...endOf(now, expiresIn, credentials.expiration, credentials.sessionToken !== undefined),
    headers,
  };
}

/** What `store` takes at most, a sentence. */
export function expiryLimit(store: Store): string {
  const where = store.endpoint === undefined || isAws(store.endpoint)
    ? "AWS takes 7 days at most (12 hours where the console signs), and an address signed with " +
      "temporary credentials ends with them"
    : `${store.endpoint.host} takes 7 days at most, as signatures of version 4 do; signed with ` +
      "temporary credentials an address ends with them";
  return `${where}.`;
}

function checkExpiry(store: Store, seconds: number): void {
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= LONGEST_EXPIRY) return;
  throw new UsageError(
    seconds > LONGEST_EXPIRY
      ? "an address cannot be good for longer than 7 days"
      : "an address must be good for a second at least",
    {
      hint: `${expiryLimit(store)} For longer, make the object public (dipper policy set ` +
        "--preset public-read) or give access to a user.",
    },
  );
}

function endOf(
  now: Date,
  seconds: number,
  credentialsEnd: Date | undefined,
  temporary: boolean,
): { expires: Date; warning: string | undefined } {
  const expires = new Date(now.getTime() + seconds * 1000);
  if (credentialsEnd !== undefined && credentialsEnd < expires) {
    return {
      expires: credentialsEnd,
      warning: "the credentials are temporary: the address ends with them, at " +
        `${credentialsEnd.toISOString()}`,
    };
  }
  const warning = temporary && credentialsEnd === undefined
    ? "the credentials are temporary: the address ends with them, if that is sooner"
    : undefined;
  return { expires, warning };
}

function responseQuery(response: ResponseHeaders): [string, string | undefined][] {
  return (Object.keys(RESPONSE_NAMES) as (keyof ResponseHeaders)[])
    .map((name) => [RESPONSE_NAMES[name], response[name]]);
}

function canonicalQuery(fields: readonly (readonly [string, string | undefined])[]): string {
  return fields
    .filter((field): field is [string, string] => field[1] !== undefined)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
}

function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The line of shell that uses the address; the address is quoted. */
export function curlLine({ url, method, headers }: Presigned, file: string): string {
  const given = Object.entries(headers).map(([name, value]) => ` -H ${quote(`${name}: ${value}`)}`);
  const what = {
    GET: ` -o ${quote(file)}`,
    PUT: ` -T ${quote(file)}`,
    HEAD: " -I",
    DELETE: " -X DELETE",
  }[method];
  return `curl -f${what}${given.join("")} ${quote(url)}`;
}

/** `text` as one word for a shell. */
function quote(text: string): string {
  return /^[\w./:=-]+$/.test(text) && !text.startsWith("-")
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The address and the signature of requests to stores.
 *
 * @module
 */
import { addressOf, type ObjectAddress } from "../range/address.ts";
import { isAws } from "../store/endpoint.ts";
import type { Credentials } from "../store/store.ts";
import { amzTime, scopeText, signingKey, signText, stringToSign } from "./sigv4.ts";
import type { UpstreamRequest } from "./upstream_request.ts";

/** The service itself has the address of its buckets, without one. */
export function addressOfRequest(
  { store, bucket, key }: UpstreamRequest,
  region: string,
): ObjectAddress {
  if (bucket !== "") return addressOf(store, { bucket, key }, undefined, region);
  const base = isAws(store.endpoint)
    ? new URL(`https://s3.${region}.amazonaws.com`)
    : store.endpoint!;
  return { origin: base.origin, host: base.host, path: "/", query: "" };
}

/** The headers of `request`, signed where there are credentials. */
export function signedHeaders(
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

/**
 * Where an object is: its URL at its store.
 *
 * @module
 */
import { UnsupportedError } from "../errors.ts";
import { addressingFor, isAws } from "../store/endpoint.ts";
import { formatS3Uri, type S3Location } from "../store/uri.ts";
import type { Store } from "../store/store.ts";

/** An object's address, encoded as it is sent and as it is signed. */
export interface ObjectAddress {
  /** Scheme, host and port. */
  readonly origin: string;
  /** With the port, where that is not the scheme's own. */
  readonly host: string;
  readonly path: string;
  /** Without a question mark. */
  readonly query: string;
}

/**
 * The address of an object.
 *
 * @param region of the bucket; it names the host on AWS
 * @throws {UnsupportedError} for a key with a `.` or `..` between slashes where nothing is signed: who
 *   takes the dots out on the way then reads another object, and no signature tells
 */
export function addressOf(
  store: Store,
  { bucket, key }: S3Location,
  versionId: string | undefined,
  region: string,
): ObjectAddress {
  if (store.anonymous && hasDots(key)) {
    throw new UnsupportedError(`a URL cannot name the key of ${formatS3Uri({ bucket, key })}`, {
      bucket,
      key,
      hint: "It has a . or .. between slashes, which only a signed request carries safely.",
    });
  }
  const base = baseOf(store, region);
  const isVirtual = addressingFor(store.addressing, store.endpoint, bucket) === "virtual";
  const host = isVirtual ? `${bucket}.${base.host}` : base.host;
  return {
    origin: `${base.protocol}//${host}`,
    host,
    path: isVirtual ? `/${encodePath(key)}` : `/${encodePath(bucket)}/${encodePath(key)}`,
    query: versionId === undefined ? "" : `versionId=${encode(versionId)}`,
  };
}

/** Whether URL parsers, `fetch` among them, would change the key: it has a `.` or `..` between slashes. */
export function hasDots(key: string): boolean {
  return key.split("/").some((segment) => segment === "." || segment === "..");
}

/** Which host and port requests to `store` go to, as a name: what a limit per host is kept by. */
export function hostOf(store: Store): string {
  return store.endpoint?.origin ?? `aws ${store.region}`;
}

/** An AWS address that names the store's region is one of many; any other is the only one. */
function baseOf(store: Store, region: string): URL {
  if (store.endpoint !== undefined && !(isAws(store.endpoint) && region !== store.region)) {
    return store.endpoint;
  }
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return new URL(`https://s3.${region}.${suffix}`);
}

/** Percent-encodes all but RFC 3986's unreserved characters and the slash, as SigV4 wants. */
function encodePath(key: string): string {
  return key.split("/").map(encode).join("/");
}

function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

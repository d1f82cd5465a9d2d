/**
 * Addresses of one version of an object, for clients that can name none: DuckDB takes `?versionId=` for
 * a part of the key. The version stands in a bucket's name, in a form that no bucket can have, so every
 * key stays a key: `s3://BUCKET@version/HEX/KEY`, where HEX is the id's bytes in hexadecimal.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { S3Refusal } from "./refusal.ts";
import type { QueryPair } from "./uri_text.ts";

const MARK = "@version";
const VERSION = /^((?:[0-9a-f]{2})+)\/(.+)$/is;

/** What a request is about. */
export interface RequestTarget {
  readonly bucket: string;
  readonly key: string;
  readonly query: readonly QueryPair[];
}

/**
 * The request that `target` stands for.
 *
 * @throws {S3Refusal} 400 InvalidURI when it names no version, 405 when it would change one
 */
export function resolveVersion(target: RequestTarget, method: string): RequestTarget {
  if (!target.bucket.endsWith(MARK)) return target;
  const { bucket, key, versionId } = objectMeant(target);
  if (versionId === undefined) {
    throw new S3Refusal("InvalidURI", "The address names no version: make it with version_of().");
  }
  if (method !== "GET" && method !== "HEAD") {
    throw new S3Refusal("MethodNotAllowed", "A version can be read, not written.", { status: 405 });
  }
  return { bucket, key, query: [...target.query, ["versionId", versionId]] };
}

/** The object that an address is about, and its version when it names one. */
export function objectMeant(
  { bucket, key }: { readonly bucket: string; readonly key: string },
): { bucket: string; key: string; versionId?: string } {
  const [, hex, rest] = (bucket.endsWith(MARK) ? VERSION.exec(key) : null) ?? [];
  if (hex === undefined) return { bucket: bucketMeant(bucket), key };
  return {
    bucket: bucketMeant(bucket),
    key: rest.replaceAll("%3F", "?").replaceAll("%25", "%"),
    versionId: textOf(hex),
  };
}

/** The bucket that is meant by the name of one, with or without a version. */
export function bucketMeant(name: string): string {
  return name.endsWith(MARK) ? name.slice(0, -MARK.length) : name;
}

/** The address of version `id` of the object at `uri`: what `version_of` makes in SQL. */
export function versionAddress(uri: string, id: string): string {
  const [, bucket, key] = /^(s3[an]?:\/\/[^/@]+)\/(.+)$/s.exec(uri) ?? [];
  if (bucket === undefined) throw new UsageError(`${uri} is no address of an object`);
  const bytes = new TextEncoder().encode(id);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${bucket}${MARK}/${hex}/${key.replaceAll("%", "%25").replaceAll("?", "%3F")}`;
}

/**
 * SQL that defines `version_of(uri, id)`: NULL when `uri` is no object's address. What DuckDB reads in an
 * address, `?`, is escaped in the key.
 */
export const VERSION_OF_MACRO = `
  CREATE OR REPLACE MACRO version_of(uri, id) AS
    nullif(regexp_extract(uri, '(?s)^(s3[an]?://[^/@]+)/.+$', 1), '') || '${MARK}/' ||
    lower(hex(id::VARCHAR)) || '/' || replace(replace(
      regexp_extract(uri, '(?s)^s3[an]?://[^/@]+/(.+)$', 1), '%', '%25'), '?', '%3F')`;

function textOf(hex: string): string {
  const bytes = hex.match(/../g)!.map((pair) => parseInt(pair, 16));
  return new TextDecoder().decode(new Uint8Array(bytes));
}

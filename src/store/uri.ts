/**
 * `s3://bucket/key`: the names of objects as a person writes them.
 *
 * @module
 */
import { UsageError } from "../errors.ts";

/** A bucket and what is in it; `key` is empty for the bucket itself. */
export interface S3Location {
  readonly bucket: string;
  /** The key as the service knows it: never percent-decoded, no slash in front. */
  readonly key: string;
}

/** Schemes that mean the same service; `s3a` and `s3n` come from Hadoop. */
const SCHEME = /^s3[an]?:\/\//i;

/** Whether `text` is written as an S3 URI. */
export function isS3Uri(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Parses `s3://bucket/key`. The key is taken literally, as the AWS tools do: `%20`, `?` and `#` are
 * parts of it.
 *
 * @throws {UsageError} when it is no S3 URI or names no valid bucket
 */
export function parseS3Uri(uri: string): S3Location {
  const scheme = SCHEME.exec(uri);
  if (scheme === null) {
    throw new UsageError(`not an S3 address: ${uri}`, {
      uri,
      hint: "Write it as s3://bucket/key.",
    });
  }
  const rest = uri.slice(scheme[0].length);
  const slash = rest.indexOf("/");
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  checkBucketName(bucket, uri);
  return { bucket, key: slash < 0 ? "" : rest.slice(slash + 1) };
}

/** Writes `s3://bucket/key`; the inverse of {@link parseS3Uri}. */
export function formatS3Uri({ bucket, key }: S3Location): string {
  return key === "" ? `s3://${bucket}` : `s3://${bucket}/${key}`;
}

/**
 * An S3 URI, or a key relative to the store's default bucket.
 *
 * @throws {UsageError} when it is relative and there is no default bucket
 */
export function resolveS3Uri(text: string, defaultBucket: string | undefined): S3Location {
  if (isS3Uri(text)) return parseS3Uri(text);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) parseS3Uri(text);
  if (defaultBucket === undefined) {
    throw new UsageError(`${text || "(nothing)"} names no bucket, and there is no default bucket`, {
      hint: "Write s3://bucket/key, or name a default bucket: DIPPER_BUCKET in the environment, " +
        "or dipper_bucket in the profile.",
    });
  }
  return { bucket: defaultBucket, key: text.replace(/^\/+/, "") };
}

/**
 * Refuses what no S3 service takes as a bucket's name. Wider than AWS's own rules: other services
 * have upper case and underscores, and older AWS buckets too.
 */
function checkBucketName(bucket: string, uri: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,253}[A-Za-z0-9]$|^[A-Za-z0-9]$/.test(bucket)) return;
  const why = bucket === "" ? "it names no bucket" : `${bucket} is no name that a bucket can have`;
  throw new UsageError(`${uri}: ${why}`, {
    uri,
    hint: "Write it as s3://bucket/key; a bucket's name has letters, digits, dots and hyphens.",
  });
}

/** A URL's path without its percent-encoding; as it is where a percent sign stands for itself. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // It is no encoding: a person may have written it.
    return path;
  }
}

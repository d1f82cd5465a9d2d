/**
 * What an object is, without its bytes.
 *
 * @module
 */
import { HeadBucketCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { formatS3Uri, type S3Location } from "../store/uri.ts";
import type { Store } from "../store/store.ts";
import { explainFailure } from "./explain.ts";
import { sendTo } from "./send.ts";

/** An object's properties. */
export interface ObjectHead {
  readonly bucket: string;
  readonly key: string;
  /** Bytes as stored: `contentEncoding` is not undone. */
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly versionId: string | undefined;
  readonly storageClass: string | undefined;
  /** `x-amz-meta-…`, without that prefix. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Which object. */
export interface HeadOptions {
  readonly versionId?: string;
  readonly signal?: AbortSignal;
}

/**
 * Asks for an object's properties.
 *
 * @throws {NotFoundError} naming the nearest keys, or the bucket when that is what does not exist
 */
export async function headObject(
  store: Store,
  { bucket, key }: S3Location,
  options: HeadOptions = {},
): Promise<ObjectHead> {
  const { versionId, signal } = options;
  try {
    const answer = await sendTo(
      store,
      { bucket, key, uri: formatS3Uri({ bucket, key }), operation: "HeadObject" },
      signal,
      (client, sending) =>
        client.send(
          new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
          sending,
        ),
    );
    return {
      bucket,
      key,
      size: answer.ContentLength ?? 0,
      etag: answer.ETag?.replace(/^"|"$/g, ""),
      lastModified: answer.LastModified,
      contentType: answer.ContentType,
      contentEncoding: answer.ContentEncoding,
      versionId: answer.VersionId,
      storageClass: answer.StorageClass,
      metadata: answer.Metadata ?? {},
    };
  } catch (error) {
    throw await explainFailure(store, error, signal, versionId);
  }
}

/**
 * Whether the bucket exists and may be used.
 *
 * @throws {NotFoundError} naming the nearest buckets
 * @throws {PermissionError} when it exists and is another's
 */
export async function headBucket(
  store: Store,
  bucket: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await sendTo(
      store,
      { bucket, operation: "HeadBucket" },
      signal,
      (client, sending) => client.send(new HeadBucketCommand({ Bucket: bucket }), sending),
    );
  } catch (error) {
    throw await explainFailure(store, error, signal);
  }
}

/**
 * All that a service says of one object.
 *
 * @module
 */
import { HeadObjectCommand, type HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import type { Store } from "../../store/store.ts";
import { formatS3Uri, type S3Location } from "../../store/uri.ts";
import { explainFailure } from "../explain.ts";
import type { HeadOptions, ObjectHead } from "../head.ts";
import { sendTo } from "../send.ts";

/** A checksum that the service keeps. */
export interface StoredChecksum {
  /** Such as `CRC64NVME` or `SHA256`. */
  readonly algorithm: string;
  /** Base64, as the service gives it. */
  readonly value: string;
  /** Of the whole object, or of the checksums of its parts. */
  readonly of: "object" | "parts";
}

/** An object, in full. */
export interface ObjectStat extends ObjectHead {
  readonly uri: string;
  readonly checksum: StoredChecksum | undefined;
  /** Parts that it was uploaded in, as the ETag tells; undefined when it was one. */
  readonly parts: number | undefined;
  /** The other headers that say something, by their HTTP names: `cache-control`, `expires`, … */
  readonly headers: Readonly<Record<string, string>>;
}

const ALGORITHMS = ["CRC64NVME", "SHA256", "SHA1", "CRC32C", "CRC32"] as const;

const HEADERS: Readonly<Record<string, keyof HeadObjectCommandOutput>> = {
  "cache-control": "CacheControl",
  "content-disposition": "ContentDisposition",
  "content-language": "ContentLanguage",
  "expires": "ExpiresString",
  "x-amz-expiration": "Expiration",
  "x-amz-restore": "Restore",
  "x-amz-archive-status": "ArchiveStatus",
  "x-amz-website-redirect-location": "WebsiteRedirectLocation",
  "x-amz-server-side-encryption": "ServerSideEncryption",
  "x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
  "x-amz-object-lock-mode": "ObjectLockMode",
  "x-amz-object-lock-retain-until-date": "ObjectLockRetainUntilDate",
  "x-amz-object-lock-legal-hold": "ObjectLockLegalHoldStatus",
  "x-amz-replication-status": "ReplicationStatus",
  "x-amz-tagging-count": "TagCount",
};

/**
 * Asks for everything about an object. One request.
 *
 * @throws {NotFoundError} naming the nearest keys, or the bucket when that is what does not exist
 */
export async function statObject(
  store: Store,
  { bucket, key }: S3Location,
  { versionId, signal }: HeadOptions = {},
): Promise<ObjectStat> {
  const uri = formatS3Uri({ bucket, key });
  try {
    const answer = await sendTo(
      store,
      { bucket, key, uri, operation: "HeadObject" },
      signal,
      (client, sending) =>
        client.send(
          new HeadObjectCommand({
            Bucket: bucket,
            Key: key,
            VersionId: versionId,
            ChecksumMode: "ENABLED",
          }),
          sending,
        ),
    );
    const etag = answer.ETag?.replace(/^"|"$/g, "");
    const parts = /-(\d+)$/.exec(etag ?? "")?.[1];
    return {
      uri,
      bucket,
      key,
      size: answer.ContentLength ?? 0,
      etag,
      lastModified: answer.LastModified,
      contentType: answer.ContentType,
      contentEncoding: answer.ContentEncoding,
      versionId: answer.VersionId,
      storageClass: answer.StorageClass,
      metadata: answer.Metadata ?? {},
      checksum: checksumOf(answer),
      parts: parts === undefined ? undefined : Number(parts),
      headers: headersOf(answer),
    };
  } catch (error) {
    throw await explainFailure(store, error, signal, versionId);
  }
}

function checksumOf(answer: HeadObjectCommandOutput): StoredChecksum | undefined {
  for (const algorithm of ALGORITHMS) {
    const value = answer[`Checksum${algorithm}`];
    if (value === undefined) continue;
    const composite = answer.ChecksumType === "COMPOSITE" || /-\d+$/.test(value);
    return { algorithm, value, of: composite ? "parts" : "object" };
  }
  return undefined;
}

function headersOf(answer: HeadObjectCommandOutput): Record<string, string> {
  const found = Object.entries(HEADERS).map(([name, field]) => {
    const value = answer[field];
    return [name, value instanceof Date ? value.toUTCString() : value];
  });
  return Object.fromEntries(
    found.filter(([, value]) => value !== undefined && value !== "").map(([name, value]) => [
      name,
      String(value),
    ]),
  );
}

/**
 * Removing buckets, and all that is in one.
 *
 * @module
 */
import { DeleteBucketCommand } from "@aws-sdk/client-s3";
import { isDipperError, ServiceError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import { deleteObjects, type ObjectRef } from "../delete.ts";
import { explainFailure } from "../explain.ts";
import { listObjects } from "../list.ts";
import { sendTo } from "../send.ts";
import { abortUploads, listUploads } from "../uploads.ts";
import { listVersions } from "../versions/list.ts";
import { versioningOf } from "../versions/state.ts";

/** What is in a bucket, hidden things included. */
export interface BucketContents {
  /** Latest versions that are no delete markers. */
  readonly objects: number;
  readonly oldVersions: number;
  readonly deleteMarkers: number;
  /** Unfinished multipart uploads. */
  readonly uploads: number;
  /** Of all versions; parts of unfinished uploads are not counted. */
  readonly bytes: number;
}

/** Keys removed in one request. */
const BATCH = 1000;

/**
 * Counts everything in a bucket.
 *
 * @throws {NotFoundError} naming the nearest buckets
 */
export async function bucketContents(
  store: Store,
  bucket: string,
  signal?: AbortSignal,
): Promise<BucketContents> {
  const contents = { objects: 0, oldVersions: 0, deleteMarkers: 0, uploads: 0, bytes: 0 };
  for await (const { isMarker, isLatest, size } of everyVersion(store, bucket, { signal })) {
    contents[isMarker ? "deleteMarkers" : isLatest ? "objects" : "oldVersions"]++;
    contents.bytes += size;
  }
  for await (const _ of listUploads(store, bucket, { signal })) contents.uploads++;
  return contents;
}

/** Whether nothing is in it, hidden or not. */
export function isEmpty(contents: BucketContents): boolean {
  const { objects, oldVersions, deleteMarkers, uploads } = contents;
  return objects + oldVersions + deleteMarkers + uploads === 0;
}

/**
 * Removes every version, marker and unfinished upload of a bucket, or under a prefix. Memory does not grow
 * with their number.
 *
 * @param onRemoved told how many more are gone
 * @throws {PartialError} when some could not be removed
 */
export async function emptyBucket(
  store: Store,
  bucket: string,
  { prefix, signal, onRemoved }: {
    readonly prefix?: string;
    readonly signal?: AbortSignal;
    readonly onRemoved?: (count: number) => void;
  } = {},
): Promise<void> {
  await abortUploads(store, bucket, { prefix, signal });
  let batch: ObjectRef[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    const count = await deleteObjects(store, bucket, batch, signal);
    onRemoved?.(count);
    batch = [];
  };
  for await (const { key, versionId } of everyVersion(store, bucket, { prefix, signal })) {
    batch.push(versionId === undefined ? { key } : { key, versionId });
    if (batch.length === BATCH) await flush();
  }
  await flush();
}

/**
 * Removes an empty bucket.
 *
 * @throws {ServiceError} when it is not empty, saying so
 */
export async function removeBucket(
  store: Store,
  bucket: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await sendTo(
      store,
      { bucket, operation: "DeleteBucket" },
      signal,
      (client, sending) => client.send(new DeleteBucketCommand({ Bucket: bucket }), sending),
    );
  } catch (error) {
    if (isDipperError(error) && error.context.code === "BucketNotEmpty") {
      throw new ServiceError(`the bucket ${bucket} is not empty`, {
        ...error.context,
        hint: `See what is in it: dipper ls s3://${bucket} --versions, dipper uploads list ` +
          `s3://${bucket}. Remove all of it with the bucket: --force.`,
      });
    }
    throw await explainFailure(store, error, signal);
  }
}

interface Removable {
  readonly key: string;
  /** Undefined where the bucket has never kept versions. */
  readonly versionId: string | undefined;
  readonly isMarker: boolean;
  readonly isLatest: boolean;
  readonly size: number;
}

async function* everyVersion(
  store: Store,
  bucket: string,
  { prefix, signal }: { readonly prefix?: string; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Removable> {
  if (await versioningOf(store, bucket, signal) !== "off") {
    yield* listVersions(store, bucket, { prefix, signal });
    return;
  }
  for await (const entry of listObjects(store, bucket, { prefix, signal })) {
    if (entry.kind === "object") {
      yield { ...entry, versionId: undefined, isMarker: false, isLatest: true };
    }
  }
}

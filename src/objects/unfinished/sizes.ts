/**
 * What unfinished uploads hold, and ending the old ones.
 *
 * @module
 */
import { AbortMultipartUploadCommand, ListPartsCommand } from "@aws-sdk/client-s3";
import { isDipperError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import { explainFailure } from "../explain.ts";
import { sendTo } from "../send.ts";
import { listUploads, type UploadEntry } from "../uploads.ts";

/** An unfinished upload and what has arrived of it. */
export interface UploadSize extends UploadEntry {
  readonly parts: number;
  /** Of the parts; stored and paid for. */
  readonly bytes: number;
}

/** Which ones. */
export interface UnfinishedFilter {
  readonly prefix?: string;
  /** Only those begun before. */
  readonly before?: Date;
  readonly signal?: AbortSignal;
}

/** Uploads whose parts are counted at once. */
const AT_ONCE = 16;

/**
 * The unfinished uploads of `bucket` with their sizes; a request an upload besides the listing.
 *
 * @throws {NotFoundError} naming the nearest buckets
 */
export async function* unfinishedUploads(
  store: Store,
  bucket: string,
  { prefix, before, signal }: UnfinishedFilter = {},
): AsyncGenerator<UploadSize, void, undefined> {
  const asked: Promise<UploadSize | undefined>[] = [];
  try {
    for await (const upload of listUploads(store, bucket, { prefix, signal })) {
      if (before !== undefined && !(upload.initiated && upload.initiated < before)) continue;
      const sized = sizeOf(store, bucket, upload, signal);
      sized.catch(() => {}); // thrown below, in its turn
      asked.push(sized);
      if (asked.length < AT_ONCE) continue;
      const first = await asked.shift();
      if (first !== undefined) yield first;
    }
    for (const sized of asked) {
      const next = await sized;
      if (next !== undefined) yield next;
    }
  } catch (error) {
    throw await explainFailure(store, error, signal);
  }
}

/** Undefined when it was finished or aborted meanwhile. */
async function sizeOf(
  store: Store,
  bucket: string,
  upload: UploadEntry,
  signal: AbortSignal | undefined,
): Promise<UploadSize | undefined> {
  const { key, uploadId } = upload;
  let [parts, bytes] = [0, 0];
  let marker: string | undefined;
  do {
    try {
      const page = await sendTo(
        store,
        { bucket, key, operation: "ListParts" },
        signal,
        (client, sending) =>
          client.send(
            new ListPartsCommand({
              Bucket: bucket,
              Key: key,
              UploadId: uploadId,
              PartNumberMarker: marker,
            }),
            sending,
          ),
      );
      for (const { Size = 0 } of page.Parts ?? []) {
        parts++;
        bytes += Size;
      }
      const next = page.IsTruncated ? page.NextPartNumberMarker : undefined;
      marker = next === marker ? undefined : next;
    } catch (error) {
      if (isDipperError(error) && error.context.code === "NoSuchUpload") return undefined;
      throw error;
    }
  } while (marker !== undefined);
  return { ...upload, parts, bytes };
}

/** Ends one upload; its parts are gone. One that is gone already counts as ended. */
export async function abortUpload(
  store: Store,
  bucket: string,
  { key, uploadId }: UploadEntry,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await sendTo(
      store,
      { bucket, key, operation: "AbortMultipartUpload" },
      signal,
      (client, sending) =>
        client.send(
          new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }),
          sending,
        ),
    );
  } catch (error) {
    if (!isDipperError(error) || error.context.code !== "NoSuchUpload") throw error;
  }
}

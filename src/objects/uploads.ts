/**
 * Unfinished multipart uploads: invisible in listings, but stored and paid for.
 *
 * @module
 */
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import type { Store } from "../store/store.ts";
import { sendTo } from "./send.ts";

/** Which uploads. */
export interface UploadFilter {
  readonly prefix?: string;
  /** Only those begun then or later; compared to the second, as services round. */
  readonly initiatedAfter?: Date;
  readonly where?: (key: string) => boolean;
  readonly signal?: AbortSignal;
}

/** An unfinished upload. */
export interface UploadEntry {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date | undefined;
}

/** The unfinished uploads of `bucket`, a page a request. */
export async function* listUploads(
  store: Store,
  bucket: string,
  filter: UploadFilter = {},
): AsyncGenerator<UploadEntry, void, undefined> {
  const since = Math.floor((filter.initiatedAfter?.getTime() ?? 0) / 1000) * 1000;
  let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const page = await sendTo(
      store,
      { bucket, operation: "ListMultipartUploads" },
      filter.signal,
      (client, sending) =>
        client.send(
          new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: filter.prefix, ...marker }),
          sending,
        ),
    );
    for (const { Key: key, UploadId: uploadId, Initiated: initiated } of page.Uploads ?? []) {
      if (key === undefined || uploadId === undefined) continue;
      if (initiated !== undefined && initiated.getTime() < since) continue;
      if (filter.where?.(key) ?? true) yield { key, uploadId, initiated };
    }
    if (!page.IsTruncated || page.NextKeyMarker === undefined) return;
    marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}

/** Aborts the unfinished uploads that `filter` picks; returns how many. */
export async function abortUploads(
  store: Store,
  bucket: string,
  filter: UploadFilter = {},
): Promise<number> {
  const uploads = await Array.fromAsync(listUploads(store, bucket, filter));
  for (const { key, uploadId } of uploads) {
    await sendTo(
      store,
      { bucket, key, operation: "AbortMultipartUpload" },
      filter.signal,
      (client, sending) =>
        client.send(
          new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }),
          sending,
        ),
    );
  }
  return uploads.length;
}

/**
 * Copies an object inside a store, without its bytes passing through here.
 *
 * @module
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { InternalError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { formatS3Uri, type S3Location } from "../store/uri.ts";
import { headObject } from "./head.ts";
import { sendTo } from "./send.ts";

/** CopyObject takes sources of 5 GiB at most; Amazon S3 User Guide, "Copying objects". */
const LARGEST_SINGLE_COPY = 5 * 2 ** 30;
const PART_SIZE = 1 * 2 ** 30;

/**
 * Makes `target` a copy of `source`; it appears whole or not at all.
 *
 * @throws {NotFoundError} when there is no `source`
 */
export async function copyObject(
  store: Store,
  source: S3Location,
  target: S3Location,
  signal?: AbortSignal,
): Promise<void> {
  const { size, etag } = await headObject(store, source, { signal });
  if (size > LARGEST_SINGLE_COPY) return await copyParts(store, source, target, size, etag, signal);
  const context = { ...target, uri: formatS3Uri(target), operation: "CopyObject" };
  await sendTo(store, context, signal, (client, sending) =>
    client.send(
      new CopyObjectCommand({
        Bucket: target.bucket,
        Key: target.key,
        CopySource: copySource(source),
        CopySourceIfMatch: etag,
      }),
      sending,
    ));
}

async function copyParts(
  store: Store,
  source: S3Location,
  target: S3Location,
  size: number,
  etag: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const address = { Bucket: target.bucket, Key: target.key };
  const context = { ...target, uri: formatS3Uri(target), operation: "UploadPartCopy" };
  const { UploadId } = await sendTo(
    store,
    context,
    signal,
    (client, sending) => client.send(new CreateMultipartUploadCommand(address), sending),
  );
  if (UploadId === undefined) throw new InternalError("a multipart upload came without an id");
  try {
    const parts: { PartNumber: number; ETag: string | undefined }[] = [];
    for (let start = 0; start < size; start += PART_SIZE) {
      const PartNumber = parts.length + 1;
      const end = Math.min(start + PART_SIZE, size) - 1;
      const answer = await sendTo(store, context, signal, (client, sending) =>
        client.send(
          new UploadPartCopyCommand({
            ...address,
            UploadId,
            PartNumber,
            CopySource: copySource(source),
            CopySourceIfMatch: etag,
            CopySourceRange: `bytes=${start}-${end}`,
          }),
          sending,
        ));
      parts.push({ PartNumber, ETag: answer.CopyPartResult?.ETag });
    }
    await sendTo(store, context, signal, (client, sending) =>
      client.send(
        new CompleteMultipartUploadCommand({
          ...address,
          UploadId,
          MultipartUpload: { Parts: parts },
        }),
        sending,
      ));
  } catch (error) {
    await sendTo(
      store,
      context,
      undefined,
      (client) => client.send(new AbortMultipartUploadCommand({ ...address, UploadId })),
    );
    throw error;
  }
}

function copySource({ bucket, key }: S3Location): string {
  return `${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
}

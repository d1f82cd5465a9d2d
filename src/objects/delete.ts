/**
 * Removing objects.
 *
 * @module
 */
import { DeleteObjectCommand, DeleteObjectsCommand } from "@aws-sdk/client-s3";
import { isDipperError, PartialError, UnsupportedError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { formatS3Uri } from "../store/uri.ts";
import { sendTo } from "./send.ts";

/** An object, or one version of it. */
export interface ObjectRef {
  readonly key: string;
  readonly versionId?: string;
}

/** Keys in one request at most; the protocol's own bound. */
const BATCH = 1000;

/**
 * Removes objects, a thousand a request; one that does not exist counts as removed. A key alone leaves
 * a delete marker in a versioned bucket, a version is gone.
 *
 * @returns how many were removed
 * @throws {PartialError} when some could not be; `context.failed` names them
 */
export async function deleteObjects(
  store: Store,
  bucket: string,
  objects: readonly (string | ObjectRef)[],
  signal?: AbortSignal,
): Promise<number> {
  const refs = objects.map((each) => typeof each === "string" ? { key: each } : each);
  const failed: { key: string; why: string }[] = [];
  for (let start = 0; start < refs.length; start += BATCH) {
    failed.push(...await deleteBatch(store, bucket, refs.slice(start, start + BATCH), signal));
  }
  if (failed.length === 0) return refs.length;
  const first = failed[0];
  throw new PartialError(
    `${failed.length} of ${refs.length} objects were not removed, the first ` +
      `${formatS3Uri({ bucket, key: first.key })}: ${first.why}`,
    {
      store: store.name,
      bucket,
      operation: "DeleteObjects",
      failed: failed.map(({ key }) => key),
      hint: /denied/i.test(first.why)
        ? "Ask the owner of the bucket for the right (s3:DeleteObject)."
        : "Try again for those; context.failed names them.",
    },
  );
}

async function deleteBatch(
  store: Store,
  bucket: string,
  refs: readonly ObjectRef[],
  signal: AbortSignal | undefined,
): Promise<{ key: string; why: string }[]> {
  // Ceph 16 can end when DeleteObjects meets a rule that tells of removals; one key needs none.
  if (refs.length === 1) return await deleteOneByOne(store, bucket, refs, signal);
  const context = { bucket, operation: "DeleteObjects" };
  try {
    const answer = await sendTo(store, context, signal, (client, sending) =>
      client.send(
        new DeleteObjectsCommand({
          Bucket: bucket,
          Delete: {
            Objects: refs.map(({ key, versionId }) => ({ Key: key, VersionId: versionId })),
            Quiet: true,
          },
        }),
        sending,
      ));
    return (answer.Errors ?? [])
      .filter(({ Code }) => Code !== "NoSuchKey" && Code !== "NoSuchVersion")
      .map(({ Key, Code, Message }) => ({
        key: Key ?? "",
        why: [Code, Message].filter(Boolean).join(": ") || "no reason given",
      }));
  } catch (error) {
    if (!isDipperError(error) || !(error instanceof UnsupportedError)) throw error;
    return await deleteOneByOne(store, bucket, refs, signal);
  }
}

/** For one object, and for services without DeleteObjects (Google's, for one). */
async function deleteOneByOne(
  store: Store,
  bucket: string,
  refs: readonly ObjectRef[],
  signal: AbortSignal | undefined,
): Promise<{ key: string; why: string }[]> {
  const failed: { key: string; why: string }[] = [];
  for (const { key, versionId } of refs) {
    try {
      await sendTo(
        store,
        { bucket, key, operation: "DeleteObject" },
        signal,
        (client, sending) =>
          client.send(
            new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
            sending,
          ),
      );
    } catch (error) {
      if (!isDipperError(error) || isDipperError(error, "cancelled")) throw error;
      failed.push({ key, why: error.message });
    }
  }
  return failed;
}

/**
 * Removing objects.
 *
 * @module
 */
import { DeleteObjectCommand, DeleteObjectsCommand } from "@aws-sdk/client-s3";
import { isDipperError, PartialError, UnsupportedError } from "../errors.ts";
import { isAws } from "../store/endpoint.ts";
import type { Store } from "../store/store.ts";
import { formatS3Uri } from "../store/uri.ts";
import { getConfiguration } from "./notify/configuration.ts";
import { readConfiguration } from "./notify/configuration_xml.ts";
import { sendTo } from "./send.ts";

/** An object, or one version of it. */
export interface ObjectRef {
  readonly key: string;
  readonly versionId?: string;
}

/** Keys in one request at most; the protocol's own bound. */
const BATCH = 1000;

/** Requests for one object each that are under way. */
const AT_ONCE = 16;

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
  const isOneByOne = refs.length === 1 ||
    refs.length > 1 && await tellsOfRemovals(store, bucket, signal);
  const remove = isOneByOne ? deleteOneByOne : deleteBatch;
  for (let start = 0; start < refs.length; start += BATCH) {
    failed.push(...await remove(store, bucket, refs.slice(start, start + BATCH), signal));
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

/**
 * Whether a rule of the bucket tells somebody of removals: the gateway of Ceph 16 ends, for all of its
 * users, when DeleteObjects meets one. Where the rules cannot be seen, none is assumed.
 */
async function tellsOfRemovals(
  store: Store,
  bucket: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (store.endpoint === undefined || isAws(store.endpoint)) return false;
  try {
    const rules = readConfiguration(await getConfiguration(store, bucket, signal));
    return rules.some(({ events }) => events.length === 0 || events.some(isRemoval));
  } catch (error) {
    if (!isDipperError(error) || isDipperError(error, "cancelled")) throw error;
    return false;
  }
}

function isRemoval(event: string): boolean {
  return /^s3:(\*|ObjectRemoved|ObjectLifecycle)/.test(event);
}

/**
 * For one object, for services without DeleteObjects (Google's, for one), and for those that it is not
 * safe to ask for it.
 */
async function deleteOneByOne(
  store: Store,
  bucket: string,
  refs: readonly ObjectRef[],
  signal: AbortSignal | undefined,
): Promise<{ key: string; why: string }[]> {
  const failed: { key: string; why: string }[] = [];
  const left = refs.values();
  const one = async ({ key, versionId }: ObjectRef) => {
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
  };
  const worker = async () => {
    for (const ref of left) await one(ref);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return failed;
}

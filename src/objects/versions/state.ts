/**
 * Whether a bucket keeps versions.
 *
 * @module
 */
import { GetBucketVersioningCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { isDipperError, UnsupportedError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import { explainFailure } from "../explain.ts";
import { sendTo } from "../send.ts";

/** `off` was never switched on; a service without versioning is always off. */
export type Versioning = "enabled" | "suspended" | "off";

/**
 * Whether `bucket` keeps versions.
 *
 * @throws {NotFoundError} naming the nearest buckets
 */
export async function versioningOf(
  store: Store,
  bucket: string,
  signal?: AbortSignal,
): Promise<Versioning> {
  try {
    const { Status } = await sendTo(
      store,
      { bucket, operation: "GetBucketVersioning" },
      signal,
      (client, sending) => client.send(new GetBucketVersioningCommand({ Bucket: bucket }), sending),
    );
    return Status === "Enabled" ? "enabled" : Status === "Suspended" ? "suspended" : "off";
  } catch (error) {
    if (isDipperError(error) && isAbsent(error)) return "off";
    throw await explainFailure(store, error, signal);
  }
}

/**
 * Makes `bucket` keep versions, or keep no more. Suspending removes nothing.
 *
 * @throws {UnsupportedError} where the service has no versioning
 */
export async function setVersioning(
  store: Store,
  bucket: string,
  state: "enabled" | "suspended",
  signal?: AbortSignal,
): Promise<void> {
  const Status = state === "enabled" ? "Enabled" : "Suspended";
  try {
    await sendTo(
      store,
      { bucket, operation: "PutBucketVersioning" },
      signal,
      (client, sending) =>
        client.send(
          new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }),
          sending,
        ),
    );
  } catch (error) {
    if (isDipperError(error) && isAbsent(error)) throw noVersioning(store, error.context);
    throw await explainFailure(store, error, signal);
  }
  // A service that does not know the request may take it for another and say that all is well.
  if (await versioningOf(store, bucket, signal) === state) return;
  throw noVersioning(store, { bucket, operation: "PutBucketVersioning" });
}

/** Codes of services that were started or built without versioning. */
function isAbsent({ tag, context }: { tag: string; context: { code?: string } }): boolean {
  return tag === "unsupported" || context.code === "VersioningNotConfigured";
}

function noVersioning(store: Store, context: object): UnsupportedError {
  const at = store.endpoint?.origin ?? "AWS";
  return new UnsupportedError(`${at} does not keep versions of objects`, {
    ...context,
    hint: "Copy what must be kept to another key before it is overwritten.",
  });
}

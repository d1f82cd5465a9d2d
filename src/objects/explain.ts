/**
 * What a short answer leaves open, asked for: whether the bucket or the key is missing and which names
 * are near, whether the keys or the rights are wrong.
 *
 * @module
 */
import { CredentialsError, DipperError, isDipperError, NotFoundError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { listBuckets } from "./pages.ts";
import { nearestBuckets, nearestKeys } from "./nearest.ts";

/**
 * A better error than `error` where a few requests can tell more (three at most); else `error` itself.
 *
 * @param versionId the version that was asked for, where it was
 *
 * @throws {CancelledError} when `signal` is aborted meanwhile
 */
export async function explainFailure(
  store: Store,
  error: unknown,
  signal?: AbortSignal,
  versionId?: string,
): Promise<unknown> {
  if (isDipperError(error, "key_not_found", "bucket_not_found")) {
    const explained = await explainMissing(store, error, signal);
    return versionId === undefined ? explained : ofVersion(explained, versionId);
  }
  if (isDipperError(error, "permission")) return await explainDenied(store, error, signal);
  return error;
}

async function explainMissing(
  store: Store,
  error: DipperError,
  signal: AbortSignal | undefined,
): Promise<DipperError> {
  const { bucket, key } = error.context;
  if (bucket === undefined || error.context.nearest !== undefined) return error;
  const init = { ...error.context, cause: error.cause };
  if (isDipperError(error, "key_not_found") && key) {
    const near = await nearestKeys(store, { bucket, key }, signal).catch((second: unknown) => {
      if (isDipperError(second, "wrong_endpoint")) return second;
      throw second;
    });
    if (near instanceof DipperError) return near;
    const { bucketExists, names } = near;
    if (bucketExists) {
      return new NotFoundError("key", error.message, {
        ...init,
        nearest: names,
        hint: suggestion(names.map((name) => `s3://${bucket}/${name}`)) ?? error.hint,
      });
    }
  }
  const names = await nearestBuckets(store, bucket, signal);
  const at = store.endpoint?.origin ?? `AWS (${store.region})`;
  return new NotFoundError("bucket", `there is no bucket ${bucket} at ${at}`, {
    ...init,
    nearest: names,
    hint: suggestion(names) ??
      "Check the name and the endpoint; `dipper ls` lists the buckets of these credentials.",
  });
}

/** Services say of a version that there is none as they say it of an object. */
function ofVersion(error: DipperError, versionId: string): DipperError {
  const { bucket, key } = error.context;
  if (!isDipperError(error, "key_not_found") || !key) return error;
  return new NotFoundError("key", `there is no version ${versionId} of s3://${bucket}/${key}`, {
    ...error.context,
    nearest: undefined,
    hint: `dipper versions list s3://${bucket}/${key} shows those that there are.`,
    cause: error.cause,
  });
}

/**
 * A refusal without a body or a message may be of the keys themselves: then listing the buckets is
 * refused as well, and often says which of them is wrong.
 */
async function explainDenied(
  store: Store,
  error: DipperError,
  signal: AbortSignal | undefined,
): Promise<DipperError> {
  if (
    store.anonymous || store.endpoint === undefined || error.context.operation === "ListBuckets"
  ) {
    return error;
  }
  // A session that is known to be good may be one that can list nothing.
  const { expiration } = await store.credentials(signal) ?? {};
  if (expiration !== undefined && expiration.getTime() > Date.now()) return error;
  try {
    await listBuckets(store, signal);
    return error;
  } catch (second) {
    if (isDipperError(second, "cancelled")) throw second;
    if (!isDipperError(second, "bad_credentials", "expired_token")) return error;
    return new CredentialsError(second.tag, second.message, {
      ...error.context,
      ...second.context,
      operation: error.context.operation,
      hint: second.hint,
      cause: error.cause,
    });
  }
}

function suggestion(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : `Did you mean ${names.join(", ")}?`;
}

/**
 * Buckets and keys near one that does not exist, at a bounded cost.
 *
 * @module
 */
import { isDipperError } from "../errors.ts";
import { nearestNames } from "../store/nearest.ts";
import type { Store } from "../store/store.ts";
import type { S3Location } from "../store/uri.ts";
import { listBuckets, rawPages } from "./pages.ts";

export { editDistance, nearestNames } from "../store/nearest.ts";

/** Keys looked at in one folder: one LIST request. */
const KEYS_LOOKED_AT = 1000;

/** Buckets near `bucket` that the credentials can list; none when they may not. One request. */
export async function nearestBuckets(
  store: Store,
  bucket: string,
  signal?: AbortSignal,
): Promise<string[]> {
  if (store.anonymous) return [];
  try {
    return nearestNames(bucket, (await listBuckets(store, signal)).map(({ name }) => name));
  } catch (error) {
    // A suggestion is not worth an error of its own.
    if (isDipperError(error, "cancelled")) throw error;
    return [];
  }
}

/**
 * Keys near `key`: in its folder, and where that is empty, in the folder above. At most two requests
 * of a thousand keys.
 *
 * @returns also whether the bucket exists, as far as a listing can tell
 * @throws {ConnectionError} `wrong_endpoint` when what answers is no S3 service
 */
export async function nearestKeys(
  store: Store,
  { bucket, key }: S3Location,
  signal?: AbortSignal,
): Promise<{ readonly bucketExists: boolean; readonly names: readonly string[] }> {
  const folder = parentOf(key);
  try {
    const here = await namesIn(store, bucket, folder, signal);
    const names = nearestNames(key, here);
    if (names.length > 0 || folder === "") return { bucketExists: true, names };
    const above = await namesIn(store, bucket, parentOf(folder), signal);
    const near = nearestNames(here.length === 0 ? folder : key, above);
    return { bucketExists: true, names: near };
  } catch (error) {
    if (isDipperError(error, "cancelled", "wrong_endpoint")) throw error;
    return { bucketExists: !isDipperError(error, "bucket_not_found"), names: [] };
  }
}

async function namesIn(
  store: Store,
  bucket: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const names: string[] = [];
  const options = { prefix: folder, delimiter: "/", limit: KEYS_LOOKED_AT, signal };
  for await (const { entries } of rawPages(store, bucket, options)) {
    names.push(...entries.map((entry) => entry.kind === "object" ? entry.key : entry.prefix));
  }
  return names;
}

/** `a/b/c` and `a/b/` are in `a/`… of `a/b/`; the top folder is the empty string. */
function parentOf(key: string): string {
  return key.replace(/[^/]*\/?$/, "");
}

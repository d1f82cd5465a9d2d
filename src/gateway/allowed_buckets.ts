/**
 * Which buckets a gateway serves, when not all.
 *
 * @module
 */
import { matchesBucket } from "../store/bucket_pattern.ts";
import type { Locator } from "./exchange.ts";
import { S3Refusal } from "./refusal.ts";

/** Whether a gateway serves the bucket of that name. */
export type BucketFilter = (bucket: string) => boolean;

/** The filter for names and patterns such as `climate-*`; undefined: every bucket. */
export function bucketFilter(patterns: readonly string[] | undefined): BucketFilter {
  if (patterns === undefined) return () => true;
  return (bucket) => patterns.some((pattern) => matchesBucket(pattern, bucket));
}

/** `stores` without the buckets that are not served: reads, writes and sources of copies alike. */
export function servedOnly(stores: Locator, allows: BucketFilter): Locator {
  return {
    all: stores.all,
    default: stores.default,
    locate: async (bucket, signal) => {
      if (!allows(bucket)) {
        throw new S3Refusal("AccessDenied", "This gateway does not serve the bucket.");
      }
      return await stores.locate(bucket, signal);
    },
  };
}

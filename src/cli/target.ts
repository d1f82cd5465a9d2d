/**
 * The bucket or object that an argument names, and its store.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import type { StoreSet } from "../store/store_set.ts";
import type { Invocation } from "./invocation.ts";

/** What an argument must name. */
export type Wanted = "bucket" | "object" | "any";

/** Where a command works. */
export interface CommandTarget {
  readonly stores: StoreSet;
  readonly store: Store;
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  /** `s3://bucket/key`. */
  readonly uri: string;
  readonly signal: AbortSignal;
}

/**
 * Understands the argument; without one it is the default bucket.
 *
 * @throws {UsageError} when it names no bucket, or something other than what is wanted
 */
export async function openTarget(
  invocation: Invocation,
  argument: string | undefined,
  wanted: Wanted,
): Promise<CommandTarget> {
  const { StoreSet } = await import("../store/store_set.ts");
  const { formatS3Uri, isS3Uri, resolveS3Uri } = await import("../store/uri.ts");
  const { signal } = invocation;
  const stores = await StoreSet.resolve(invocation.storeOptions());
  // A bare name where only a bucket makes sense is the bucket.
  const text = wanted === "bucket" && argument !== undefined && !isS3Uri(argument)
    ? `s3://${argument}`
    : argument ?? "";
  const location = resolveS3Uri(text, stores.default?.bucket);
  const uri = formatS3Uri(location);
  if (wanted === "object" && location.key === "") {
    throw new UsageError(`${uri} is a bucket, not an object`, {
      hint: "Name an object in it: s3://BUCKET/KEY.",
    });
  }
  if (wanted === "bucket" && location.key.replace(/\/$/, "") !== "") {
    throw new UsageError(`${uri} is not a bucket`, { hint: `Write s3://${location.bucket}.` });
  }
  const store = await stores.storeFor(location.bucket, signal);
  return { stores, store, ...location, uri, signal };
}

/** Runs `work`, and explains its failure where a few requests can tell more. */
export async function explained<T>(target: CommandTarget, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { explainFailure } = await import("../objects/explain.ts");
    throw await explainFailure(target.store, error, target.signal);
  }
}

/**
 * Making buckets.
 *
 * @module
 */
import { type BucketLocationConstraint, CreateBucketCommand } from "@aws-sdk/client-s3";
import { isDipperError, TargetExistsError, UsageError } from "../../errors.ts";
import { isAws } from "../../store/endpoint.ts";
import type { Store } from "../../store/store.ts";
import { sendTo } from "../send.ts";
import { brokenNameRules } from "./name.ts";

/** How to make a bucket. */
export interface MakeBucketOptions {
  /** Region, or on Ceph the placement (`:placement`); the store's when absent. */
  readonly location?: string;
  /** With object lock, which brings versioning; can only be chosen now. */
  readonly objectLock?: "on" | "off";
  /** `aws`, unless told: every rule of AWS. `service`: those that every service has. */
  readonly nameRules?: "aws" | "service";
  readonly signal?: AbortSignal;
}

/**
 * Makes a bucket, its name checked first by the rules of AWS, so that it can move to any service.
 *
 * @throws {UsageError} naming every rule that the name breaks
 * @throws {TargetExistsError} when it exists, and whose it is
 */
export async function makeBucket(
  store: Store,
  bucket: string,
  { location, objectLock, nameRules = "aws", signal }: MakeBucketOptions = {},
): Promise<void> {
  const onAws = store.endpoint === undefined || isAws(store.endpoint);
  checkName(bucket, nameRules);
  const constraint = location ??
    (onAws && store.region !== "us-east-1" ? store.region : undefined);
  try {
    await sendTo(
      store,
      { bucket, operation: "CreateBucket" },
      signal,
      (client, sending) =>
        client.send(
          new CreateBucketCommand({
            Bucket: bucket,
            ...(constraint === undefined ? {} : {
              CreateBucketConfiguration: {
                LocationConstraint: constraint as BucketLocationConstraint,
              },
            }),
            ...(objectLock === "on" ? { ObjectLockEnabledForBucket: true } : {}),
          }),
          sending,
        ),
    );
  } catch (error) {
    if (isDipperError(error) && /^BucketAlready/.test(error.context.code ?? "")) {
      const own = error.context.code === "BucketAlreadyOwnedByYou";
      throw new TargetExistsError(
        own
          ? `the bucket ${bucket} exists, and is yours`
          : `the bucket ${bucket} exists, and may be another's`,
        {
          ...error.context,
          hint: own
            ? "Use it as it is."
            : "Names are shared by all users of a service: choose another.",
        },
      );
    }
    throw error;
  }
}

function checkName(bucket: string, rules: "aws" | "service"): void {
  const broken = brokenNameRules(bucket).filter(({ everywhere }) => everywhere || rules === "aws");
  if (broken.length === 0) return;
  throw new UsageError(
    `${bucket || "an empty text"} is no name for a bucket: ` +
      broken.map(({ rule }) => rule).join("; "),
    {
      bucket,
      hint: "For example: my-data-2026." +
        (broken.some(({ everywhere }) => everywhere)
          ? ""
          : " A service with wider rules is asked with --any-name."),
    },
  );
}

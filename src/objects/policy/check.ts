/**
 * What a key may do in a bucket, found out by trying what does no harm.
 *
 * @module
 */
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type S3Client,
} from "@aws-sdk/client-s3";
import { DipperError, isDipperError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import { sendTo } from "../send.ts";

/** What came of one try. */
export interface Tried {
  /** Such as `read`. */
  readonly what: string;
  /** The action of a policy that it needs: `s3:GetObject`. */
  readonly action: string;
  readonly allowed: "yes" | "no" | "unsupported" | "not tried" | "unknown";
  /** A clause that says more. */
  readonly detail: string | undefined;
}

/** Where to try. */
export interface CheckPlace {
  readonly bucket: string;
  /** What is written there would begin so. */
  readonly prefix?: string;
  readonly signal?: AbortSignal;
}

/**
 * Tries, one after the other: listing, reading the first object, beginning an upload (which is aborted),
 * deleting a key that does not exist (only where nothing keeps versions, for there it leaves a marker),
 * and reading the bucket's settings. Nothing visible changes.
 */
export async function* checkAccess(
  store: Store,
  { bucket, prefix = "", signal }: CheckPlace,
): AsyncGenerator<Tried, void, undefined> {
  const attempt = async <T>(
    what: string,
    action: string,
    operation: string,
    request: (client: S3Client, options: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<{ readonly tried: Tried; readonly answer?: T }> => {
    try {
      const answer = await sendTo(store, { bucket, operation }, signal, request);
      return { tried: { what, action, allowed: "yes", detail: undefined }, answer };
    } catch (error) {
      if (!(error instanceof DipperError) || isDipperError(error, "cancelled")) throw error;
      return { tried: { what, action, ...judged(error) } };
    }
  };
  const Bucket = bucket;
  const list = await attempt(
    "list",
    "s3:ListBucket",
    "ListObjectsV2",
    (client, options) =>
      client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, MaxKeys: 10 }), options),
  );
  yield list.tried;
  const key = list.answer?.Contents?.find(({ Size = 0 }) => Size > 0)?.Key;
  const absent = `${prefix}.dipper-check-${crypto.randomUUID()}`;
  const read = await attempt(
    "read",
    "s3:GetObject",
    "GetObject",
    async (client, options) => {
      const { Body } = await client.send(
        new GetObjectCommand({ Bucket, Key: key ?? absent, Range: "bytes=0-0" }),
        options,
      );
      await Body?.transformToByteArray();
    },
  );
  yield key !== undefined || read.tried.detail !== MISSING ? read.tried : {
    ...read.tried,
    allowed: list.tried.allowed === "yes" ? "yes" : "unknown",
    detail: "a key that does not exist is answered as such",
  };
  yield await tryUpload(attempt, Bucket, absent);
  const versioning = await attempt(
    "read versioning",
    "s3:GetBucketVersioning",
    "GetBucketVersioning",
    (client, options) => client.send(new GetBucketVersioningCommand({ Bucket }), options),
  );
  const keeps = versioning.tried.allowed !== "yes" || versioning.answer?.Status !== undefined;
  if (keeps && versioning.tried.allowed !== "unsupported") {
    yield {
      what: "delete",
      action: "s3:DeleteObject",
      allowed: "not tried",
      detail: "where versions are kept, even a key that does not exist gets a delete marker",
    };
  } else {
    const deleting = (client: S3Client, options: { abortSignal?: AbortSignal }) =>
      client.send(new DeleteObjectCommand({ Bucket, Key: absent }), options);
    const { tried } = await attempt("delete", "s3:DeleteObject", "DeleteObject", deleting);
    yield tried.detail === MISSING ? { ...tried, allowed: "yes", detail: undefined } : tried;
  }
  yield versioning.tried;
  for (const [what, action, ask] of SETTINGS) {
    const operation = action.replace(/^s3:/, "");
    yield (await attempt(
      what,
      action,
      operation,
      (client, options) => ask(client, Bucket, options),
    ))
      .tried;
  }
}

type Attempt = <T>(
  what: string,
  action: string,
  operation: string,
  request: (client: S3Client, options: { abortSignal?: AbortSignal }) => Promise<T>,
) => Promise<{ readonly tried: Tried; readonly answer?: T }>;

/** Begins an upload, which shows nowhere, and aborts it. */
async function tryUpload(attempt: Attempt, Bucket: string, Key: string): Promise<Tried> {
  const begun = await attempt(
    "write",
    "s3:PutObject",
    "CreateMultipartUpload",
    (client, options) => client.send(new CreateMultipartUploadCommand({ Bucket, Key }), options),
  );
  const UploadId = begun.answer?.UploadId;
  if (UploadId === undefined) return begun.tried;
  const aborted = await attempt(
    "write",
    "s3:AbortMultipartUpload",
    "AbortMultipartUpload",
    (client) => client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })),
  );
  if (aborted.tried.allowed === "yes") return begun.tried;
  const detail = "but its upload could not be aborted (s3:AbortMultipartUpload): one is left of " +
    Key;
  return { ...begun.tried, detail };
}

const MISSING = "what was asked for does not exist";

const SETTINGS: readonly (readonly [
  string,
  string,
  (client: S3Client, Bucket: string, options: { abortSignal?: AbortSignal }) => Promise<unknown>,
])[] = [
  [
    "list uploads",
    "s3:ListBucketMultipartUploads",
    (client, Bucket, options) => client.send(new ListMultipartUploadsCommand({ Bucket }), options),
  ],
  [
    "read policy",
    "s3:GetBucketPolicy",
    (client, Bucket, options) => client.send(new GetBucketPolicyCommand({ Bucket }), options),
  ],
  [
    "read CORS",
    "s3:GetBucketCORS",
    (client, Bucket, options) => client.send(new GetBucketCorsCommand({ Bucket }), options),
  ],
  [
    "read lifecycle",
    "s3:GetLifecycleConfiguration",
    (client, Bucket, options) =>
      client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }), options),
  ],
  [
    "read ACL",
    "s3:GetBucketAcl",
    (client, Bucket, options) => client.send(new GetBucketAclCommand({ Bucket }), options),
  ],
];

function judged(error: DipperError): Pick<Tried, "allowed" | "detail"> {
  if (isDipperError(error, "permission", "no_credentials")) {
    return { allowed: "no", detail: undefined };
  }
  if (isDipperError(error, "unsupported")) {
    return { allowed: "unsupported", detail: "the service does not have it" };
  }
  // Only who may read a setting is told that there is none.
  if (
    /^NoSuch(BucketPolicy|CORSConfiguration|LifecycleConfiguration)$/.test(error.context.code ?? "")
  ) {
    return { allowed: "yes", detail: "none is set" };
  }
  if (isDipperError(error, "key_not_found")) return { allowed: "yes", detail: MISSING };
  if (isDipperError(error, "bucket_not_found", "network", "bad_credentials", "expired_token")) {
    throw error;
  }
  return { allowed: "unknown", detail: error.message };
}

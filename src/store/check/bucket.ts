/**
 * What can be learned of a service and a bucket by reading only.
 *
 * @module
 */
import {
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  ListObjectsV2Command,
  type S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type DipperError, isDipperError, throwIfAborted } from "../../errors.ts";
import { keepAlive } from "../keep_alive.ts";
import { nearestNames } from "../nearest.ts";
import type { Store } from "../store.ts";
import { failureContext, translateS3Error } from "../translate.ts";
import { requestHandler } from "../transport.ts";
import { type Answer, answered, isMissing, REQUEST_LIMIT, send, type Target } from "./request.ts";
import type { Outcome, StepName, Support } from "./step.ts";

/** `off` was never switched on; `unknown` when we may not ask. */
export type VersioningState = "enabled" | "suspended" | "off" | "unsupported" | "unknown";

/** What is known of a bucket before anything is written to it. */
export interface BucketFacts {
  readonly versioning: VersioningState;
  /** Why versions written now cannot be removed, a clause; undefined when nothing speaks against. */
  readonly lock: string | undefined;
}

/** Names shown where a bucket is to be chosen. */
const SHOWN_BUCKETS = 10;

/** A role that no service has. */
const NO_ROLE = "arn:aws:iam::000000000000:role/dipper-check-no-such-role";

/** Buckets can be listed; for a check that names none. */
export function proveListBuckets(buckets: Answer<readonly string[]> | undefined): Outcome {
  if (buckets === undefined) {
    return {
      status: "skipped",
      detail: "no bucket was named, and buckets cannot be listed without credentials",
      hint: "Name one: dipper check s3://BUCKET.",
    };
  }
  if ("error" in buckets) {
    return {
      status: "warning",
      detail: "these credentials may not list buckets",
      hint: "Name one that you may read: dipper check s3://BUCKET.",
    };
  }
  const names = buckets.value.slice(0, SHOWN_BUCKETS).join(", ");
  return {
    status: "ok",
    detail: buckets.value.length === 0
      ? "there are no buckets yet"
      : `${buckets.value.length} buckets: ${names}${
        buckets.value.length > SHOWN_BUCKETS ? ", …" : ""
      }`,
  };
}

/** The bucket's objects can be listed. */
export async function proveList(
  { store, bucket }: Target,
  buckets: Answer<readonly string[]> | undefined,
  signal?: AbortSignal,
): Promise<Outcome> {
  const answer = await answered(send(
    store,
    { bucket, operation: "ListObjectsV2", signal },
    (client, options) =>
      client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 5 }), options),
  ));
  if ("value" in answer) {
    const found = answer.value.Contents?.length ?? 0;
    const more = answer.value.IsTruncated ? "at least " : "";
    return { status: "ok", detail: `${bucket} can be listed: ${more}${found} objects` };
  }
  if (
    isDipperError(answer.error, "bucket_not_found") && buckets !== undefined && "value" in buckets
  ) {
    const near = nearestNames(bucket, buckets.value);
    return {
      status: "failed",
      detail: answer.error.message,
      tag: answer.error.tag,
      hint: near.length > 0
        ? `Did you mean ${near.join(", ")}?`
        : `Buckets that you have: ${buckets.value.slice(0, SHOWN_BUCKETS).join(", ") || "none"}.`,
    };
  }
  throw answer.error;
}

/** Versioning, and what would keep a version from being removed. */
export async function readFacts(
  { store, bucket }: Target,
  signal?: AbortSignal,
): Promise<{ outcome: Outcome; facts: BucketFacts }> {
  const asked = await answered(send(
    store,
    { bucket, operation: "GetBucketVersioning", signal },
    (client, options) => client.send(new GetBucketVersioningCommand({ Bucket: bucket }), options),
  ));
  if ("error" in asked) {
    const missing = isMissing(asked.error);
    return {
      outcome: {
        status: missing ? "unsupported" : "warning",
        detail: missing
          ? "the service does not have versioning"
          : `whether ${bucket} keeps versions is not known: ${asked.error.message}`,
        hint: missing ? undefined : "Ask for s3:GetBucketVersioning.",
      },
      facts: { versioning: missing ? "unsupported" : "unknown", lock: undefined },
    };
  }
  const { Status, MFADelete } = asked.value;
  const versioning = Status === "Enabled"
    ? "enabled"
    : Status === "Suspended"
    ? "suspended"
    : "off";
  const lock = versioning === "off"
    ? undefined
    : MFADelete === "Enabled"
    ? "removing a version needs a second factor (MFA delete)"
    : await retention({ store, bucket }, signal);
  const said = {
    enabled: `${bucket} keeps every version of an object`,
    suspended: `${bucket} keeps old versions, new ones are not kept (suspended)`,
    off: `${bucket} keeps no versions: what is overwritten is gone`,
  }[versioning];
  return {
    outcome: { status: "ok", detail: lock === undefined ? said : `${said}; ${lock}` },
    facts: { versioning, lock },
  };
}

async function retention(
  { store, bucket }: Target,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const asked = await answered(send(
    store,
    { bucket, operation: "GetObjectLockConfiguration", signal },
    (client, options) =>
      client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }), options),
  ));
  const rule = "value" in asked
    ? asked.value.ObjectLockConfiguration?.Rule?.DefaultRetention
    : undefined;
  if (rule === undefined) return undefined;
  const span = rule.Days === undefined ? `${rule.Years} years` : `${rule.Days} days`;
  return `what is written cannot be removed for ${span} (object lock, ${rule.Mode})`;
}

interface Feature {
  readonly step: StepName;
  readonly operation: string;
  readonly right: string;
  readonly ask: (
    client: S3Client,
    bucket: string,
    options: { abortSignal: AbortSignal },
  ) => Promise<unknown>;
  /** The code that says: I have it, nothing is set. */
  readonly none?: string;
  readonly what: string;
}

/** Bucket settings whose support is found out by reading them. */
export const FEATURES: readonly Feature[] = [
  {
    step: "cors",
    operation: "GetBucketCors",
    right: "s3:GetBucketCORS",
    ask: (client, Bucket, options) => client.send(new GetBucketCorsCommand({ Bucket }), options),
    none: "NoSuchCORSConfiguration",
    what: "CORS rules",
  },
  {
    step: "policy",
    operation: "GetBucketPolicy",
    right: "s3:GetBucketPolicy",
    ask: (client, Bucket, options) => client.send(new GetBucketPolicyCommand({ Bucket }), options),
    none: "NoSuchBucketPolicy",
    what: "a bucket policy",
  },
  {
    step: "lifecycle",
    operation: "GetBucketLifecycleConfiguration",
    right: "s3:GetLifecycleConfiguration",
    ask: (client, Bucket, options) =>
      client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }), options),
    none: "NoSuchLifecycleConfiguration",
    what: "lifecycle rules",
  },
  {
    step: "notifications",
    operation: "GetBucketNotificationConfiguration",
    right: "s3:GetBucketNotification",
    ask: (client, Bucket, options) =>
      client.send(new GetBucketNotificationConfigurationCommand({ Bucket }), options),
    what: "notifications",
  },
];

/** Reads one bucket setting. */
export async function proveFeature(
  { store, bucket }: Target,
  feature: Feature,
  signal?: AbortSignal,
): Promise<{ outcome: Outcome; support: Support }> {
  const { operation, what } = feature;
  const asked = await answered(send(
    store,
    { bucket, operation, signal },
    (client, options) => feature.ask(client, bucket, options),
  ));
  if ("value" in asked) {
    return { support: "yes", outcome: { status: "ok", detail: `${what} can be read` } };
  }
  const { code } = asked.error.context;
  if (code !== undefined && code === feature.none) {
    return { support: "yes", outcome: { status: "ok", detail: `${what}: known, none set` } };
  }
  if (isMissing(asked.error)) {
    const detail = `the service does not have ${what}`;
    return { support: "no", outcome: { status: "unsupported", detail } };
  }
  return {
    support: "unknown",
    outcome: {
      status: "warning",
      detail: `${what}: ${asked.error.message}`,
      hint: isDipperError(asked.error, "permission")
        ? `Ask for ${feature.right} if you need to see them.`
        : asked.error.hint,
    },
  };
}

/** Whether the store gives temporary credentials: asks who we are, else for a role that cannot be. */
export async function proveSts(
  store: Store,
  signal?: AbortSignal,
): Promise<{ outcome: Outcome; support: Support }> {
  const credentials = await store.credentials(signal);
  if (credentials === undefined) {
    return {
      support: "unknown",
      outcome: { status: "skipped", detail: "STS needs credentials" },
    };
  }
  const client = new STSClient({
    ...(store.endpoint === undefined ? {} : { endpoint: store.endpoint.origin }),
    region: store.region,
    credentials,
    maxAttempts: 1,
    requestHandler: requestHandler(store),
  });
  keepAlive(client);
  const ask = async <T>(operation: string, sending: (signal: AbortSignal) => Promise<T>) => {
    throwIfAborted(signal);
    const limit = AbortSignal.timeout(REQUEST_LIMIT);
    try {
      return await sending(signal === undefined ? limit : AbortSignal.any([signal, limit]));
    } catch (error) {
      throw translateS3Error(error, { ...failureContext(store), operation, signal });
    }
  };
  try {
    const caller = await answered(ask(
      "GetCallerIdentity",
      (abortSignal) => client.send(new GetCallerIdentityCommand({}), { abortSignal }),
    ));
    if ("value" in caller) {
      const detail = `STS says that you are ${caller.value.Arn ?? caller.value.UserId}`;
      return { support: "yes", outcome: { status: "ok", detail } };
    }
    const role = await answered(ask(
      "AssumeRole",
      (abortSignal) =>
        client.send(
          new AssumeRoleCommand({ RoleArn: NO_ROLE, RoleSessionName: "dipper-check" }),
          { abortSignal },
        ),
    ));
    const refused = "error" in role && isRefusalOfRole(role.error);
    return refused
      ? { support: "yes", outcome: { status: "ok", detail: "STS answers at the same address" } }
      : {
        support: "no",
        outcome: {
          status: "unsupported",
          detail: "no STS at this address: no temporary credentials",
        },
      };
  } finally {
    client.destroy();
  }
}

/** STS knows the call and refuses the role: 403, 404, or 400 about the role itself. */
function isRefusalOfRole(error: DipperError): boolean {
  const { status, code } = error.context;
  if (status === 403 || status === 404) return code !== "InvalidAction";
  return status === 400 &&
    /^(NoSuchEntity|ValidationError|MalformedPolicyDocument)$/.test(code ?? "");
}

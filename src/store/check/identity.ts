/**
 * Who we are to the service, and what time it is there.
 *
 * @module
 */
import { ListBucketsCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { CredentialsError, type DipperError, isDipperError, throwIfAborted } from "../../errors.ts";
import { closeClients } from "../open_clients.ts";
import type { Store } from "../store.ts";
import { failureContext, translateS3Error } from "../translate.ts";
import { requestHandler } from "../transport.ts";
import { type Answer, answered, send } from "./request.ts";
import type { Outcome } from "./step.ts";

/** Seconds that a service tolerates between its clock and a signature (S3, RequestTimeTooSkewed). */
const TOLERATED_SKEW = 900;

/** Seconds from which a person is told. */
const NOTABLE_SKEW = 30;

/** Milliseconds for the answer that carries the service's time. */
const CLOCK_LIMIT = 10_000;

/** What was seen on the way to an accepted signature. */
export interface Identity {
  readonly outcome: Outcome;
  /** The answer to ListBuckets; undefined when it was not asked. */
  readonly buckets?: Answer<readonly string[]>;
}

/** A signed request is accepted; tells a wrong secret from a missing right where that can be told. */
export async function proveSign(
  store: Store,
  bucket: string | undefined,
  signal?: AbortSignal,
): Promise<Identity> {
  if (store.anonymous) {
    return {
      outcome: {
        status: "skipped",
        detail: "there are no credentials: requests are not signed, only public buckets answer",
        hint: "Give keys with `dipper configure`, a profile or AWS_ACCESS_KEY_ID if you have any.",
      },
    };
  }
  const credentials = await store.credentials(signal);
  const who = `the access key ${store.origins.accessKeyId?.value ?? "of these credentials"} ` +
    `(${store.origins.credentials?.value}, ${store.origins.credentials?.source})`;
  const until = credentials?.expiration === undefined
    ? ""
    : `, good until ${credentials.expiration.toISOString()}`;
  const accepted = (more = ""): Outcome => ({
    status: "ok",
    detail: `a request signed with ${who}${until} was accepted${more}`,
  });
  const buckets = await answered(bucketNames(store, signal));
  if ("value" in buckets) return { outcome: accepted(), buckets };
  if (!saysLittle(buckets.error)) throw buckets.error;
  const listed = bucket === undefined ? undefined : await answered(firstKey(store, bucket, signal));
  if (
    listed !== undefined && ("value" in listed || isDipperError(listed.error, "bucket_not_found"))
  ) {
    return { outcome: accepted(", though these credentials may not list buckets"), buckets };
  }
  if (listed !== undefined && !saysLittle(listed.error)) throw listed.error;
  if (await refusesOtherwise(store, bucket, listed?.error ?? buckets.error, signal)) {
    const what = bucket === undefined ? "list buckets" : `list buckets or ${bucket}`;
    return { outcome: accepted(`; these credentials may not ${what}`), buckets };
  }
  throw new CredentialsError("bad_credentials", `the service refuses ${who}`, {
    ...context(store, buckets.error),
    hint: "It does not say why: the access key is unknown there, the secret is wrong, a session " +
      "token is missing or expired, or the rights are missing. Check key and secret first.",
    cause: buckets.error,
  });
}

/** How far this machine's clock is from the service's. */
export async function proveClock(
  store: Store,
  now: () => number,
  signal?: AbortSignal,
): Promise<Outcome> {
  throwIfAborted(signal);
  const before = now();
  const date = await serviceDate(store, signal);
  const after = now();
  const theirs = date === undefined ? NaN : Date.parse(date);
  if (Number.isNaN(theirs)) {
    return {
      status: "skipped",
      detail: "the service does not say what time it is (no Date header)",
    };
  }
  // The header has whole seconds: the service's time was anywhere in that second.
  const off = ((before + after) / 2 - (theirs + 500)) / 1000;
  const seconds = Math.round(Math.abs(off));
  if (seconds <= 1) {
    return { status: "ok", detail: "this machine's clock and the service's agree" };
  }
  const side = off > 0 ? "ahead of" : "behind";
  const detail = `this machine's clock is ${seconds} s ${side} the service's`;
  if (seconds < NOTABLE_SKEW) return { status: "ok", detail };
  return {
    status: seconds < TOLERATED_SKEW ? "warning" : "failed",
    detail,
    hint: "Set the clock (NTP): services refuse signatures more than 15 minutes off.",
  };
}

/** Names of the buckets that these credentials own or may list. */
async function bucketNames(store: Store, signal?: AbortSignal): Promise<string[]> {
  const { Buckets } = await send(
    store,
    { operation: "ListBuckets", signal },
    (client, options) => client.send(new ListBucketsCommand({}), options),
  );
  return (Buckets ?? []).flatMap(({ Name }) => Name ?? []);
}

async function firstKey(store: Store, bucket: string, signal?: AbortSignal): Promise<void> {
  await send(
    store,
    { bucket, operation: "ListObjectsV2", signal },
    (client, options) =>
      client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }), options),
  );
}

/** A refusal that may mean a bad signature as well as a missing right, or that is not about either. */
function saysLittle(error: DipperError): boolean {
  if (isDipperError(error, "permission", "unsupported")) return true;
  return isDipperError(error, "bad_credentials", "expired_token") &&
    error.context.code !== "SignatureDoesNotMatch" && error.context.code !== "InvalidAccessKeyId" &&
    error.context.status === 403;
}

/**
 * Whether the service refuses a wrong secret in another way than it refused ours: then ours was
 * right. Services that hide the reason, as Ceph with STS does, answer alike.
 */
async function refusesOtherwise(
  store: Store,
  bucket: string | undefined,
  ours: DipperError,
  signal?: AbortSignal,
): Promise<boolean> {
  const stranger: Store = {
    ...store,
    credentials: async (inner) => {
      const credentials = await store.credentials(inner);
      return credentials && { ...credentials, secretAccessKey: crypto.randomUUID() };
    },
  };
  try {
    const theirs = await answered<unknown>(
      bucket === undefined ? bucketNames(stranger, signal) : firstKey(stranger, bucket, signal),
    );
    return "error" in theirs && theirs.error.context.code !== ours.context.code;
  } finally {
    closeClients(stranger);
  }
}

/** The `Date` header of an answer to an unsigned request. */
async function serviceDate(store: Store, signal?: AbortSignal): Promise<string | undefined> {
  const url = store.endpoint ?? new URL(`https://s3.${store.region}.amazonaws.com`);
  const { httpAgent, httpsAgent } = requestHandler(store);
  const plain = url.protocol === "http:";
  const limit = AbortSignal.timeout(CLOCK_LIMIT);
  const alive = setInterval(() => {}, CLOCK_LIMIT);
  try {
    return await new Promise((resolve, reject) => {
      const sent = (plain ? httpRequest : httpsRequest)(url, {
        method: "HEAD",
        agent: plain ? httpAgent : httpsAgent,
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      }, (answer) => {
        answer.resume();
        resolve(answer.headers.date);
      });
      sent.once("error", reject);
      sent.end();
    });
  } catch (error) {
    const late = limit.aborted && signal?.aborted !== true;
    throw translateS3Error(
      late ? Object.assign(new Error("timed out"), { code: "ETIMEDOUT" }) : error,
      { ...failureContext(store), signal },
    );
  } finally {
    clearInterval(alive);
    httpAgent.destroy();
    httpsAgent.destroy();
  }
}

function context(store: Store, error: DipperError) {
  const { status, code } = error.context;
  return {
    store: store.name,
    endpoint: store.endpoint?.origin,
    region: store.region,
    status,
    code,
  };
}

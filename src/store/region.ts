/**
 * The region of a bucket, learned from the service's answers.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html PermanentRedirect,
 * AuthorizationHeaderMalformed, IllegalLocationConstraintException
 * @module
 */
import type { S3Client } from "@aws-sdk/client-s3";
import type { Store } from "./store.ts";

const learned = new WeakMap<Store, Map<string, string>>();

/** The region to sign for `bucket`: what an answer has said of it, else the store's. */
export function knownRegion(store: Store, bucket: string): string {
  return learned.get(store)?.get(bucket) ?? store.region;
}

/** Remembers that `bucket` is in `region`, and tells the person where that is news. */
export function learnRegion(store: Store, bucket: string, region: string): void {
  if (knownRegion(store, bucket) === region) return;
  const regions = learned.get(store) ?? new Map<string, string>();
  learned.set(store, regions);
  regions.set(bucket, region);
  store.notice(
    `Bucket ${bucket} is in ${region}, not in ${store.region} (${store.origins.region?.source}): ` +
      `using ${region} for it.`,
  );
}

/**
 * Asks the service for the region of `bucket`: its HEAD answer names it, with or without the right to
 * read. The store's region when the service does not say.
 */
export async function bucketRegion(
  client: S3Client,
  store: Store,
  bucket: string,
  signal?: AbortSignal,
): Promise<string> {
  // Read when it is needed: the gateway's thread, which needs the rest of this file, starts sooner.
  const { HeadBucketCommand } = await import("@aws-sdk/client-s3");
  try {
    const answer = await client.send(new HeadBucketCommand({ Bucket: bucket }), {
      abortSignal: signal,
    });
    if (answer.BucketRegion) learnRegion(store, bucket, answer.BucketRegion);
  } catch (error) {
    signal?.throwIfAborted();
    const region = regionInAnswer(error);
    if (region !== undefined) learnRegion(store, bucket, region);
  }
  return knownRegion(store, bucket);
}

/** The region that a refusal names; undefined when it names none. */
export function regionInAnswer(error: unknown): string | undefined {
  const { $response, $metadata, Region, Endpoint } = error as {
    $response?: { statusCode?: number; headers?: Record<string, string> };
    $metadata?: { httpStatusCode?: number };
    Region?: string;
    Endpoint?: string;
  } ?? {};
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status !== 301 && status !== 307 && status !== 400 && status !== 403) return undefined;
  const header = $response?.headers?.["x-amz-bucket-region"];
  const named = header ?? Region ?? regionOfHost(Endpoint) ??
    /region '[^']*' is wrong; expecting '([^']+)'/.exec((error as Error).message ?? "")?.[1];
  return named !== undefined && /^[a-z0-9-]{1,64}$/i.test(named) ? named : undefined;
}

/** `b.s3.eu-central-1.amazonaws.com` and `s3-eu-west-1.amazonaws.com` name their region. */
function regionOfHost(host: string | undefined): string | undefined {
  return /(?:^|\.)s3[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com/.exec(host ?? "")
    ?.[1];
}

type Send = (command: Command, ...rest: unknown[]) => Promise<unknown>;
interface Command {
  readonly input: { readonly Bucket?: string };
  readonly constructor: unknown;
}

/**
 * Makes `client` send what is for a bucket of another region through that region's client, and once
 * more when the service names another.
 */
export function correctRegions(
  client: S3Client,
  store: Store,
  region: string,
  clientFor: (store: Store, region: string) => S3Client,
): void {
  const send = client.send.bind(client) as unknown as Send;
  const elsewhere = (other: string, command: Command, rest: unknown[]) => {
    const again = new (command.constructor as new (input: unknown) => Command)(command.input);
    return (clientFor(store, other).send as unknown as Send).call(
      clientFor(store, other),
      again,
      ...rest,
    );
  };
  const corrected: Send = async (command, ...rest) => {
    const bucket = command.input.Bucket;
    if (bucket === undefined || typeof rest.at(-1) === "function") {
      return await send(command, ...rest);
    }
    const known = knownRegion(store, bucket);
    if (known !== region && region === store.region) return await elsewhere(known, command, rest);
    try {
      return await send(command, ...rest);
    } catch (error) {
      const named = regionInAnswer(error);
      if (named === undefined || named === region || region !== store.region) throw error;
      learnRegion(store, bucket, named);
      return await elsewhere(named, command, rest);
    }
  };
  client.send = corrected as unknown as typeof client.send;
}

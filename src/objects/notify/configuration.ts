/**
 * Reading and writing a bucket's notification rules as they are, and Ceph's own way to take one out.
 *
 * @module
 */
import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
} from "@aws-sdk/client-s3";
import { isDipperError, UnsupportedError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import { explainFailure } from "../explain.ts";
import { sendTo } from "../send.ts";
import { isConfiguration } from "./configuration_xml.ts";

interface WireRequest {
  method: string;
  query: Record<string, string>;
  body?: string;
  headers: Record<string, string>;
}

interface WireAnswer {
  statusCode: number;
  body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** As much of the SDK's middleware as is used here. */
interface Stack {
  readonly middlewareStack: {
    add(
      middleware: (
        next: (args: { request: unknown }) => Promise<{ response: unknown }>,
      ) => (args: { request: unknown }) => Promise<{ response: unknown }>,
      options: { step: string; priority: string; name: string },
    ): void;
  };
}

/**
 * The configuration, as the service writes it.
 *
 * @throws {UnsupportedError} when the service has none
 */
export async function getConfiguration(
  store: Store,
  bucket: string,
  signal?: AbortSignal,
): Promise<string> {
  let text = "";
  await asked(store, bucket, "GetBucketNotificationConfiguration", signal, async (client, how) => {
    const command = new GetBucketNotificationConfigurationCommand({ Bucket: bucket });
    (command as unknown as Stack).middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const response = result.response as WireAnswer;
        if (response.statusCode !== 200) return result;
        text = await textOf(response.body);
        response.body = new TextEncoder().encode(text);
        return result;
      },
      { step: "deserialize", priority: "low", name: "dipperNotification" },
    );
    await client.send(command, how);
  });
  if (!isConfiguration(text)) throw lacking(store, bucket);
  return text;
}

/** Puts the configuration. Services differ in whether rules that are not in it stay. */
export async function putConfiguration(
  store: Store,
  bucket: string,
  xml: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await asked(
      store,
      bucket,
      "PutBucketNotificationConfiguration",
      signal,
      async (client, how) => {
        const command = new PutBucketNotificationConfigurationCommand({
          Bucket: bucket,
          NotificationConfiguration: {},
        });
        changeRequest(command, (request) => {
          request.body = xml;
          request.headers["content-type"] = "application/xml";
          request.headers["content-length"] = String(new TextEncoder().encode(xml).length);
        });
        await client.send(command, how);
      },
    );
  } catch (error) {
    // A server that does not know `?notification` takes the request for one that makes a bucket.
    const makes = ["BucketAlreadyOwnedByYou", "BucketAlreadyExists"];
    if (isDipperError(error) && makes.includes(error.context.code ?? "")) {
      throw lacking(store, bucket);
    }
    throw error;
  }
}

/**
 * Takes a rule out as Ceph does it. For Ceph alone: another server may take the request for one that
 * removes the bucket.
 *
 * @see https://docs.ceph.com/en/latest/radosgw/s3/bucketops/#delete-notification
 */
export async function deleteOnCeph(
  store: Store,
  bucket: string,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  await asked(store, bucket, "DeleteBucketNotification", signal, async (client, how) => {
    const command = new GetBucketNotificationConfigurationCommand({ Bucket: bucket });
    changeRequest(command, (request) => {
      request.method = "DELETE";
      request.query = { notification: name };
    });
    await client.send(command, how);
  });
}

/** What a service without notifications of buckets is told to be. */
export function lacking(store: Store, bucket: string): UnsupportedError {
  const at = store.endpoint?.origin ?? "AWS";
  return new UnsupportedError(`${at} has no notifications of buckets`, {
    store: store.name,
    bucket,
    hint:
      "Ask who runs the service: it may have them for the whole server. Without them, `dipper " +
      "notify listen` finds changes by listing: --reconcile 30s.",
  });
}

function changeRequest(command: unknown, change: (request: WireRequest) => void): void {
  (command as Stack).middlewareStack.add(
    (next) => (args) => {
      change(args.request as WireRequest);
      return next(args);
    },
    { step: "build", priority: "low", name: "dipperNotification" },
  );
}

async function asked(
  store: Store,
  bucket: string,
  operation: string,
  signal: AbortSignal | undefined,
  request: Parameters<typeof sendTo<void>>[3],
): Promise<void> {
  try {
    await sendTo(store, { bucket, operation }, signal, request);
  } catch (error) {
    if (isDipperError(error, "unsupported")) throw lacking(store, bucket);
    throw await explainFailure(store, error, signal);
  }
}

async function textOf(body: WireAnswer["body"]): Promise<string> {
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  return await new Response(ReadableStream.from(body) as ReadableStream<Uint8Array>).text();
}

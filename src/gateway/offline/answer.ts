/**
 * Answers without a network: reads of what the cache has, listings of what was pulled, and a clear
 * refusal of all else.
 *
 * @module
 */
import { type ConnectionError, isDipperError } from "../../errors.ts";
import { notInCache } from "../../range/no_network.ts";
import { emptyResponse, xmlResponse } from "../answers.ts";
import { type Exchange, type Located, parameter } from "../exchange.ts";
import type { HttpAnswer } from "../http/answer.ts";
import { memoryName } from "../object_memory.ts";
import { isPlainRead, readObject } from "../read_object.ts";
import { S3Refusal } from "../refusal.ts";
import { element } from "../xml.ts";
import type { OfflineCatalogue, OfflineObject } from "./catalogue.ts";
import { listingPage } from "./listing_page.ts";

/** Answers a request from `catalogue` and the cache alone. */
export async function answerOffline(
  exchange: Exchange,
  catalogue: OfflineCatalogue,
): Promise<HttpAnswer> {
  try {
    return await answer(exchange, catalogue);
  } catch (error) {
    if (!isDipperError(error, "network")) throw error;
    throw refused(exchange, error as ConnectionError);
  }
}

async function answer(exchange: Exchange, catalogue: OfflineCatalogue): Promise<HttpAnswer> {
  const { parts, method, bucket, key, query, signal } = exchange;
  if (method !== "GET" && method !== "HEAD") {
    throw new S3Refusal("AccessDenied", "DIPPER_OFFLINE is on: nothing can be written.");
  }
  if (bucket === "") return listBuckets(exchange, catalogue);
  const located = await parts.stores.locate(bucket, signal);
  if (key !== "") {
    if (!isPlainRead(exchange)) throw notAnswered(exchange, located);
    await learn(exchange, located, catalogue);
    return await readObject(exchange);
  }
  const asks = (name: string) => query.some(([each]) => each === name);
  if (method === "HEAD" || asks("location")) {
    if (!await catalogue.knowsBucket(located)) throw notAnswered(exchange, located);
    if (method === "HEAD") return emptyResponse(exchange, 200);
    return xmlResponse(exchange, "LocationConstraint", located.store.region);
  }
  if (["uploads", "versions", "versioning", "acl", "policy", "tagging"].some(asks)) {
    throw notAnswered(exchange, located);
  }
  return await list(exchange, located, catalogue);
}

/** Has the object remembered as if it had been asked for. */
async function learn(
  exchange: Exchange,
  located: Located,
  catalogue: OfflineCatalogue,
): Promise<void> {
  const { client, bucket, key } = exchange;
  const versionId = parameter(exchange, "versionId");
  const name = memoryName(bucket, key, versionId);
  if (client.memory.recall(name)?.headers !== undefined) return;
  const found = await catalogue.find(located, key, versionId);
  if (found === "absent") throw new S3Refusal("NoSuchKey", "There was no such object when pulled.");
  if (found === undefined) throw notAnswered(exchange, located);
  const { size, etag, lastModified } = found;
  client.memory.remember(name, {
    size,
    etag,
    lastModified,
    headers: headersOf(found),
    source: undefined,
  });
}

async function list(
  exchange: Exchange,
  located: Located,
  catalogue: OfflineCatalogue,
): Promise<HttpAnswer> {
  const { bucket } = exchange;
  const prefix = parameter(exchange, "prefix") ?? "";
  const objects = await catalogue.list(located, prefix);
  if (objects === undefined) {
    throw notInCache({ bucket, key: prefix, store: located.store.name }, "listing");
  }
  const page = listingPage(objects, { bucket, parameter: (name) => parameter(exchange, name) });
  return xmlResponse(exchange, "ListBucketResult", page);
}

function listBuckets(exchange: Exchange, catalogue: OfflineCatalogue): HttpAnswer {
  const date = element("CreationDate", new Date(0).toISOString());
  const buckets = catalogue.buckets.filter(exchange.parts.allows)
    .map((name) => `<Bucket>${element("Name", name)}${date}</Bucket>`).join("");
  return xmlResponse(
    exchange,
    "ListAllMyBucketsResult",
    `<Owner><ID>dipper</ID></Owner><Buckets>${buckets}</Buckets>`,
  );
}

function headersOf({ size, etag, lastModified, contentType }: OfflineObject) {
  return {
    "content-type": contentType ?? "binary/octet-stream",
    "content-length": String(size),
    etag: `"${etag}"`,
    ...(lastModified === undefined ? {} : { "last-modified": lastModified.toUTCString() }),
  };
}

function notAnswered({ key }: Exchange, { store, bucket }: Located): ConnectionError {
  return notInCache({ bucket, key, store: store.name });
}

/** A status at which clients do not try again. */
function refused({ client }: Exchange, error: ConnectionError): S3Refusal {
  client.account.failed(error);
  return new S3Refusal("NotInCache", `${error.message}. ${error.hint ?? ""}`, { status: 400 });
}

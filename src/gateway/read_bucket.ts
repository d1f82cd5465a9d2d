/**
 * What is asked of buckets and of the service: listings above all, whose facts are remembered.
 *
 * @module
 */
import { DipperError } from "../errors.ts";
import type { BucketEntry } from "../objects/list.ts";
import { xmlResponse } from "./answers.ts";
import { type Exchange, type Located, parameter } from "./exchange.ts";
import { answerHeaders, passOn, upstreamRequest } from "./forward.ts";
import { type HttpAnswer, textAnswer } from "./http/answer.ts";
import { listedFacts, renamed } from "./listing.ts";
import { type KnownListing, memoryName } from "./object_memory.ts";
import { EMPTY_HASH } from "./sigv4.ts";
import { element } from "./xml.ts";

/** Parameters of ListObjects and ListObjectsV2; a GET of a bucket with any other asks something else. */
const OF_LISTINGS = new Set([
  "continuation-token",
  "delimiter",
  "encoding-type",
  "fetch-owner",
  "list-type",
  "marker",
  "max-keys",
  "optional-object-attributes",
  "prefix",
  "start-after",
  "x-id",
]);

/** Answers a GET or HEAD of a bucket, and what is asked of an object but its bytes. */
export async function readBucket(exchange: Exchange): Promise<HttpAnswer> {
  const { parts, bucket, key, client, signal, method, query } = exchange;
  const located = await parts.stores.locate(bucket, signal);
  const request = upstreamRequest(exchange, located, EMPTY_HASH);
  const isListing = key === "" && method === "GET" &&
    query.every(([name]) => OF_LISTINGS.has(name));
  if (!isListing) {
    return passOn(await parts.upstream.send(request, client.account, signal), exchange);
  }
  // DuckDB lists a folder when it plans a statement, and again when it runs it.
  const name = JSON.stringify([bucket, query]);
  const known = client.memory.recallListing(name);
  if (known !== undefined) return listingAnswer(exchange, located, known);
  // A statement reads what it lists.
  if (client.kind === "statement") {
    parts.reader.prepare(located.store, { bucket: located.bucket, key });
  }
  const answer = await parts.upstream.ask(request, client.account, signal);
  const xml = answer.text;
  const objects = listedFacts(xml);
  for (const { key: name, ...facts } of objects) {
    client.memory.remember(memoryName(bucket, name, undefined), {
      ...facts,
      headers: undefined,
      source: undefined,
    });
  }
  client.ahead?.listed(bucket, parameter(exchange, "prefix") ?? "", objects);
  const { "content-length": _, ...headers } = answerHeaders(answer.headers);
  if (client.kind === "statement") client.memory.rememberListing(name, { xml, headers });
  return listingAnswer(exchange, located, { xml, headers });
}

function listingAnswer(
  { bucket, requestId }: Exchange,
  located: Located,
  { xml, headers }: KnownListing,
): HttpAnswer {
  const text = located.bucket === bucket ? xml : renamed(xml, bucket);
  return textAnswer(text, { ...headers, "x-amz-request-id": requestId });
}

/**
 * The buckets of all stores. A store that does not tell its buckets has none here, as long as another
 * does.
 */
export async function readService(exchange: Exchange): Promise<HttpAnswer> {
  const { parts, client, signal } = exchange;
  const { all } = parts.stores;
  client.account.checkBudget();
  // The SDK behind it takes as long to load as all the rest of this thread, and is seldom asked for.
  const { listBuckets } = await import("../objects/list.ts");
  const answers = await Promise.allSettled(all.map(async (store) => {
    client.account.sent("list", 1);
    return await listBuckets(store, signal);
  }));
  const found = answers.flatMap((answer) => answer.status === "fulfilled" ? answer.value : []);
  const failure = answers.find((answer) => answer.status === "rejected")?.reason;
  if (failure !== undefined && answers.every(({ status }) => status === "rejected")) throw failure;
  if (failure instanceof DipperError) client.account.failed(failure);
  const byName = new Map(found.map((bucket) => [bucket.name, bucket]));
  const prefix = parameter(exchange, "prefix") ?? "";
  const buckets = [...byName.values()]
    .filter(({ name }) => name.startsWith(prefix) && parts.allows(name))
    .sort((a, b) => a.name < b.name ? -1 : 1).map(bucketElement);
  return xmlResponse(
    exchange,
    "ListAllMyBucketsResult",
    `<Owner><ID>dipper</ID></Owner><Buckets>${buckets.join("")}</Buckets>`,
  );
}

function bucketElement({ name, created }: BucketEntry): string {
  const date = (created ?? new Date(0)).toISOString();
  return `<Bucket>${element("Name", name)}${element("CreationDate", date)}</Bucket>`;
}

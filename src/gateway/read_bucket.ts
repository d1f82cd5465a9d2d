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
import { asFolderPage, nextPage, withoutDelimiter } from "./folder_pages.ts";
import { listedFacts, renamed } from "./listing.ts";
import { type KnownListing, memoryName } from "./object_memory.ts";
import { S3Refusal } from "./refusal.ts";
import { EMPTY_HASH } from "./sigv4.ts";
import type { UpstreamMessage, UpstreamRequest } from "./upstream_request.ts";
import type { QueryPair } from "./uri_text.ts";
import { element, textOf } from "./xml.ts";

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
  const name = listingName(bucket, query);
  const known = client.memory.recallListing(name) ?? folderPage(exchange);
  if (known !== undefined) return listingAnswer(exchange, located, known);
  // A statement reads what it lists.
  if (client.kind === "statement") {
    parts.reader.prepare(located.store, { bucket: located.bucket, key });
  }
  const answer = await askForPage(exchange, request);
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

function listingName(bucket: string, query: readonly QueryPair[]): string {
  return JSON.stringify([bucket, query]);
}

/** The first page of a folder that is known without having been asked for. */
function folderPage(exchange: Exchange): KnownListing | undefined {
  const { bucket, client, query } = exchange;
  const without = withoutDelimiter(query);
  const known = without && client.memory.recallListing(listingName(bucket, without));
  const xml = known && asFolderPage(known.xml, parameter(exchange, "prefix") ?? "");
  return xml === undefined ? undefined : { xml, headers: known!.headers };
}

/** A page from the service; one that follows a page of {@link folderPage} is asked for by its last key. */
async function askForPage(
  { parts, client, signal, query }: Exchange,
  request: UpstreamRequest,
): Promise<UpstreamMessage> {
  const ask = (pairs: readonly QueryPair[]) =>
    parts.upstream.ask({ ...request, query: pairs }, client.account, signal);
  const next = nextPage(query);
  if (next === undefined) return await ask(query);
  const answer = await ask(next.query);
  if (next.isNext(answer.text)) return answer;
  const token = textOf((await ask(next.first)).text, "NextContinuationToken");
  if (token === undefined) {
    throw new S3Refusal("OperationAborted", "The folder changed while it was listed.", {
      status: 409,
    });
  }
  return await ask([...next.first, ["continuation-token", token]]);
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

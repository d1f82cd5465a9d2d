/**
 * GetObject and HeadObject, from the reading core.
 *
 * @module
 */
import { isDipperError } from "../errors.ts";
import { from } from "../range/range.ts";
import { type LendingSource, readBuffer } from "../range/source.ts";
import { fileKind, openingPart } from "./ahead/footer_tail.ts";
import { objectBody } from "./object_body.ts";
import { heedsRange, parseRange, precondition, satisfy } from "./conditions.ts";
import { type Exchange, type Located, parameter } from "./exchange.ts";
import { answerHeaders } from "./forward.ts";
import type { HttpAnswer } from "./http/answer.ts";
import { type KnownObject, memoryName } from "./object_memory.ts";
import { S3Refusal } from "./refusal.ts";
import { lookForSideFiles } from "./side_files.ts";
import { headUpstream } from "./upstream_head.ts";

/** Parameters of GetObject and HeadObject that the reading core understands, or that mean nothing. */
const PLAIN = new Set(["versionId", "x-id"]);

/** Bytes up to which a body is answered in one piece, with the head in one write. */
const SMALL_BODY = 64 * 1024;

/** Whether a GET or HEAD of an object is for the reading core; the others go to the store as they are. */
export function isPlainRead({ method, key, query, headers }: Exchange): boolean {
  return (method === "GET" || method === "HEAD") && key !== "" &&
    query.every(([name]) => PLAIN.has(name)) &&
    !headers.has("x-amz-server-side-encryption-customer-algorithm");
}

/** Answers a GET or a HEAD of an object. */
export async function readObject(exchange: Exchange): Promise<HttpAnswer> {
  const { client, bucket, key } = exchange;
  client.account.touched(bucket, key);
  const name = memoryName(bucket, key, parameter(exchange, "versionId"));
  const before = client.memory.recall(name);
  try {
    return await answer(exchange, name);
  } catch (error) {
    if (!isDipperError(error, "object_changed")) throw error;
    // A statement has one state of an object; a tool that asks for no state in particular gets the new.
    if (client.kind === "statement" || before === undefined) throw error;
    client.memory.forget(name);
    return await answer(exchange, name);
  }
}

async function answer(exchange: Exchange, name: string): Promise<HttpAnswer> {
  const { client, method, headers, signal } = exchange;
  const known = await look(exchange, name);
  client.account.touched(exchange.bucket, exchange.key, known.size);
  const shared = { "x-amz-request-id": exchange.requestId, ...headersOf(known) };
  switch (precondition(headers, known)) {
    case "not modified":
      return { status: 304, headers: without(shared, "content-length"), body: null };
    case "failed":
      throw new S3Refusal("PreconditionFailed", "A precondition of the request does not hold.");
    case "go on":
  }
  const range = heedsRange(headers.get("if-range"), known)
    ? parseRange(headers.get("range"))
    : undefined;
  const extent = range === undefined
    ? { offset: 0, length: known.size }
    : satisfy(range, known.size);
  if (extent === undefined) {
    throw new S3Refusal("InvalidRange", "The range has no bytes of the object.", {
      headers: { "content-range": `bytes */${known.size}` },
    });
  }
  const { offset, length } = extent;
  const said = {
    ...shared,
    "content-length": String(length),
    ...(range === undefined
      ? {}
      : { "content-range": `bytes ${offset}-${offset + length - 1}/${known.size}` }),
  };
  const status = range === undefined ? 200 : 206;
  const versionId = parameter(exchange, "versionId");
  const ahead = versionId === undefined ? client.ahead : undefined;
  const object = { bucket: exchange.bucket, key: exchange.key, known };
  if (method === "HEAD" || length === 0) {
    if (client.kind === "statement") ahead?.opened(object);
    return { status, headers: said, body: null };
  }
  const source = known.source ?? await sourceOf(exchange, name, known);
  ahead?.asked(object, extent);
  const options = { signal, counter: client.account.reads };
  if (length <= SMALL_BODY) {
    const bytes = await readBuffer(source, range ?? from(0), options);
    client.account.checkBudget();
    client.account.answered(bytes.length);
    return { status, headers: said, body: bytes };
  }
  const body = await objectBody(source.pieces(range ?? from(0), options), client.account);
  return { status, headers: said, body };
}

/** What is known of the object; asked for when nothing is. */
async function look(exchange: Exchange, name: string): Promise<KnownObject> {
  const { client, parts, bucket } = exchange;
  const remembered = client.memory.recall(name);
  // A tool looks at headers that a listing does not have.
  const isEnough = remembered !== undefined &&
    (client.kind === "statement" || remembered.headers !== undefined);
  if (isEnough) return remembered;
  await lookForSideFiles(exchange);
  if (client.memory.isAbsent(name)) throw new S3Refusal("NoSuchKey", "There is no such object.");
  client.account.checkBudget();
  const located = await parts.stores.locate(bucket, exchange.signal);
  if (client.kind === "tool") {
    const known = await headed(exchange, located);
    client.memory.remember(name, known);
    return known;
  }
  try {
    const known = await opened(exchange, located);
    client.memory.remember(name, known);
    return known;
  } catch (error) {
    // SQLite looks for the journal of a GeoPackage hundreds of times in one statement.
    if (isDipperError(error, "key_not_found")) client.memory.rememberAbsence(name);
    throw error;
  }
}

/** One request that brings the object's end as well: a reader of Parquet asks for it next. */
async function opened(exchange: Exchange, { store, bucket }: Located): Promise<KnownObject> {
  const { client, parts, key, signal } = exchange;
  if (fileKind(key) !== "other") parts.reader.prepare(store, { bucket, key });
  const source = await parts.reader.open(store, { bucket, key }, {
    signal,
    versionId: parameter(exchange, "versionId"),
    ...openingPart(key),
    counter: client.account.reads,
  });
  const { size, etag, lastModified } = source;
  return { size, etag, lastModified, headers: undefined, source };
}

/** A HEAD as it came, which has what an opening does not say: metadata, encoding, cache control. */
async function headed(exchange: Exchange, { store, bucket }: Located): Promise<KnownObject> {
  const { client, parts, key, query, signal } = exchange;
  const place = { store, bucket, key };
  const head = await headUpstream(parts.upstream, place, query, client.account, signal);
  return { ...head, headers: answerHeaders(head.headers), source: undefined };
}

async function sourceOf(
  exchange: Exchange,
  name: string,
  known: KnownObject,
): Promise<LendingSource> {
  const { client, parts, key, signal } = exchange;
  client.account.checkBudget();
  const { store, bucket } = await parts.stores.locate(exchange.bucket, signal);
  const counter = client.account.reads;
  const versionId = parameter(exchange, "versionId");
  const source = versionId === undefined
    ? await parts.reader.openListed(store, { bucket, key }, known, { signal, counter })
    : await parts.reader.open(store, { bucket, key }, { signal, counter, versionId });
  client.memory.refine(name, known, { ...known, source });
  return source;
}

function headersOf({ etag, lastModified, headers, source }: KnownObject): Record<string, string> {
  if (headers !== undefined) return { ...headers, "accept-ranges": "bytes" };
  return {
    "accept-ranges": "bytes",
    "content-type": source?.contentType ?? "binary/octet-stream",
    ...(etag === undefined ? {} : { etag: `"${etag}"` }),
    ...(lastModified === undefined ? {} : { "last-modified": lastModified.toUTCString() }),
  };
}

function without(headers: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));
}

/**
 * What a copy is made from: the header that names it, its state, its metadata.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 * @module
 */
import { HeaderMap, type MessageHeaders } from "../range/http/headers.ts";
import { bounded, type Extent } from "../range/range.ts";
import type { RangeSource } from "../range/source.ts";
import { precondition } from "./conditions.ts";
import type { Exchange, Located } from "./exchange.ts";
import { S3Refusal } from "./refusal.ts";
import { EMPTY_HASH } from "./sigv4.ts";
import { headUpstream } from "./upstream_head.ts";
import type { StreamedBody } from "./upstream_request.ts";
import { decodePart, encodePart, encodePath, type QueryPair } from "./uri_text.ts";
import { elements, textOf } from "./xml.ts";

/** An object that a copy names. */
export interface CopySource extends Located {
  readonly key: string;
  readonly versionId: string | undefined;
}

/** Its state. */
export interface SourceState {
  /** Bytes. */
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers of an object that a copy of it has as well; besides these, those of `x-amz-meta-`. */
const METADATA = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
]);

/** Headers of a copy that are about its source, or mean something else in an upload. */
const OF_THE_COPY =
  /^x-amz-(copy-source|metadata-directive|tagging-directive|checksum-algorithm)|^if-|^range$/;

/**
 * The source that `x-amz-copy-source` names; undefined when the request is no copy.
 *
 * @throws {S3Refusal} when it names none
 */
export async function copySourceOf(
  { parts, signal, headers }: Pick<Exchange, "parts" | "signal" | "headers">,
): Promise<CopySource | undefined> {
  const text = headers.get("x-amz-copy-source");
  if (text === null) return undefined;
  const [, path, version] = /^\/?(.*?)(?:\?versionId=([^&]*))?$/s.exec(text)!;
  const decoded = decodePart(path);
  const slash = decoded.indexOf("/");
  if (slash <= 0 || slash === decoded.length - 1) {
    throw new S3Refusal("InvalidArgument", "The copy's source is no bucket/key.");
  }
  const located = await parts.stores.locate(decoded.slice(0, slash), signal);
  return {
    ...located,
    key: decoded.slice(slash + 1),
    versionId: version === undefined ? undefined : decodePart(version),
  };
}

/** The value of `x-amz-copy-source` for the source's own store. */
export function copySourceHeader({ bucket, key, versionId }: CopySource): string {
  const named = encodePath(`${bucket}/${key}`);
  return versionId === undefined ? named : `${named}?versionId=${encodePart(versionId)}`;
}

/**
 * Asks for the state of `source` and holds the copy's preconditions against it.
 *
 * @throws {S3Refusal} when it is not there, or a precondition fails
 */
export async function stateOf(exchange: Exchange, source: CopySource): Promise<SourceState> {
  const { parts, client, signal, headers } = exchange;
  if (headers.has("x-amz-copy-source-server-side-encryption-customer-algorithm")) {
    throw new S3Refusal(
      "NotImplemented",
      "An object under a customer's key is copied only within its store and outside a transaction.",
    );
  }
  const state = await headUpstream(
    parts.upstream,
    source,
    versionQuery(source),
    client.account,
    signal,
  );
  if (precondition(conditionsOf(headers), state) !== "go on") {
    throw new S3Refusal("PreconditionFailed", "A precondition of the copy does not hold.");
  }
  return state;
}

/** What the copy has besides its bytes: of the source, or of the request where that replaces it. */
export async function headersOfCopy(
  exchange: Exchange,
  source: CopySource,
  state: SourceState,
  asked: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const replaces = (what: string) =>
    exchange.headers.get(`x-amz-${what}-directive`)?.toUpperCase() === "REPLACE";
  const isMetadata = (name: string) => METADATA.has(name) || name.startsWith("x-amz-meta-");
  const pick = (all: Readonly<Record<string, string>>, wanted: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => wanted(name)));
  const own = pick(
    asked,
    (name) => !OF_THE_COPY.test(name) && !isMetadata(name) && name !== "x-amz-tagging",
  );
  const metadata = pick(replaces("metadata") ? asked : state.headers, isMetadata);
  const tagging = replaces("tagging")
    ? asked["x-amz-tagging"]
    : await taggingOf(exchange, source, state);
  return { ...own, ...metadata, ...(tagging === undefined ? {} : { "x-amz-tagging": tagging }) };
}

/** The source for reading, in that state. */
export async function openSource(
  { parts, client, signal }: Exchange,
  { store, bucket, key, versionId }: CopySource,
  state: SourceState,
): Promise<RangeSource> {
  const options = { signal, counter: client.account.reads };
  const opened = versionId === undefined
    ? await parts.reader.openListed(store, { bucket, key }, state, options)
    : await parts.reader.open(store, { bucket, key }, { ...options, versionId });
  // Without an ETag in the HEAD it was opened anew, and may be another object.
  if (opened.size !== state.size || opened.etag !== state.etag) {
    throw new S3Refusal("PreconditionFailed", "The copy's source changed while it was copied.");
  }
  return opened;
}

/** Bytes of `source` as the body of a request, which can be sent again. */
export function bodyFrom(
  source: RangeSource,
  { offset, length }: Extent,
  signal: AbortSignal,
): StreamedBody {
  const stream = () => source.stream(bounded(offset, length), { signal });
  return {
    length,
    bytes: { [Symbol.asyncIterator]: () => stream()[Symbol.asyncIterator]() },
    comes: "anew",
  };
}

/**
 * The tags as a header has them; undefined when there are none. Not every service counts them in a HEAD, so
 * they are asked for; a service that has none to tell of is believed unless it has counted some.
 */
async function taggingOf(
  { parts, client, signal }: Exchange,
  source: CopySource,
  { headers }: SourceState,
): Promise<string | undefined> {
  const count = headers["x-amz-tagging-count"];
  if (count === "0") return undefined;
  const query: QueryPair[] = [["tagging", ""], ...versionQuery(source)];
  try {
    const { text } = await parts.upstream.ask(
      { ...source, method: "GET", query, headers: {}, hash: EMPTY_HASH, kind: "get" },
      client.account,
      signal,
    );
    const tags = elements(text, "Tag").map((tag) =>
      `${encodePart(textOf(tag, "Key") ?? "")}=${encodePart(textOf(tag, "Value") ?? "")}`
    );
    return tags.length === 0 ? undefined : tags.join("&");
  } catch (error) {
    const hasNone = error instanceof S3Refusal && error.status !== 503 && count === undefined;
    if (hasNone) return undefined;
    throw error;
  }
}

function versionQuery({ versionId }: CopySource): QueryPair[] {
  return versionId === undefined ? [] : [["versionId", versionId]];
}

function conditionsOf(headers: MessageHeaders): MessageHeaders {
  const conditions = new HeaderMap();
  for (const [name, value] of headers) {
    if (name.startsWith("x-amz-copy-source-if-")) conditions.add(name.slice(18), value);
  }
  return conditions;
}

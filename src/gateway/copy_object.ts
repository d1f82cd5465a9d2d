/**
 * CopyObject and UploadPartCopy where the store cannot do it by itself: from one store to another, and
 * while writes are held back. Bytes are streamed, or copied by the store into an upload that nobody sees.
 *
 * @module
 */
import { bounded, type Extent, resolveRange } from "../range/range.ts";
import { joinChunks, type RangeSource } from "../range/source.ts";
import {
  bodyFrom,
  type CopySource,
  copySourceHeader,
  headersOfCopy,
  openSource,
  type SourceState,
  stateOf,
} from "./copy_source.ts";
import { completeUpload } from "./completion.ts";
import { parseRange } from "./conditions.ts";
import type { Exchange } from "./exchange.ts";
import { requestHeaders } from "./forward.ts";
import { type Destination, type HeldWrites, inTurns } from "./held_writes.ts";
import { S3Refusal } from "./refusal.ts";
import { EMPTY_HASH } from "./sigv4.ts";
import type { UpstreamRequest } from "./upstream_request.ts";
import type { QueryPair } from "./uri_text.ts";
import { element, textOf } from "./xml.ts";

const MIB = 1024 * 1024;
/** Objects up to this size go from store to store in one request, in bytes; others in parts of it. */
const PART = 8 * MIB;
/** Parts that a store copies by itself may be 5 GiB; smaller ones are copied at once. */
const OWN_PART = 1024 * MIB;
const MOST_PARTS = 10_000;
const AT_ONCE = 4;

/** Copies an object whole; the content of `CopyObjectResult`. */
export async function copyObject(
  exchange: Exchange,
  target: Destination,
  source: CopySource,
): Promise<string> {
  const { held } = exchange.client;
  const state = await stateOf(exchange, source);
  const asked = requestHeaders(exchange.headers);
  const headers = await headersOfCopy(exchange, source, state, asked);
  const conditions = conditionsOf(asked);
  const { size, etag } = state;
  const tagging = headers["x-amz-tagging"];
  if (held?.fitsInMemory(size)) {
    const opened = await openSource(exchange, source, state);
    const [chunks] = size === 0 ? [[]] : await opened.read([bounded(0, size)], exchange);
    held.put(target, { ...headers, ...conditions }, joinChunks(chunks));
    return result(etag);
  }
  if (held === undefined && size <= PART) {
    const opened = await openSource(exchange, source, state);
    return result(await putWhole(exchange, target, opened, { ...headers, ...conditions }));
  }
  const uploadId = await begin(exchange, target, headers);
  held?.begun(target, uploadId);
  try {
    const tags = source.store === target.store
      ? await copyParts(exchange, target, { uploadId, source, state })
      : await streamParts(exchange, target, uploadId, await openSource(exchange, source, state));
    return result(
      await finish(exchange, target, { uploadId, tags, conditions, tagging, held }) ?? etag,
    );
  } catch (error) {
    if (held === undefined) await drop(exchange, target, uploadId);
    throw error;
  }
}

/** Copies a range of an object of another store into a part; the content of `CopyPartResult`. */
export async function copyPart(
  exchange: Exchange,
  target: Destination,
  source: CopySource,
): Promise<string> {
  const state = await stateOf(exchange, source);
  const text = exchange.headers.get("x-amz-copy-source-range");
  const extent = extentOf(text, state.size);
  const opened = await openSource(exchange, source, state);
  const answer = await send(exchange, target, {
    method: "PUT",
    query: exchange.query,
    headers: {},
    ...streamed(exchange, opened, extent),
  });
  return result(answer.headers.etag?.replace(/^"|"$/g, ""));
}

function extentOf(text: string | null, size: number): Extent {
  if (text === null) return { offset: 0, length: size };
  const range = parseRange(text);
  if (range?.kind !== "bounded" || range.offset + range.length > size) {
    throw new S3Refusal("InvalidRange", "The copy's range is not within its source.");
  }
  return resolveRange(range, size);
}

async function putWhole(
  exchange: Exchange,
  target: Destination,
  source: RangeSource,
  headers: Record<string, string>,
): Promise<string | undefined> {
  const whole = { offset: 0, length: source.size };
  const { etag } = (await send(exchange, target, {
    method: "PUT",
    query: [],
    headers,
    ...streamed(exchange, source, whole),
  })).headers;
  return etag?.replace(/^"|"$/g, "");
}

/** The store copies; the ETag makes sure that all parts are of one state. */
async function copyParts(
  exchange: Exchange,
  target: Destination,
  { uploadId, source, state }: { uploadId: string; source: CopySource; state: SourceState },
): Promise<string[]> {
  const sizes = { size: state.size, least: OWN_PART };
  return await eachPart(exchange, sizes, async (inner, { offset, length }, number) => {
    const { xml } = await send(inner, target, {
      method: "PUT",
      query: [["partNumber", String(number)], ["uploadId", uploadId]],
      headers: {
        "x-amz-copy-source": copySourceHeader(source),
        "x-amz-copy-source-range": `bytes=${offset}-${offset + length - 1}`,
        ...(state.etag === undefined ? {} : { "x-amz-copy-source-if-match": `"${state.etag}"` }),
      },
      hash: EMPTY_HASH,
    });
    return textOf(xml, "ETag") ?? "";
  });
}

async function streamParts(
  exchange: Exchange,
  target: Destination,
  uploadId: string,
  source: RangeSource,
): Promise<string[]> {
  const sizes = { size: source.size, least: PART };
  return await eachPart(exchange, sizes, async (inner, extent, number) => {
    const { headers } = await send(inner, target, {
      method: "PUT",
      query: [["partNumber", String(number)], ["uploadId", uploadId]],
      headers: {},
      ...streamed(inner, source, extent),
    });
    return headers.etag ?? "";
  });
}

/** Does `work` for every part of `size` bytes, several at a time; a failure ends the others as well. */
async function eachPart(
  exchange: Exchange,
  { size, least }: { readonly size: number; readonly least: number },
  work: (exchange: Exchange, extent: Extent, number: number) => Promise<string>,
): Promise<string[]> {
  const part = Math.max(least, Math.ceil(size / MOST_PARTS));
  const offsets = Array.from({ length: Math.ceil(size / part) }, (_, index) => index * part);
  const stop = new AbortController();
  const inner = { ...exchange, signal: AbortSignal.any([exchange.signal, stop.signal]) };
  const tags: string[] = [];
  let failure: { readonly error: unknown } | undefined;
  await inTurns(offsets, async (offset) => {
    if (failure !== undefined) return;
    const number = offset / part + 1;
    const extent = { offset, length: Math.min(part, size - offset) };
    try {
      tags[number - 1] = await work(inner, extent, number);
    } catch (error) {
      failure ??= { error };
      stop.abort();
    }
  }, AT_ONCE);
  if (failure !== undefined) throw failure.error;
  return tags;
}

async function begin(
  exchange: Exchange,
  target: Destination,
  headers: Record<string, string>,
): Promise<string> {
  const { xml } = await send(exchange, target, {
    method: "POST",
    query: [["uploads", ""]],
    headers,
    hash: EMPTY_HASH,
  });
  const uploadId = textOf(xml, "UploadId");
  if (uploadId === undefined) throw new S3Refusal("InternalError", "An upload came without an id.");
  return uploadId;
}

/** Completes the upload, or keeps its completion back; the ETag where it is known. */
async function finish(
  exchange: Exchange,
  target: Destination,
  { uploadId, tags, conditions, tagging, held }: {
    readonly uploadId: string;
    readonly tags: readonly string[];
    readonly conditions: Record<string, string>;
    readonly tagging: string | undefined;
    readonly held: HeldWrites | undefined;
  },
): Promise<string | undefined> {
  const parts = tags.map((tag, index) =>
    `<Part>${element("PartNumber", String(index + 1))}${element("ETag", tag)}</Part>`
  );
  const body = new TextEncoder().encode(
    `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`,
  );
  if (held !== undefined) {
    held.complete(target, uploadId, conditions, body, tagging);
    return undefined;
  }
  const { parts: { upstream }, client, signal } = exchange;
  const completion = { ...target, uploadId, headers: conditions, body, tagging };
  const { text } = await completeUpload(upstream, completion, client.account, signal);
  return textOf(text, "ETag")?.replace(/^"|"$/g, "");
}

async function drop(exchange: Exchange, target: Destination, uploadId: string): Promise<void> {
  const request: Asked = {
    method: "DELETE",
    query: [["uploadId", uploadId]],
    headers: {},
    hash: EMPTY_HASH,
  };
  // The failure of the copy is told; an upload that stays is not shown.
  await send({ ...exchange, signal: new AbortController().signal }, target, request).catch(
    () => {},
  );
}

type Asked = Pick<UpstreamRequest, "method" | "headers" | "body" | "hash"> & {
  readonly query: readonly QueryPair[];
};

async function send(
  { parts, client, signal }: Pick<Exchange, "parts" | "client" | "signal">,
  target: Destination,
  asked: Asked,
): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly xml: string }> {
  const { headers, text } = await parts.upstream.ask(
    { ...target, ...asked, kind: "put" },
    client.account,
    signal,
  );
  client.account.written(asked.body?.length ?? 0);
  return { headers, xml: text };
}

function streamed(
  { signal }: Exchange,
  source: RangeSource,
  extent: Extent,
): Pick<UpstreamRequest, "body" | "hash"> {
  if (extent.length === 0) return { hash: EMPTY_HASH };
  return { body: bodyFrom(source, extent, signal), hash: "UNSIGNED-PAYLOAD" };
}

function conditionsOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name === "if-match" || name === "if-none-match"),
  );
}

function result(etag: string | undefined): string {
  return element("LastModified", new Date().toISOString()) +
    (etag === undefined ? "" : element("ETag", `"${etag}"`));
}

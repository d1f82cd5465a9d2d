/**
 * A copy inside a store: the service does it, no bytes pass through here.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 * @module
 */
import { ServiceError } from "../../errors.ts";
import { forEach } from "./budget.ts";
import type { Fetchable } from "./download.ts";
import { abortUpload, completeUpload, createUpload, field, type SentPart } from "./multipart.ts";
import { LARGEST_OBJECT, partsOf } from "./part_size.ts";
import { plainTag } from "./receive.ts";
import { storedObject } from "./stored.ts";
import { mismatch, type Moved, type OnBytes, type Work } from "./work.ts";
import type { Wire, WireTarget } from "./wire.ts";
import { conditionHeaders, writeHeaders, type WriteOptions } from "./write_options.ts";

/** CopyObject takes sources of 5 GiB at most. */
const LARGEST_SINGLE = 5 * 2 ** 30;

/** Bytes of a part that is copied; 10,000 of them are more than the largest object. */
const PART = LARGEST_OBJECT / 10_240;

const AT_ONCE = 8;

/** Makes `target` a copy of `source`; what `options` do not say stays as it is at the source. */
export async function copyWithin(
  work: Work,
  source: Fetchable,
  target: WireTarget,
  options: WriteOptions,
  onBytes: OnBytes,
): Promise<Moved> {
  if (source.size > LARGEST_SINGLE) return await copyParts(work, source, target, options, onBytes);
  const { wire, budget, signal } = work;
  return await budget.run(0, signal, async () => {
    const { text } = await wire.send({
      target,
      method: "PUT",
      operation: "CopyObject",
      headers: {
        ...copySource(source),
        ...await replaced(wire, source, options, signal),
        ...conditionHeaders(options),
      },
    }, signal);
    const etag = plainTag(field(text, "ETag") ?? "");
    if (etag === "") {
      throw new ServiceError("the answer to a copy says nothing of the copy", {
        bucket: target.bucket,
        key: target.key,
        operation: "CopyObject",
        hint: "Try again; `dipper check` shows what this service supports.",
      });
    }
    const areMd5 = [etag, source.etag].every((tag) => /^[0-9a-f]{32}$/.test(tag ?? ""));
    const isSame = etag === source.etag;
    if (areMd5 && !isSame && !await isEncrypted(wire, target, signal)) {
      throw mismatch(target, "MD5", "CopyObject");
    }
    onBytes(source.size);
    return { size: source.size, etag, checked: areMd5 && isSame ? "md5" : undefined };
  });
}

/** With keys of the service's own, the ETag of a copy is another one. */
async function isEncrypted(wire: Wire, target: WireTarget, signal: AbortSignal): Promise<boolean> {
  const { expected } = await storedObject(wire, target, signal);
  return expected?.algorithm !== "md5";
}

function copySource({ target, etag }: Fetchable): Record<string, string> {
  const { bucket, key, versionId } = target;
  const path = [bucket, ...key.split("/")].map(encodeURIComponent).join("/");
  return {
    "x-amz-copy-source": `/${path}${
      versionId === undefined ? "" : `?versionId=${encodeURIComponent(versionId)}`
    }`,
    ...(etag === undefined ? {} : { "x-amz-copy-source-if-match": `"${etag}"` }),
  };
}

/** Nothing, or all that there is to say: a service replaces all of an object's properties or none. */
async function replaced(
  wire: Wire,
  { target }: Fetchable,
  options: WriteOptions,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const said = writeHeaders(options);
  const { "x-amz-tagging": tags, "x-amz-storage-class": storageClass, ...properties } = said;
  const others: Record<string, string> = {
    ...(tags === undefined ? {} : { "x-amz-tagging-directive": "REPLACE", "x-amz-tagging": tags }),
    ...(storageClass === undefined ? {} : { "x-amz-storage-class": storageClass }),
  };
  if (Object.keys(properties).length === 0) return others;
  const { properties: before } = await storedObject(wire, target, signal);
  return { ...before, ...said, ...others, "x-amz-metadata-directive": "REPLACE" };
}

async function copyParts(
  { wire, budget, signal }: Work,
  source: Fetchable,
  target: WireTarget,
  options: WriteOptions,
  onBytes: OnBytes,
): Promise<Moved> {
  const { properties, tagCount, size } = await storedObject(wire, source.target, signal);
  const tags = tagCount > 0 && options.tags === undefined
    ? await tagsOf(wire, source.target, signal)
    : {};
  const uploadId = await createUpload(
    wire,
    target,
    { ...properties, ...tags, ...writeHeaders(options) },
    signal,
  );
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  try {
    const parts = partsOf(size, PART);
    const sent: SentPart[] = [];
    await forEach(parts, AT_ONCE, (part) =>
      budget.run(0, both, async () => {
        const { text } = await wire.send({
          target,
          method: "PUT",
          operation: "UploadPartCopy",
          query: { partNumber: String(part.number), uploadId },
          headers: {
            ...copySource(source),
            "x-amz-copy-source-range": `bytes=${part.offset}-${part.offset + part.length - 1}`,
          },
        }, both);
        sent[part.number - 1] = { number: part.number, etag: plainTag(field(text, "ETag") ?? "") };
        onBytes(part.length);
      }).catch((error: unknown) => {
        stop.abort();
        throw error;
      }));
    const headers = conditionHeaders(options);
    const completion = { target, uploadId, parts: sent, size, crc32: undefined, headers };
    const { etag } = await completeUpload(wire, completion, signal);
    return { size, etag, checked: undefined };
  } catch (error) {
    await abortUpload(wire, target, uploadId);
    throw error;
  }
}

/** The header with an object's tags. */
async function tagsOf(
  wire: Wire,
  target: WireTarget,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { text } = await wire.send({
    target,
    method: "GET",
    operation: "GetObjectTagging",
    query: { tagging: "" },
  }, signal);
  const pairs = [...text.matchAll(/<Tag>([^]*?)<\/Tag>/g)].map(([, tag]) =>
    `${encodeURIComponent(field(tag, "Key") ?? "")}=${
      encodeURIComponent(field(tag, "Value") ?? "")
    }`
  );
  return pairs.length === 0 ? {} : { "x-amz-tagging": pairs.join("&") };
}

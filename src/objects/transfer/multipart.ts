/**
 * The requests of a multipart upload.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 * @module
 */
import { isDipperError, ServiceError } from "../../errors.ts";
import { composite, fromHex, hex } from "./checksum.ts";
import { plainTag } from "./receive.ts";
import { storedIfAny } from "./stored.ts";
import type { Wire, WireTarget } from "./wire.ts";

/** A part that the service has. */
export interface SentPart {
  readonly number: number;
  /** Without the quotes. */
  readonly etag: string;
  /** CRC32 in base64; absent for a part that was copied there. */
  readonly crc32?: string;
}

/** Begins an upload; the service's name of it. */
export async function createUpload(
  wire: Wire,
  target: WireTarget,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const { text } = await wire.send({
    target,
    method: "POST",
    operation: "CreateMultipartUpload",
    query: { uploads: "" },
    headers,
  }, signal);
  const id = field(text, "UploadId");
  if (id === undefined) {
    throw new ServiceError("a multipart upload came without an id", {
      bucket: target.bucket,
      key: target.key,
      operation: "CreateMultipartUpload",
      hint: "The service does not answer as an S3 service does.",
    });
  }
  return id;
}

/** The parts that the service has of an upload; undefined when there is no such upload. */
export async function uploadedParts(
  wire: Wire,
  target: WireTarget,
  uploadId: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, SentPart> | undefined> {
  const parts = new Map<number, SentPart>();
  let marker = "0";
  try {
    while (true) {
      const { text } = await wire.send({
        target,
        method: "GET",
        operation: "ListParts",
        query: { uploadId, "part-number-marker": marker },
      }, signal);
      for (const [, part] of text.matchAll(/<Part>([^]*?)<\/Part>/g)) {
        const number = Number(field(part, "PartNumber"));
        const etag = plainTag(field(part, "ETag") ?? "");
        parts.set(number, { number, etag, crc32: field(part, "ChecksumCRC32") });
      }
      const next = field(text, "NextPartNumberMarker");
      if (field(text, "IsTruncated") !== "true" || next === undefined || next === marker) {
        return parts;
      }
      marker = next;
    }
  } catch (error) {
    if (isDipperError(error) && error.context.status === 404) return undefined;
    throw error;
  }
}

/** How an upload ends. */
export interface Completion {
  readonly target: WireTarget;
  readonly uploadId: string;
  readonly parts: readonly SentPart[];
  /** Bytes of the whole. */
  readonly size: number;
  /** CRC32 of the whole in base64, where the upload was begun with it. */
  readonly crc32: string | undefined;
  /** Conditions, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What became of it: the object's ETag, and whether the service says the CRC32 as well. */
export interface Completed {
  readonly etag: string | undefined;
  readonly crc32: string | undefined;
}

/** Makes the parts the object. Asked again after it was done, it looks whether the object is that one. */
export async function completeUpload(
  wire: Wire,
  { target, uploadId, parts, size, crc32, headers }: Completion,
  signal: AbortSignal,
): Promise<Completed> {
  const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
    parts.map(({ number, etag, crc32: sum }) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${etag}&quot;</ETag>` +
      `${
        sum === undefined || crc32 === undefined ? "" : `<ChecksumCRC32>${sum}</ChecksumCRC32>`
      }</Part>`
    ).join("") + "</CompleteMultipartUpload>";
  try {
    const { text } = await wire.send({
      target,
      method: "POST",
      operation: "CompleteMultipartUpload",
      query: { uploadId },
      headers: {
        ...headers,
        "content-type": "application/xml",
        ...(crc32 === undefined ? {} : {
          "x-amz-checksum-crc32": crc32,
          "x-amz-checksum-type": "FULL_OBJECT",
        }),
      },
      body: new TextEncoder().encode(body),
    }, signal);
    const said = field(text, "ChecksumCRC32");
    return {
      // Ceph answers without it.
      etag: plainTag(field(text, "ETag") ?? "") || (await storedIfAny(wire, target, signal))?.etag,
      crc32: said === undefined || said.includes("-") ? undefined : said,
    };
  } catch (error) {
    // The answer to an earlier try may have been lost: then the upload is gone and the object there.
    if (!isDipperError(error) || isDipperError(error, "cancelled")) throw error;
    const stored = await storedIfAny(wire, target, signal).catch(() => undefined);
    if (stored?.etag !== undefined && stored.size === size && stored.etag === await tagOf(parts)) {
      return { etag: stored.etag, crc32: undefined };
    }
    throw error;
  }
}

/** The ETag of an object made of `parts`, as services that use MD5 have it. */
export async function tagOf(parts: readonly SentPart[]): Promise<string | undefined> {
  if (!parts.every(({ etag }) => /^[0-9a-f]{32}$/.test(etag))) return undefined;
  const pieces = parts.map(({ etag }) => ({ digest: fromHex(etag), length: 0 }));
  return `${hex(await composite("md5", pieces))}-${parts.length}`;
}

/** Gives an upload up; what cannot be is left to `dipper uploads`. */
export async function abortUpload(
  wire: Wire,
  target: WireTarget,
  uploadId: string,
): Promise<void> {
  try {
    await wire.send({
      target,
      method: "DELETE",
      operation: "AbortMultipartUpload",
      query: { uploadId },
    }, AbortSignal.timeout(10_000));
  } catch {
    // The failure that led here says more.
  }
}

/** The text of an element. */
export function field(text: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]
    .replaceAll("&#34;", '"').replaceAll("&quot;", '"').replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">").replaceAll("&apos;", "'").replaceAll("&amp;", "&");
}

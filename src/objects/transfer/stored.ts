/**
 * What a service says of an object that it stores, its checksums among it.
 *
 * @module
 */
import { NotFoundError } from "../../errors.ts";
import { type Expectation, expectationOf } from "./expectation.ts";
import { partSizeFor } from "./part_size.ts";
import { plainTag } from "./receive.ts";
import type { Wire, WireTarget } from "./wire.ts";

/** An object as it is stored. */
export interface StoredObject {
  /** Bytes. */
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly versionId: string | undefined;
  /** What a copy must say again: content type and the like, user metadata, storage class. */
  readonly properties: Readonly<Record<string, string>>;
  readonly tagCount: number;
  /** What its bytes must come to; undefined when the service says nothing of use. */
  readonly expected: Expectation | undefined;
}

/** Headers that belong to an object's bytes and travel with a copy. */
const PROPERTIES = [
  "content-type",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "expires",
  "x-amz-storage-class",
  "x-amz-website-redirect-location",
];

/**
 * Asks for an object.
 *
 * @throws {NotFoundError} naming the nearest keys
 */
export async function storedObject(
  wire: Wire,
  target: WireTarget,
  signal: AbortSignal,
): Promise<StoredObject> {
  try {
    return await headed(wire, target, signal);
  } catch (error) {
    const { explainFailure } = await import("../explain.ts");
    throw await explainFailure(target.store, error, signal);
  }
}

/** The same; undefined when there is no such object. */
export async function storedIfAny(
  wire: Wire,
  target: WireTarget,
  signal: AbortSignal,
): Promise<StoredObject | undefined> {
  try {
    return await headed(wire, target, signal);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function headed(
  wire: Wire,
  target: WireTarget,
  signal: AbortSignal,
): Promise<StoredObject> {
  const { headers } = await wire.send({
    target,
    method: "HEAD",
    operation: "HeadObject",
    headers: { "x-amz-checksum-mode": "ENABLED" },
  }, signal);
  return fromHeaders(headers);
}

/** Bytes of the first part of an object that was uploaded in parts; undefined where nobody knows. */
export async function firstPartSize(
  wire: Wire,
  target: WireTarget,
  { size, expected }: StoredObject,
  usual: number,
  signal: AbortSignal,
): Promise<{ readonly partSize: number; readonly isKnown: boolean } | undefined> {
  const parts = expected?.parts;
  if (parts === undefined) return undefined;
  try {
    const { headers } = await wire.send({
      target,
      method: "HEAD",
      operation: "HeadObject",
      query: { partNumber: "1" },
    }, signal);
    const length = Number(headers.get("content-length") ?? NaN);
    if (Math.ceil(size / length) === parts && (parts === 1 || length < size)) {
      return { partSize: length, isKnown: headers.has("x-amz-mp-parts-count") };
    }
  } catch (error) {
    // Services without part numbers refuse, or answer for the whole object.
    if (signal.aborted) throw error;
  }
  const [guess] = possiblePartSizes(size, parts, usual);
  return guess === undefined ? undefined : { partSize: guess, isKnown: false };
}

/** What programs cut uploads into, in MiB; the likeliest first. */
const USUAL_PARTS = [8, 16, 5, 10, 15, 20, 25, 32, 50, 64, 100, 128, 250, 256, 500, 512, 1024];

/** Bytes of a part of an object that has so many: our own first, then those of other programs. */
export function possiblePartSizes(size: number, parts: number, usual: number): number[] {
  const all = [partSizeFor(size, usual), ...USUAL_PARTS.map((mib) => mib * 2 ** 20)];
  return [...new Set(all)].filter((each) => Math.ceil(size / each) === parts);
}

/** Reads the headers of a HEAD or GET answer. */
export function fromHeaders(headers: Headers): StoredObject {
  const etag = headers.get("etag");
  const modified = Date.parse(headers.get("last-modified") ?? "");
  const properties = [...headers].filter(([name]) =>
    PROPERTIES.includes(name) || name.startsWith("x-amz-meta-")
  );
  return {
    size: Number(headers.get("content-length") ?? 0),
    etag: etag === null || etag.startsWith("W/") ? undefined : plainTag(etag) || undefined,
    lastModified: Number.isNaN(modified) ? undefined : new Date(modified),
    versionId: headers.get("x-amz-version-id") ?? undefined,
    properties: Object.fromEntries(properties),
    tagCount: Number(headers.get("x-amz-tagging-count") ?? 0),
    expected: expectationOf(headers),
  };
}

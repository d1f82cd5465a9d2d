/**
 * Every version of every object, and the delete markers.
 *
 * @module
 */
import { ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import type { Store } from "../../store/store.ts";
import { explainFailure } from "../explain.ts";
import { listObjects } from "../list.ts";
import { sendTo } from "../send.ts";

/** One version of one object, or the marker that hides it. */
export interface VersionEntry {
  readonly key: string;
  /** `null` for what was written while nothing kept versions. */
  readonly versionId: string;
  /** A marker has no bytes: the key looks deleted while it is the latest. */
  readonly isMarker: boolean;
  readonly isLatest: boolean;
  /** Bytes; 0 for a marker. */
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly storageClass: string | undefined;
}

/** Which versions. */
export interface VersionFilter {
  readonly prefix?: string;
  /** Of this key alone. */
  readonly key?: string;
  /** For a service that pages less: the next page begins after this key. */
  readonly signal?: AbortSignal;
}

/**
 * The versions of `bucket`, by key and from the newest to the oldest, a page a request.
 *
 * @throws {UnsupportedError} where the service has no versioning
 */
export async function* listVersions(
  store: Store,
  bucket: string,
  { prefix, key, signal }: VersionFilter = {},
): AsyncGenerator<VersionEntry, void, undefined> {
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page = await onePage(store, bucket, key ?? prefix, marker, signal);
    const versions = (page.Versions ?? []).map((each) => entryOf(each, false));
    const markers = (page.DeleteMarkers ?? []).map((each) => entryOf(each, true));
    for (const entry of merged(versions, markers)) {
      if (key === undefined || entry.key === key) yield entry;
      else return;
    }
    if (!page.IsTruncated || !page.NextKeyMarker) return;
    if (
      page.NextKeyMarker === marker.KeyMarker && page.NextVersionIdMarker === marker.VersionIdMarker
    ) return;
    marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

async function onePage(
  store: Store,
  bucket: string,
  prefix: string | undefined,
  marker: { KeyMarker?: string; VersionIdMarker?: string },
  signal: AbortSignal | undefined,
) {
  try {
    return await sendTo(
      store,
      { bucket, operation: "ListObjectVersions" },
      signal,
      (client, sending) =>
        client.send(
          new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix || undefined, ...marker }),
          sending,
        ),
    );
  } catch (error) {
    throw await explainFailure(store, error, signal);
  }
}

interface Listed {
  readonly Key?: string;
  readonly VersionId?: string;
  readonly IsLatest?: boolean;
  readonly LastModified?: Date;
  readonly Size?: number;
  readonly ETag?: string;
  readonly StorageClass?: string;
}

function entryOf(listed: Listed, isMarker: boolean): VersionEntry {
  return {
    key: listed.Key ?? "",
    versionId: listed.VersionId || "null",
    isMarker,
    isLatest: listed.IsLatest ?? false,
    size: isMarker ? 0 : listed.Size ?? 0,
    etag: listed.ETag?.replace(/^"|"$/g, ""),
    lastModified: listed.LastModified,
    storageClass: listed.StorageClass,
  };
}

/** The SDK parts versions from markers; a stable sort by key and age brings them together again. */
function merged(versions: VersionEntry[], markers: VersionEntry[]): VersionEntry[] {
  if (markers.length === 0) return versions;
  const order = new Map<string, number>();
  for (const { key } of [...versions, ...markers].sort((a, b) => a.key < b.key ? -1 : 1)) {
    if (!order.has(key)) order.set(key, order.size);
  }
  const age = (entry: VersionEntry) => entry.isLatest ? Infinity : Number(entry.lastModified ?? 0);
  return [...versions, ...markers].sort((a, b) =>
    order.get(a.key)! - order.get(b.key)! || compareNumbers(age(b), age(a))
  );
}

function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** A listing in the form of versions, also of a bucket that keeps none. */
export async function* versionListing(
  store: Store,
  bucket: string,
  of: "versions" | "objects",
  signal?: AbortSignal,
): AsyncGenerator<VersionEntry, void, undefined> {
  if (of === "versions") return yield* listVersions(store, bucket, { signal });
  for await (const entry of listObjects(store, bucket, { signal })) {
    if (entry.kind === "object") {
      yield { ...entry, versionId: "null", isMarker: false, isLatest: true };
    }
  }
}

/**
 * Bringing an older version back, and comparing two.
 *
 * @module
 */
import { CopyObjectCommand, DeleteObjectCommand } from "@aws-sdk/client-s3";
import { NotFoundError, UnsupportedError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import { formatS3Uri, type S3Location } from "../../store/uri.ts";
import { type ObjectStat, statObject } from "../browse/stat.ts";
import { explainFailure } from "../explain.ts";
import { sendTo } from "../send.ts";
import { listVersions, type VersionEntry } from "./list.ts";

/** What a restore did. */
export interface Restored {
  readonly uri: string;
  /** The version whose bytes are the latest now. */
  readonly from: string;
  /** `copied`: a new version with the same bytes. `undeleted`: delete markers were taken away. */
  readonly how: "copied" | "undeleted" | "unchanged";
}

/** CopyObject takes sources of 5 GiB at most; Amazon S3 User Guide, "Copying objects". */
const LARGEST_COPY = 5 * 2 ** 30;

/** The versions of one object, from the newest to the oldest, markers among them. */
export async function versionsOf(
  store: Store,
  { bucket, key }: S3Location,
  signal?: AbortSignal,
): Promise<VersionEntry[]> {
  return await Array.fromAsync(listVersions(store, bucket, { key, signal }));
}

/**
 * Makes a version the latest again. What was latest stays as an older version; nothing is lost.
 *
 * @param versionId the latest version that is no delete marker when absent
 * @throws {NotFoundError} when there is no such version
 * @throws {UnsupportedError} past 5 GiB
 */
export async function restoreVersion(
  store: Store,
  location: S3Location,
  { versionId, signal }: { readonly versionId?: string; readonly signal?: AbortSignal } = {},
): Promise<Restored> {
  const { bucket, key } = location;
  const uri = formatS3Uri(location);
  const versions = await versionsOf(store, location, signal);
  const wanted = versionId === undefined
    ? versions.find(({ isMarker }) => !isMarker)
    : versions.find((each) => each.versionId === versionId);
  if (wanted === undefined || wanted.isMarker) throw noVersion(location, versionId, versions);
  const above = versions.slice(0, versions.indexOf(wanted));
  if (above.length === 0) return { uri, from: wanted.versionId, how: "unchanged" };
  if (above.every(({ isMarker }) => isMarker)) {
    for (const marker of above) await removeVersion(store, location, marker.versionId, signal);
    return { uri, from: wanted.versionId, how: "undeleted" };
  }
  if (wanted.size > LARGEST_COPY) {
    throw new UnsupportedError(`the version ${wanted.versionId} of ${uri} is over 5 GiB`, {
      bucket,
      key,
      hint: "Write it back by its bytes: dipper cat --version-id ID | dipper cp - URI.",
    });
  }
  const path = key.split("/").map(encodeURIComponent).join("/");
  try {
    await sendTo(
      store,
      { bucket, key, uri, operation: "CopyObject" },
      signal,
      (client, sending) =>
        client.send(
          new CopyObjectCommand({
            Bucket: bucket,
            Key: key,
            CopySource: `${bucket}/${path}?versionId=${encodeURIComponent(wanted.versionId)}`,
          }),
          sending,
        ),
    );
  } catch (error) {
    throw await explainFailure(store, error, signal);
  }
  return { uri, from: wanted.versionId, how: "copied" };
}

/** Removes one version or one delete marker for good. */
export async function removeVersion(
  store: Store,
  { bucket, key }: S3Location,
  versionId: string,
  signal?: AbortSignal,
): Promise<void> {
  await sendTo(
    store,
    { bucket, key, uri: formatS3Uri({ bucket, key }), operation: "DeleteObject" },
    signal,
    (client, sending) =>
      client.send(
        new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
        sending,
      ),
  );
}

/** Two versions, and in what they differ. */
export interface VersionDifference {
  readonly older: ObjectStat;
  readonly newer: ObjectStat;
  /** Names of the properties that are not the same; empty when all are. */
  readonly differs: readonly string[];
  /** By ETag or checksum; undefined when neither tells, as with uploads in different parts. */
  readonly sameBytes: boolean | undefined;
}

/**
 * Compares two versions by what the service says of them; two requests, no bytes.
 *
 * @param a the version before the latest when absent
 * @param b the latest when absent
 */
export async function compareVersions(
  store: Store,
  location: S3Location,
  { a, b, signal }: { readonly a?: string; readonly b?: string; readonly signal?: AbortSignal } =
    {},
): Promise<VersionDifference> {
  const stored = (await versionsOf(store, location, signal)).filter(({ isMarker }) => !isMarker);
  const pick = (id: string | undefined, preset: number) => {
    const found = id === undefined ? stored[preset] : stored.find((one) => one.versionId === id);
    if (found === undefined) throw noVersion(location, id, stored);
    return found.versionId;
  };
  const [older, newer] = await Promise.all(
    [pick(a, 1), pick(b, 0)].map((versionId) => statObject(store, location, { versionId, signal })),
  );
  const differs = [
    ...(older.size === newer.size ? [] : ["size"]),
    ...(older.etag === newer.etag ? [] : ["etag"]),
    ...(older.contentType === newer.contentType ? [] : ["content-type"]),
    ...(older.contentEncoding === newer.contentEncoding ? [] : ["content-encoding"]),
    ...(older.storageClass === newer.storageClass ? [] : ["class"]),
    ...(sameRecord(older.metadata, newer.metadata) ? [] : ["metadata"]),
    ...(sameRecord(older.headers, newer.headers) ? [] : ["headers"]),
  ];
  return { older, newer, differs, sameBytes: sameBytes(older, newer) };
}

function sameBytes(a: ObjectStat, b: ObjectStat): boolean | undefined {
  if (a.size !== b.size) return false;
  if (a.etag !== undefined && a.etag === b.etag) return true;
  const [x, y] = [a.checksum, b.checksum];
  if (x?.of === "object" && y?.of === "object" && x.algorithm === y.algorithm) {
    return x.value === y.value;
  }
  // ETags of single uploads are digests of the bytes; those of multipart ones depend on the parts.
  return a.parts === undefined && b.parts === undefined ? false : undefined;
}

function sameRecord(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>) {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

function noVersion(
  location: S3Location,
  versionId: string | undefined,
  versions: readonly VersionEntry[],
): NotFoundError {
  const uri = formatS3Uri(location);
  const isMarker = versions.some((each) => each.versionId === versionId && each.isMarker);
  const message = isMarker
    ? `${versionId} of ${uri} is a delete marker: it has no bytes`
    : versionId === undefined
    ? `${uri} has no older version`
    : `${uri} has no version ${versionId}`;
  return new NotFoundError("key", message, {
    ...location,
    uri,
    hint: `The versions there are: dipper versions list ${uri}`,
  });
}

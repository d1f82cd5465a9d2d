/**
 * What a cache folder holds, seen from outside: for `dipper cache`.
 *
 * @module
 */
import { join } from "node:path";
import { throwIfAborted } from "../../errors.ts";
import type { BlockClass } from "../block_cache.ts";
import { mergeExtents } from "../range.ts";
import { type DiskFiles, LocalFiles } from "./disk_files.ts";
import { findFolder } from "./folder.ts";
import { sideBySide, sweep } from "./room.ts";
import { diskBytes, type Segment } from "./segment_name.ts";
import { DamagedSegment, readRecord, verifySegment } from "./segment_read.ts";
import { ShardIndex } from "./shard_index.ts";

/** An object of which the cache holds something. */
export interface CachedObject {
  /** The service: its origin, or `aws`. */
  readonly store: string;
  /** Hash of who read it. */
  readonly principal: string;
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
  readonly etag: string;
  /** Bytes of the object. */
  readonly size: number;
  /** Bytes of it that are in the cache; pieces that two processes wrote count once each. */
  readonly cached: number;
  /** Bytes of it that are in the cache, each counted once. */
  readonly covered: number;
  /** Bytes that its files take on disk, by what they are for. */
  readonly disk: Readonly<Record<BlockClass, number>>;
  readonly files: number;
}

/** Sums over objects. */
export interface CacheTotals {
  readonly objects: number;
  readonly files: number;
  /** Bytes on disk. */
  readonly bytes: number;
}

/** What is in a cache folder. */
export interface CacheContents extends CacheTotals {
  /** The folder for blocks; undefined when there is none. */
  readonly folder: string | undefined;
  /** Of the bytes, footers and headers. */
  readonly indexBytes: number;
  /** By store and bucket, the largest first. */
  readonly buckets: readonly (CacheTotals & { readonly store: string; readonly bucket: string })[];
  /** Files that do not say whose they are. */
  readonly damaged: number;
}

/** Which objects; what is not said matches all. */
export interface CacheSelection {
  readonly store?: string;
  readonly bucket?: string;
  /** Keys that start so. */
  readonly prefix?: string;
}

/** A file that is not what was written. */
export interface DamagedFile {
  readonly name: string;
  /** The object that it was of; undefined when that part is damaged as well. */
  readonly object: Pick<CachedObject, "store" | "bucket" | "key"> | undefined;
}

/** How to look. */
export interface ManageOptions {
  readonly signal?: AbortSignal;
  readonly files?: DiskFiles;
  /** Told how many files of how many are done. */
  readonly onProgress?: (done: number, all: number) => void;
  /** Told of each file that a check has removed. */
  readonly onDamaged?: (file: DamagedFile) => void;
}

/** The objects in the cache below `directory`, in no order, and the files that cannot be understood. */
export async function cachedObjects(
  directory: string,
  options: ManageOptions = {},
): Promise<{ readonly objects: CachedObject[]; readonly damaged: number }> {
  const found = await findSegments(directory, options);
  const byPlace = Map.groupBy(found.segments, ({ place, state }) => place + state);
  const objects: CachedObject[] = [];
  let damaged = 0;
  let done = 0;
  await sideBySide([...byPlace.values()], async (segments) => {
    throwIfAborted(options.signal);
    const record = await firstRecord(found, segments);
    options.onProgress?.(done += segments.length, found.segments.length);
    if (record === undefined) return void (damaged += segments.length);
    const { store, principal, bucket, key, versionId, etag, size } = record;
    const disk = { index: 0, bulk: 0 };
    for (const segment of segments) disk[segment.kind] += diskBytes(segment);
    const cached = segments.reduce((sum, { dataLength }) => sum + dataLength, 0);
    const extents = mergeExtents(segments.flatMap((segment) => segment.extents));
    const covered = extents.reduce((sum, { length }) => sum + length, 0);
    const files = segments.length;
    const place = { store, principal, bucket, key, versionId };
    objects.push({ ...place, etag, size, cached, covered, disk, files });
  });
  return { objects, damaged };
}

/**
 * What the cache below `directory` holds.
 *
 * @throws {ConfigurationError} when the folder belongs to somebody else
 */
export async function showCache(
  directory: string,
  options: ManageOptions = {},
): Promise<CacheContents> {
  const { objects, damaged } = await cachedObjects(directory, options);
  const byBucket = Map.groupBy(objects, ({ store, bucket }) => JSON.stringify([store, bucket]));
  const buckets = [...byBucket.values()].map((some) => {
    const { store, bucket } = some[0];
    return { store, bucket, ...totals(some) };
  }).sort((a, b) => b.bytes - a.bytes);
  return {
    folder: await findFolder(directory),
    ...totals(objects),
    indexBytes: objects.reduce((sum, { disk }) => sum + disk.index, 0),
    buckets,
    damaged,
  };
}

/** What a check found. */
export interface CacheCheck {
  readonly files: number;
  /** Bytes of objects that were read and checked. */
  readonly bytes: number;
  /** Files that are not what was written; they were removed, so that their bytes are fetched again. */
  readonly damaged: number;
  /** Files that could not be read at all, such as for a failing disk. */
  readonly unreadable: number;
  /** Unfinished files of processes that ended long ago; they were removed. */
  readonly abandoned: number;
}

/** Reads every file and verifies every checksum; removes what is damaged or was left behind. */
export async function checkCache(
  directory: string,
  options: ManageOptions = {},
): Promise<CacheCheck> {
  const { folder, files, index, segments } = await findSegments(directory, options);
  const count = { bytes: 0, damaged: 0, unreadable: 0 };
  let done = 0;
  await sideBySide(segments, async (segment) => {
    throwIfAborted(options.signal);
    const path = index.path(segment);
    try {
      await verifySegment(files, path, segment);
      count.bytes += segment.dataLength;
    } catch (error) {
      if (error instanceof DamagedSegment) {
        count.damaged++;
        options.onDamaged?.(await nameOf(files, path, segment));
        await files.remove(path).catch(() => {}); // somebody else was faster
      } else if (!(error instanceof Deno.errors.NotFound)) count.unreadable++;
    }
    options.onProgress?.(++done, segments.length);
  });
  const abandoned = folder === undefined ? 0 : await sweep(files, folder, Date.now());
  return { files: segments.length, ...count, abandoned };
}

/** Removes what `selection` matches; all, with what cannot be understood, when it is empty. */
export async function clearCache(
  directory: string,
  selection: CacheSelection = {},
  options: ManageOptions = {},
): Promise<CacheTotals> {
  const found = await findSegments(directory, options);
  const { store, bucket, prefix } = selection;
  const isAll = store === undefined && bucket === undefined && prefix === undefined;
  const byState = Map.groupBy(found.segments, ({ place, state }) => place + state);
  const removed = { objects: 0, files: 0, bytes: 0 };
  await sideBySide([...byState.values()], async (segments) => {
    throwIfAborted(options.signal);
    if (!isAll) {
      const record = await firstRecord(found, segments);
      const matches = record !== undefined &&
        (store === undefined || record.store === store) &&
        (bucket === undefined || record.bucket === bucket) &&
        (prefix === undefined || record.key.startsWith(prefix));
      if (!matches) return;
    }
    removed.objects++;
    for (const segment of segments) {
      try {
        await found.files.remove(found.index.path(segment));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) continue;
        throw error;
      }
      removed.files++;
      removed.bytes += diskBytes(segment);
    }
  });
  return removed;
}

interface Found {
  readonly folder: string | undefined;
  readonly files: DiskFiles;
  readonly index: ShardIndex;
  readonly segments: readonly Segment[];
}

async function findSegments(directory: string, options: ManageOptions): Promise<Found> {
  const { files = new LocalFiles() } = options;
  const folder = await findFolder(directory);
  const index = new ShardIndex(files, folder ?? join(directory, "none"), Date.now);
  return { folder, files, index, segments: folder === undefined ? [] : await index.lookAtAll() };
}

async function nameOf(files: DiskFiles, path: string, segment: Segment): Promise<DamagedFile> {
  const { name } = segment;
  try {
    const { store, bucket, key } = await readRecord(files, path, segment);
    return { name, object: { store, bucket, key } };
  } catch {
    return { name, object: undefined }; // what says whose it is is damaged, too
  }
}

async function firstRecord({ files, index }: Found, segments: readonly Segment[]) {
  for (const segment of segments) {
    try {
      return await readRecord(files, index.path(segment), segment);
    } catch {
      // Damaged or gone: another file of the object may say the same.
    }
  }
  return undefined;
}

function totals(objects: readonly CachedObject[]): CacheTotals {
  return {
    objects: objects.length,
    files: objects.reduce((sum, { files }) => sum + files, 0),
    bytes: objects.reduce((sum, { disk }) => sum + disk.index + disk.bulk, 0),
  };
}

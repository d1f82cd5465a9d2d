/**
 * Fills the cache with all that is under a prefix, for reading it later without a network.
 *
 * @module
 */
import { formatS3Uri, type S3Location } from "../store/uri.ts";
import { PartialError, ResourceError } from "../errors.ts";
import { principalHash } from "../range/cache/identity.ts";
import { cachedObjects } from "../range/cache/manage.ts";
import { openCache } from "../range/cache/open_cache.ts";
import { keepPulled, type PulledObject } from "../range/cache/pulled.ts";
import { principalOf, serviceOf } from "../range/principal.ts";
import { bounded } from "../range/range.ts";
import { RangeReader } from "../range/reader.ts";
import type { Settings } from "../settings.ts";
import type { Store } from "../store/store.ts";
import { listObjects } from "./list.ts";

/** What pulling a prefix would do. */
export interface PullPlan {
  readonly store: Store;
  readonly bucket: string;
  readonly prefix: string;
  /** When it was listed. */
  readonly listed: Date;
  readonly objects: readonly PulledObject[];
  /** Keys that cannot be kept, because the service gives no strong ETag for them. */
  readonly unkept: readonly string[];
  /** Bytes of all objects. */
  readonly bytes: number;
  /** Bytes of these that are in the cache already. */
  readonly cached: number;
  /** Bytes of objects that the cache can hold at most. */
  readonly room: number;
  /** Number of the objects that fit, from the first on. */
  readonly fitting: number;
}

/** What a pull has done. */
export interface Pulled {
  readonly objects: number;
  readonly bytes: number;
  /** Bytes that were received. */
  readonly received: number;
}

/** How to pull. */
export interface PullOptions {
  readonly settings: Settings;
  readonly signal?: AbortSignal;
  /** Told how many bytes of all are in the cache. */
  readonly onProgress?: (bytes: number) => void;
  readonly notice?: (text: string) => void;
}

/** Above this part of its bound the cache starts to remove things. */
const USABLE = 0.88;
/** Bytes that one reader asks for at a time. */
const STEP = 4 * 1024 * 1024;
/** Bytes after which all readers wait for the disk, and bytes that may wait to be written. */
const SETTLE = 64 * 1024 * 1024;
const QUEUE = 256 * 1024 * 1024;
/** A small file on disk has about so many bytes besides the object's. */
const OVERHEAD = 512;
const SIDE_BY_SIDE = 16;
const ROUNDS = 3;

/** Lists what is under `location` and holds it against the cache. */
export async function planPull(
  store: Store,
  { bucket, key: prefix }: S3Location,
  { settings, signal }: PullOptions,
): Promise<PullPlan> {
  const listed = new Date();
  const objects: PulledObject[] = [];
  const unkept: string[] = [];
  for await (const entry of listObjects(store, bucket, { prefix, signal })) {
    if (entry.kind !== "object") continue;
    const { key, size, etag, lastModified } = entry;
    if (etag === undefined || etag.startsWith("W/")) unkept.push(key);
    else objects.push({ key, size, etag, lastModified });
  }
  const room = settings.cacheEnabled ? Math.floor(settings.cacheSize * USABLE) : 0;
  const held = await heldBytes(store, bucket, settings.cacheDirectory, signal);
  let bytes = 0;
  let cached = 0;
  let onDisk = 0;
  let fitting = 0;
  for (const object of objects) {
    bytes += object.size;
    onDisk += object.size + OVERHEAD;
    cached += Math.min(object.size, held(object));
    if (onDisk <= room) fitting++;
  }
  return { store, bucket, prefix, listed, objects, unkept, bytes, cached, room, fitting };
}

/**
 * Brings all of `plan` into the cache; what is there is not fetched again, so that a pull that broke off
 * goes on where it was. Afterwards the list is kept as what the prefix has.
 *
 * @throws {ResourceError} `disk_full` before anything is fetched when not all of it fits
 * @throws {PartialError} naming what could not be kept; the list is not kept then
 */
export async function pull(plan: PullPlan, options: PullOptions): Promise<Pulled> {
  const { store, bucket, prefix, objects } = plan;
  const { settings, signal } = options;
  if (plan.fitting < objects.length) throw doesNotFit(plan);
  if (plan.unkept.length > 0) throw notKept(plan, plan.unkept, "the service gives no ETag");
  await using cache = await openCache({ notice: options.notice, queue: QUEUE }, settings);
  using reader = new RangeReader({ cache });
  const done = { bytes: 0 };
  let unsettled = 0;
  let left = objects;
  for (let round = 0; round < ROUNDS && left.length > 0; round++) {
    await sideBySide(piecesOf(left), async ({ object, offset, length }) => {
      const at = { bucket, key: object.key };
      const source = await reader.openListed(store, at, object, { signal });
      if (length > 0) await source.read([bounded(offset, length)], { signal });
      unsettled += length;
      if (unsettled >= SETTLE) {
        unsettled = 0;
        await cache.settled();
      }
      if (round === 0) options.onProgress?.(done.bytes += length);
    });
    await cache.settled();
    const held = await heldBytes(store, bucket, settings.cacheDirectory, signal);
    left = objects.filter((object) => held(object) < object.size);
  }
  if (left.length > 0) {
    throw notKept(plan, left.map(({ key }) => key), "the cache could not keep it");
  }
  await keepPulled(settings.cacheDirectory, {
    store: serviceOf(store),
    principal: principalHash(await principalOf(store, signal)),
    bucket,
    prefix,
    pulled: plan.listed,
    objects,
  });
  const { fromWire } = reader.counter.snapshot();
  return { objects: objects.length, bytes: plan.bytes, received: fromWire };
}

/** Bytes of an object's state that are in the cache. */
async function heldBytes(
  store: Store,
  bucket: string,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<(object: PulledObject) => number> {
  const service = serviceOf(store);
  const principal = principalHash(await principalOf(store, signal));
  const { objects } = await cachedObjects(directory, { signal });
  const held = new Map(
    objects.filter((each) =>
      each.store === service && each.bucket === bucket && each.principal === principal &&
      each.versionId === undefined
    ).map((each) => [JSON.stringify([each.key, each.etag]), each.covered]),
  );
  return ({ key, etag }) => held.get(JSON.stringify([key, etag])) ?? 0;
}

interface ObjectPiece {
  readonly object: PulledObject;
  readonly offset: number;
  readonly length: number;
}

/** An empty object is one piece, too: its state is remembered. */
function* piecesOf(objects: readonly PulledObject[]): Generator<ObjectPiece> {
  for (const object of objects) {
    for (let offset = 0; offset === 0 || offset < object.size; offset += STEP) {
      yield { object, offset, length: Math.min(STEP, object.size - offset) };
    }
  }
}

async function sideBySide<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
}

function doesNotFit({ bucket, prefix, objects, bytes, room, fitting }: PullPlan): ResourceError {
  const uri = formatS3Uri({ bucket, key: prefix });
  return new ResourceError(
    "disk_full",
    `${uri} has ${bytes} bytes in ${objects.length} objects, and the cache has room for ${room}: ` +
      `${fitting} of them fit, up to ${JSON.stringify(objects[fitting - 1]?.key ?? "none")}`,
    {
      bucket,
      uri,
      hint: room === 0
        ? "The cache is off: take DIPPER_CACHE=off away."
        : "Give the cache more with DIPPER_CACHE_SIZE, or pull a smaller prefix.",
    },
  );
}

function notKept(plan: PullPlan, keys: readonly string[], why: string): PartialError {
  const uris = keys.map((key) => formatS3Uri({ bucket: plan.bucket, key }));
  return new PartialError(
    `${keys.length} of ${plan.objects.length + plan.unkept.length} objects are not in the cache: ` +
      `${why} (${uris[0]}${keys.length > 1 ? ", …" : ""})`,
    { bucket: plan.bucket, failed: uris, hint: "Pull again; what is there is not fetched again." },
  );
}

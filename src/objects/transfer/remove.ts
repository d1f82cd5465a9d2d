/**
 * Removes objects, after it has been said how many and how much.
 *
 * @module
 */
import { cancelled, isDipperError, type PartialError, UsageError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import type { StoreSet } from "../../store/store_set.ts";
import { deleteObjects, type ObjectRef } from "../delete.ts";
import { notOneObject } from "./copy.ts";
import { Tally, type TransferSummary } from "./events.ts";
import { fixedPrefix, isGlob, nameFilter } from "./filters.ts";
import type { Confirm, RemoveOptions } from "./options.ts";
import { type Place, placeOf, placeText } from "./place.ts";
import { openMeans } from "./run.ts";
import { find, isMany } from "./sources.ts";

/** Objects in one request at most. */
const BATCH = 1000;

/** Names that a person is shown. */
const EXAMPLES = 5;

/** Something to remove. */
export interface Removable extends ObjectRef {
  /** Bytes. */
  readonly size: number;
}

/**
 * Removes the objects that `uris` name; with `recursive` all under a prefix.
 *
 * @throws {UsageError} when that is a whole bucket and `all` does not say so
 * @throws {CancelledError} when the person says no
 */
export async function remove(
  stores: StoreSet,
  uris: readonly string[],
  options: RemoveOptions = {},
): Promise<TransferSummary> {
  using means = openMeans({ ...options, stateFolder: "off" });
  const tally = new Tally(options.onEvent);
  const { recursive = false, versionId, signal } = options;
  for (const uri of uris) {
    const place = await placeOf(stores, uri, "key", means.signal);
    if (place.kind !== "remote") throw new UsageError(`${uri} is no object`);
    const many = await isMany(place, options);
    refuseWhole(place, many, options);
    if (versionId !== undefined && (many || uris.length > 1)) throw notOneObject();
    if (!many && (place.key === "" || place.key.endsWith("/")) && !recursive) {
      throw new UsageError(`${placeText(place)} is a ${place.key === "" ? "bucket" : "prefix"}`, {
        bucket: place.bucket,
        hint: "Use --recursive for the objects under it.",
      });
    }
    const objects: Removable[] = [];
    let bytes = 0;
    const found = find(means.wire, place, {
      recursive,
      versionId,
      literal: options.literal,
      takes: nameFilter(options),
      onLeftOut: () => {},
      signal: means.signal,
    });
    for await (const each of found) {
      if (each.kind !== "object") continue;
      const { target: { key }, size } = each;
      objects.push({ key, size, ...(versionId === undefined ? {} : { versionId }) });
      bytes += size;
      tally.listed(size);
    }
    tally.allListed();
    if (many && objects.length > 0 && !options.dryRun) {
      await ask(options.confirm, placeText(place), objects, bytes);
    }
    await removeObjects(place.store, place.bucket, objects, tally, {
      dryRun: options.dryRun ?? false,
      signal,
    });
  }
  return tally.summary();
}

/** A person who means a whole bucket says so. */
export function refuseWhole(
  place: Extract<Place, { kind: "remote" }>,
  many: boolean,
  { all = false, literal = false }: { readonly all?: boolean; readonly literal?: boolean },
): void {
  const prefix = !literal && isGlob(place.key) ? fixedPrefix(place.key).prefix : place.key;
  if (!many || all || prefix.replaceAll("/", "") !== "") return;
  throw new UsageError(`${placeText(place)} is the whole bucket`, {
    bucket: place.bucket,
    hint: "Name a prefix, or say --all to mean everything in it.",
  });
}

/** Says what is to be removed and asks. */
export async function ask(
  confirm: Confirm | undefined,
  where: string,
  objects: readonly { readonly key: string }[],
  bytes: number,
): Promise<void> {
  if (confirm === undefined) return;
  const examples = objects.slice(0, EXAMPLES).map(({ key }) => key);
  if (!await confirm({ where, count: objects.length, bytes, examples })) throw cancelled();
}

/** Removes objects, a thousand a request; what could not be removed is told of, key by key. */
export async function removeObjects(
  store: Store,
  bucket: string,
  objects: readonly Removable[],
  tally: Tally,
  { dryRun, signal }: { readonly dryRun: boolean; readonly signal: AbortSignal | undefined },
): Promise<void> {
  for (let start = 0; start < objects.length; start += BATCH) {
    const batch = objects.slice(start, start + BATCH);
    const failed = new Map<string, PartialError>();
    if (!dryRun) {
      try {
        await deleteObjects(store, bucket, batch, signal);
      } catch (error) {
        if (!isDipperError(error, "partial")) throw error;
        for (const key of error.context.failed ?? []) failed.set(key, error);
      }
    }
    for (const { key, size } of batch) {
      const from = `s3://${bucket}/${key}`;
      const error = failed.get(key);
      if (error !== undefined) tally.add({ kind: "failed", action: "delete", from, error });
      else {
        tally.add({ kind: "done", action: "delete", from, size, ...(dryRun ? { dryRun } : {}) });
      }
    }
  }
}

/**
 * Moves files and objects: copies them, and removes each source when its copy is whole.
 *
 * @module
 */
import { ObjectChangedError, UsageError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import type { StoreSet } from "../../store/store_set.ts";
import { goals, itemsOf } from "./copy.ts";
import { Tally, type TransferSummary } from "./events.ts";
import type { MoveOptions } from "./options.ts";
import { placesOf, placeText } from "./place.ts";
import { ask, refuseWhole, type Removable, removeObjects } from "./remove.ts";
import { type Item, openMeans, transferAll } from "./run.ts";
import { isMany } from "./sources.ts";

/**
 * Moves `from` to `to`.
 *
 * @throws {UsageError} when the ends do not fit, or that is a whole bucket and `all` does not say so
 * @throws {CancelledError} when the person says no
 */
export async function move(
  stores: StoreSet,
  from: string,
  to: string,
  options: MoveOptions = {},
): Promise<TransferSummary> {
  using means = openMeans(options);
  const tally = new Tally(options.onEvent);
  const { source, target } = await placesOf(stores, from, to, means.signal);
  if (source.kind === "stream" || target.kind === "stream") {
    throw new UsageError("a stream cannot be moved", { hint: "Use dipper cp." });
  }
  const many = await isMany(source, options);
  if (source.kind === "remote") refuseWhole(source, many, options);
  const goalOf = await goals(source, target, options);
  const found = itemsOf(means, source, goalOf, tally, options);
  const items = many ? await Array.fromAsync(found) : found;
  if (many && Array.isArray(items) && items.length > 0 && !options.dryRun) {
    const bytes = items.reduce((sum, { source: { size } }) => sum + size, 0);
    await ask(
      options.confirm,
      placeText(source),
      items.map(({ source: { name } }) => ({ key: name })),
      bytes,
    );
  }
  const copied: Removable[] = [];
  let place: { readonly store: Store; readonly bucket: string } | undefined;
  await transferAll(means, items, tally, options, async ({ source: done }: Item) => {
    if (done.kind === "file") return await removeFile(done.path, done.size, done.modified);
    place = done.target;
    const { key, versionId } = done.target;
    copied.push({ key, size: done.size, ...(versionId === undefined ? {} : { versionId }) });
  });
  if (place !== undefined) {
    const quiet = new Tally((event) => {
      if (event.kind === "failed") tally.add(event);
    });
    await removeObjects(place.store, place.bucket, copied, quiet, {
      dryRun: false,
      signal: options.signal,
    });
  }
  return tally.summary();
}

/** What was written to meanwhile is not what has been copied. */
async function removeFile(path: string, size: number, modified: Date | undefined): Promise<void> {
  const now = await Deno.stat(path);
  if (now.size !== size || now.mtime?.getTime() !== modified?.getTime()) {
    throw new ObjectChangedError(`${path} was written to while it was moved: it stays`, {
      uri: path,
      hint: "Its copy is of what it was before. Move it again.",
    });
  }
  await Deno.remove(path);
}

/**
 * Makes a folder or a prefix like another: sends what is new or changed, and removes the rest on request.
 *
 * @module
 */
import { join, relative, sep } from "node:path";
import { UsageError } from "../../errors.ts";
import type { StoreSet } from "../../store/store_set.ts";
import { areSame, isSameAsFile } from "./compare.ts";
import { goals, itemsOf } from "./copy.ts";
import { Tally, type TransferSummary } from "./events.ts";
import { nameFilter } from "./filters.ts";
import { localFailure } from "./local_failure.ts";
import type { SyncOptions } from "./options.ts";
import { type Place, placesOf, placeText } from "./place.ts";
import { decide, type EndFacts, surplus } from "./plan.ts";
import { ask, removeObjects } from "./remove.ts";
import {
  type Goal,
  goalText,
  isRootLike,
  type Item,
  type Means,
  openMeans,
  textOf,
  transferAll,
} from "./run.ts";
import { find, folderOf, type Found } from "./sources.ts";

/**
 * Sends what is at `from` and not, or not the same, at `to`.
 *
 * @throws {UsageError} when the ends do not fit, or there is nothing at `from` and all would be removed
 * @throws {CancelledError} when the person does not want the rest removed
 */
export async function sync(
  stores: StoreSet,
  from: string,
  to: string | undefined,
  options: SyncOptions = {},
): Promise<TransferSummary> {
  using means = openMeans(options);
  const tally = new Tally(options.onEvent);
  const { source, target } = await placesOf(stores, from, to, means.signal);
  if (source.kind === "stream" || target.kind === "stream") {
    throw new UsageError("a stream cannot be mirrored", { hint: "Use dipper cp." });
  }
  if (source.kind === "local" && !await isFolder(source.path)) {
    throw new UsageError(`${source.path} is no folder`, { hint: "One file goes with dipper cp." });
  }
  const copying = { ...options, recursive: true };
  const goalOf = await goals(source, target, copying);
  const there = await thereAt(means, target, options);
  const wanted = new Set<string>();
  async function* changed(): AsyncGenerator<Item, void, undefined> {
    for await (const item of itemsOf(means, source as Named, goalOf, tally, copying)) {
      const name = nameAt(item.goal, target as Named);
      wanted.add(name);
      const why = await unchanged(means, item, there.get(name), options);
      if (why === undefined) yield item;
      else {
        const ends = { from: textOf(item.source), to: goalText(item.goal) };
        tally.add({ kind: "skipped", ...ends, size: item.source.size, why });
      }
    }
  }
  await transferAll(means, changed(), tally, copying);
  if (options.delete) await removeRest(means, target, there, wanted, tally, options);
  return tally.summary();
}

type Named = Exclude<Place, { kind: "stream" }>;

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    throw localFailure(error, "read", path);
  }
}

/** What is at the target, by the name that the filters see. */
async function thereAt(
  means: Means,
  target: Named,
  options: SyncOptions,
): Promise<Map<string, Found>> {
  const there = new Map<string, Found>();
  if (target.kind === "local" && !await Deno.stat(target.path).then(() => true, () => false)) {
    return there;
  }
  const found = find(means.wire, target, {
    recursive: true,
    takes: nameFilter(options),
    onLeftOut: () => {},
    signal: means.signal,
  });
  for await (const each of found) {
    const name = each.kind === "file" && target.kind === "local"
      ? relative(target.path, each.path).replaceAll(sep, "/")
      : each.name;
    there.set(name, each);
  }
  return there;
}

/** The name of a goal as {@link thereAt} has it. */
function nameAt(goal: Goal, target: Named): string {
  if (goal.kind === "file") return goal.path;
  return goal.target.key.slice(target.kind === "remote" ? folderOf(target.key).length : 0);
}

/** Why nothing has to be done; undefined when something must be. */
async function unchanged(
  { wire, signal }: Means,
  { source }: Item,
  there: Found | undefined,
  { sameness = "time" }: SyncOptions,
): Promise<string | undefined> {
  const decision = decide(factsOf(source), there && factsOf(there), sameness);
  if (decision.kind === "transfer") return undefined;
  if (decision.kind === "skip") return decision.why;
  if (there === undefined) return undefined;
  const isSame = source.kind === "file"
    ? there.kind === "object" && await isSameAsFile(wire, there.target, source.path, signal)
    : there.kind === "file"
    ? await isSameAsFile(wire, source.target, there.path, signal)
    : await areSame(wire, source.target, there.target, signal);
  return isSame ? "same bytes" : undefined;
}

function factsOf(found: Found): EndFacts {
  return {
    size: found.size,
    modified: found.modified,
    ...(found.kind === "object" ? { etag: found.etag } : {}),
  };
}

async function removeRest(
  means: Means,
  target: Named,
  there: ReadonlyMap<string, Found>,
  wanted: ReadonlySet<string>,
  tally: Tally,
  options: SyncOptions,
): Promise<void> {
  const rest = [...surplus(there, wanted).values()];
  if (rest.length === 0) return;
  const where = placeText(target);
  if (wanted.size === 0 && !options.all) {
    throw new UsageError(`there is nothing at the source: all of ${where} would be removed`, {
      hint: "Check the source, or say --all to mean it.",
    });
  }
  if (target.kind === "local" && isRootLike(await Deno.realPath(target.path))) {
    throw new UsageError(`${where} is no folder to remove files from`, { uri: where });
  }
  if (tally.failures > 0) {
    for (const each of rest) {
      const why = "not removed: some transfers failed";
      tally.add({ kind: "skipped", from: textOf(each), size: 0, why });
    }
    return;
  }
  const dryRun = options.dryRun ?? false;
  const bytes = rest.reduce((sum, { size }) => sum + size, 0);
  if (!dryRun) await ask(options.confirm, where, rest.map(({ name }) => ({ key: name })), bytes);
  if (target.kind === "remote") {
    const objects = rest.flatMap((each) =>
      each.kind === "object" ? [{ key: each.target.key, size: each.size }] : []
    );
    const { signal } = means;
    return await removeObjects(target.store, target.bucket, objects, tally, { dryRun, signal });
  }
  for (const each of rest) {
    if (each.kind !== "file") continue;
    if (!dryRun) await Deno.remove(join(each.path));
    const done = { kind: "done", action: "delete", from: each.path, size: each.size } as const;
    tally.add({ ...done, ...(dryRun ? { dryRun: true as const } : {}) });
  }
}

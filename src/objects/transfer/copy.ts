/**
 * Copies files and objects, to and from and between buckets.
 *
 * @module
 */
import { basename, dirname, resolve } from "node:path";
import { ObjectChangedError, TargetExistsError, UsageError } from "../../errors.ts";
import type { StoreSet } from "../../store/store_set.ts";
import { contentTypeOf } from "./content_type.ts";
import { Tally, type TransferSummary } from "./events.ts";
import { nameFilter } from "./filters.ts";
import { LocalFolder } from "./local_folder.ts";
import type { CopyOptions } from "./options.ts";
import { readInOrder } from "./ordered.ts";
import { keyFor, type Place, placesOf, placeText } from "./place.ts";
import { type Goal, type Item, type Means, openMeans, textOf, transferAll } from "./run.ts";
import { find, folderOf, type Found, isMany } from "./sources.ts";
import { storedIfAny } from "./stored.ts";
import { uploadStream } from "./upload_stream.ts";

/**
 * Copies `from` to `to`: files, folders, globs, `s3://…` objects and prefixes, `-` for a stream. A folder or
 * prefix as a target gets the names under it. Without `to`: to the default bucket, or to the working folder.
 *
 * @throws {UsageError} when the ends do not fit
 * @throws {DipperError} when nothing can be done; single failures are in the summary
 */
export async function copy(
  stores: StoreSet,
  from: string,
  to: string | undefined,
  options: CopyOptions = {},
): Promise<TransferSummary> {
  using means = openMeans(options);
  const tally = new Tally(options.onEvent);
  const { source, target } = await placesOf(stores, from, to, means.signal);
  if (source.kind === "stream") await fromStream(means, target, tally, options);
  else if (target.kind === "stream") await toStream(means, source, tally, options);
  else {
    const goalOf = await goals(source, target, options);
    await transferAll(means, itemsOf(means, source, goalOf, tally, options), tally, options);
  }
  return tally.summary();
}

/** The items of a copy, as they are found. */
export async function* itemsOf(
  means: Means,
  source: Exclude<Place, { kind: "stream" }>,
  goalOf: (found: Found) => Goal | undefined,
  tally: Tally,
  options: CopyOptions,
): AsyncGenerator<Item, void, undefined> {
  const { recursive = false, versionId } = options;
  const found = find(means.wire, source, {
    recursive,
    versionId,
    literal: options.literal,
    takes: nameFilter(options),
    onLeftOut: (path, why) => tally.add({ kind: "skipped", from: path, size: 0, why }),
    signal: means.signal,
  });
  for await (const each of found) {
    tally.listed(each.size);
    const goal = goalOf(each);
    if (goal === undefined) {
      tally.add({ kind: "skipped", from: textOf(each), size: each.size, why: "a folder's marker" });
      continue;
    }
    if (goal.kind === "object") await holdCondition(means, goal, options);
    yield { source: each, goal };
  }
  tally.allListed();
}

/** Services that ignore If-Match are held by this look. */
async function holdCondition(
  { wire, signal }: Means,
  { target }: Extract<Goal, { kind: "object" }>,
  { ifMatch }: CopyOptions,
): Promise<void> {
  if (ifMatch === undefined) return;
  const there = await storedIfAny(wire, target, signal);
  if (there?.etag === ifMatch.replace(/^"|"$/g, "")) return;
  throw new ObjectChangedError(
    `s3://${target.bucket}/${target.key} is ${there === undefined ? "not there" : "another one"}`,
    { bucket: target.bucket, key: target.key, hint: "Its ETag is not the one of --if-match." },
  );
}

/** Where each of what is found goes. */
export async function goals(
  source: Exclude<Place, { kind: "stream" }>,
  target: Exclude<Place, { kind: "stream" }>,
  options: CopyOptions,
): Promise<(found: Found) => Goal | undefined> {
  if (source.kind === "local" && target.kind === "local") {
    throw new UsageError(`neither ${source.path} nor ${target.path} is in a bucket`, {
      hint: "Write one of them as s3://bucket/key. Files are copied to files with cp.",
    });
  }
  const many = await isMany(source, options);
  if (options.versionId !== undefined && (many || source.kind === "local")) throw notOneObject();
  if (target.kind === "remote") {
    const { store, bucket, key } = target;
    const folder = many ? folderOf(key) : key;
    return ({ name, ...found }) => {
      const goalKey = many ? folder + name : keyFor(key, name);
      if (
        found.kind === "object" && found.target.store === store && found.target.bucket === bucket &&
        found.target.key === goalKey
      ) throw new UsageError(`s3://${bucket}/${goalKey} is both source and target`);
      return { kind: "object", target: { store, bucket, key: goalKey } };
    };
  }
  const isFolder = many || target.path.endsWith("/") || await isDirectory(target.path);
  const path = isFolder ? target.path : dirname(resolve(target.path));
  const folder = await (options.dryRun ? LocalFolder.look(path) : LocalFolder.open(path));
  return ({ name, size }) => {
    if (name.endsWith("/") && size === 0) return undefined;
    return { kind: "file", folder, path: isFolder ? folder.pathOf(name) : basename(target.path) };
  };
}

/** The refusal of a version's id for anything but one object. */
export function notOneObject(): UsageError {
  return new UsageError("a version is of one object", {
    hint: "Name the object: s3://bucket/key, without a pattern.",
  });
}

async function isDirectory(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isDirectory, () => false);
}

async function fromStream(
  means: Means,
  target: Place,
  tally: Tally,
  options: CopyOptions,
): Promise<void> {
  const { input, recursive, noClobber } = options;
  if (target.kind !== "remote" || target.key === "" || target.key.endsWith("/") || recursive) {
    throw new UsageError("standard input goes to one object", {
      hint: "Such as dipper cp - s3://bucket/key.",
    });
  }
  if (input === undefined) throw new UsageError("there is no input to read");
  const { store, bucket, key } = target;
  const goal = { kind: "object" as const, target: { store, bucket, key } };
  await holdCondition(means, goal, options);
  if (noClobber && await storedIfAny(means.wire, goal.target, means.signal) !== undefined) {
    throw new TargetExistsError(`${placeText(target)} exists`, { bucket, key });
  }
  if (options.dryRun) {
    const event = { kind: "done", action: "upload", from: "-", size: 0, dryRun: true } as const;
    return tally.add({ ...event, to: placeText(target) });
  }
  const guessed = { ...options, contentType: options.contentType ?? contentTypeOf(key) };
  const moved = await uploadStream(means, input, goal.target, guessed, tally.moved);
  tally.add({ kind: "done", action: "upload", from: "-", to: placeText(target), ...moved });
}

async function toStream(
  means: Means,
  source: Exclude<Place, { kind: "stream" }>,
  tally: Tally,
  options: CopyOptions,
): Promise<void> {
  const { output } = options;
  if (source.kind !== "remote" || await isMany(source, options)) {
    throw new UsageError("one object goes to standard output", {
      hint: "Such as dipper cp s3://bucket/key -.",
    });
  }
  if (output === undefined) throw new UsageError("there is no output to write to");
  const goalOf = (): Goal => ({ kind: "object", target: source });
  for await (
    const { source: found } of itemsOf(means, source, goalOf, tally, {
      ...options,
      ifMatch: undefined,
    })
  ) {
    if (found.kind !== "object") continue;
    if (options.dryRun) {
      const event = { kind: "done", action: "download", to: "-", dryRun: true } as const;
      tally.add({ ...event, from: textOf(found), size: found.size });
      continue;
    }
    const object = { ...found, lastModified: found.modified };
    const moved = await readInOrder(means, object, output, tally.moved);
    tally.add({ kind: "done", action: "download", from: textOf(found), to: "-", ...moved });
  }
}

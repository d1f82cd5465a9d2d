/**
 * Carries out pieces of work, many at a time, each by the way that its two ends ask for.
 *
 * @module
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { cancelled, DipperError, InternalError, isDipperError } from "../../errors.ts";
import { readSettings } from "../../settings.ts";
import { Budget, forEach } from "./budget.ts";
import { Buffers } from "./buffers.ts";
import { contentTypeOf } from "./content_type.ts";
import { copyBetween } from "./copy_between.ts";
import { copyWithin } from "./copy_within.ts";
import { downloadFile } from "./download.ts";
import type { Action, Tally } from "./events.ts";
import type { LocalFolder } from "./local_folder.ts";
import type { CommonOptions } from "./options.ts";
import { DEFAULT_SIZES } from "./part_size.ts";
import type { Found } from "./sources.ts";
import { storedIfAny } from "./stored.ts";
import { isConditionFailure, uploadFile } from "./upload.ts";
import { Wire, type WireTarget } from "./wire.ts";
import type { Moved, Work } from "./work.ts";
import type { WriteOptions } from "./write_options.ts";

/** Where something goes. */
export type Goal =
  | { readonly kind: "object"; readonly target: WireTarget }
  | { readonly kind: "file"; readonly folder: LocalFolder; readonly path: string };

/** One thing to transfer. */
export interface Item {
  readonly source: Found;
  readonly goal: Goal;
}

/** Large ones at a time: each has parts of its own side by side. */
const LARGE_AT_ONCE = 3;

/** Failures after which no other item has a chance. */
const FATAL = [
  "cancelled",
  "no_credentials",
  "bad_credentials",
  "bucket_not_found",
  "wrong_endpoint",
  "disk_full",
  "tls",
  "clock_skew",
] as const;

/** Whether a failure leaves no other item a chance. */
export function isFatal(error: unknown): boolean {
  return isDipperError(error, ...FATAL);
}

/** The means of a transfer; close it. */
export interface Means extends Work, Disposable {
  /** Ends all of it. */
  stop(error: unknown): void;
}

/** Makes them. */
export function openMeans(options: CommonOptions): Means {
  const stop = new AbortController();
  const { signal, limits, stateFolder, durable, wire } = options;
  const opened = new Wire(wire);
  const budget = new Budget(limits);
  return {
    wire: opened,
    budget,
    buffers: new Buffers(budget.limits.bytes),
    isDurable: durable ?? false,
    sizes: options.sizes ?? DEFAULT_SIZES,
    signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
    stateFolder: stateFolder === "off" ? undefined : stateFolder ?? defaultStateFolder(),
    stop: (error) => stop.abort(error),
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  };
}

/** Where transfers that were cut short are remembered. */
export function defaultStateFolder(): string {
  return join(readSettings().cacheDirectory, "transfers");
}

/** Whether a folder is one that nobody means to empty. */
export function isRootLike(path: string): boolean {
  return path === "/" || /^[A-Za-z]:[\\/]?$/.test(path) || path === homedir();
}

/**
 * Transfers `items`. One that fails is told of and the others go on.
 *
 * @param after called for each that is done, before it is told of
 * @throws {DipperError} when nothing more can be done, or `signal` is aborted
 */
export async function transferAll(
  means: Means,
  items: Iterable<Item> | AsyncIterable<Item>,
  tally: Tally,
  options: WriteOptions & { readonly dryRun?: boolean; readonly signal?: AbortSignal },
  after: (item: Item) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const large = new Budget({ requests: LARGE_AT_ONCE, bytes: Infinity });
  await forEach(items, means.budget.limits.requests, async (item) => {
    const { source } = item;
    if (source.size <= means.sizes.singleUpTo) return await one(means, item, tally, options, after);
    await large.run(0, means.signal, () => one(means, item, tally, options, after));
  });
}

async function one(
  means: Means,
  item: Item,
  tally: Tally,
  options: WriteOptions & { readonly dryRun?: boolean; readonly signal?: AbortSignal },
  after: (item: Item) => Promise<void>,
): Promise<void> {
  const { source } = item;
  const ends = { from: textOf(source), to: goalText(item.goal) };
  const action = actionOf(item);
  let counted = 0;
  const onBytes = (bytes: number) => {
    counted += bytes;
    tally.moved(bytes);
  };
  try {
    if (options.noClobber && await isTaken(means, item.goal)) {
      return tally.add({ kind: "skipped", ...ends, size: source.size, why: "exists" });
    }
    if (options.dryRun) {
      return tally.add({ kind: "done", action, ...ends, size: source.size, dryRun: true });
    }
    const { size, checked } = await transferOne(means, item, options, onBytes);
    await after(item);
    tally.add({ kind: "done", action, ...ends, size, checked });
  } catch (error) {
    tally.moved(-counted);
    if (isConditionFailure(error, options)) {
      return tally.add({ kind: "skipped", ...ends, size: source.size, why: "exists" });
    }
    if (options.signal?.aborted) throw cancelled(options.signal);
    const failure = error instanceof DipperError
      ? error
      : new InternalError(error instanceof Error ? error.message : String(error), { cause: error });
    if (isFatal(failure)) {
      means.stop(failure);
      throw failure;
    }
    tally.add({ kind: "failed", action, ...ends, error: failure });
  }
}

async function isTaken(means: Means, goal: Goal): Promise<boolean> {
  if (goal.kind === "object") {
    return await storedIfAny(means.wire, goal.target, means.signal) !== undefined;
  }
  return await Deno.lstat(await goal.folder.prepare(goal.path)).then(() => true, () => false);
}

async function transferOne(
  means: Means,
  { source, goal }: Item,
  options: WriteOptions,
  onBytes: (bytes: number) => void,
): Promise<Moved> {
  if (source.kind === "file") {
    if (goal.kind === "file") throw new InternalError("a file to a file is no transfer");
    const guessed = {
      ...options,
      contentType: options.contentType ?? contentTypeOf(goal.target.key),
    };
    return await uploadFile(means, source.path, goal.target, guessed, onBytes);
  }
  const object = { ...source, lastModified: source.modified };
  if (goal.kind === "file") {
    const path = await goal.folder.prepare(goal.path);
    const ifThere = options.noClobber ? "keep" : "replace";
    return await downloadFile(means, object, path, ifThere, onBytes);
  }
  const isSameStore = goal.target.store === source.target.store;
  return await (isSameStore ? copyWithin : copyBetween)(
    means,
    object,
    goal.target,
    options,
    onBytes,
  );
}

function actionOf({ source, goal }: Item): Action {
  return source.kind === "file" ? "upload" : goal.kind === "file" ? "download" : "copy";
}

/** A file or an object as a person writes it. */
export function textOf(found: Found): string {
  return found.kind === "file" ? found.path : `s3://${found.target.bucket}/${found.target.key}`;
}

/** A goal as a person writes it. */
export function goalText(goal: Goal): string {
  return goal.kind === "file"
    ? join(goal.folder.path, goal.path)
    : `s3://${goal.target.bucket}/${goal.target.key}`;
}

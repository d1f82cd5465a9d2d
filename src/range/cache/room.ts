/**
 * Keeps a cache folder within its bound.
 *
 * @module
 */
import { join } from "node:path";
import type { DiskFiles } from "./disk_files.ts";
import { chooseVictims, type Evictable } from "./eviction.ts";
import { shardName, SHARDS } from "./identity.ts";
import { diskBytes, type Segment } from "./segment_name.ts";
import { ABANDONED, TEMPORARY } from "./segment_write.ts";
import type { ShardIndex } from "./shard_index.ts";

/** An eviction leaves this part of the bound, so that the next one is a while off. */
const LOW_WATER = 0.9;
/** After writing this part of the bound, what other processes wrote is counted again. */
const RECOUNT = 0.02;
/** Files that are looked at or removed side by side. */
const SIDE_BY_SIDE = 16;

/** Counts what a folder holds and removes what was not used for longest. */
export class Room {
  readonly #files: DiskFiles;
  readonly #index: ShardIndex;
  readonly #folder: string;
  readonly #bound: number;
  readonly #now: () => number;
  #held: number | undefined;
  /** Granted and not written yet, so in no listing. */
  #coming = 0;
  #written = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #swept = false;
  #evicted = 0;

  constructor(
    files: DiskFiles,
    index: ShardIndex,
    folder: string,
    bound: number,
    now: () => number,
  ) {
    this.#files = files;
    this.#index = index;
    this.#folder = folder;
    this.#bound = bound;
    this.#now = now;
  }

  /** Bytes that were removed to make room. */
  get evicted(): number {
    return this.#evicted;
  }

  /**
   * Makes room for a file, one caller after the other; false when it is too large for the bound. What
   * was granted is handed to {@link Room.settle} afterwards.
   */
  grant(bytes: number): Promise<boolean> {
    const turn = this.#turn.then(() => this.#grant(bytes));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** What was granted is there now, or will not be. */
  settle(bytes: number, how: "written" | "failed"): void {
    this.#coming -= bytes;
    if (how === "failed") this.release(bytes);
  }

  /** A file is gone. */
  release(bytes: number): void {
    if (this.#held !== undefined) this.#held -= bytes;
  }

  async #grant(bytes: number): Promise<boolean> {
    if (bytes > this.#bound / 2) return false;
    if (!this.#swept) {
      this.#swept = true;
      await sweep(this.#files, this.#folder, this.#now());
    }
    if (this.#held === undefined || this.#written > this.#bound * RECOUNT) {
      // What is written meanwhile may count twice, and never not at all.
      const coming = this.#coming;
      this.#held = total(await this.#index.lookAtAll()) + coming;
      this.#written = 0;
    }
    if (this.#held + bytes > this.#bound) await this.#evict(bytes);
    this.#held += bytes;
    this.#coming += bytes;
    this.#written += bytes;
    return true;
  }

  async #evict(wanted: number): Promise<void> {
    const coming = this.#coming;
    const segments = await this.#index.lookAtAll();
    const files: (Evictable & { readonly segment: Segment })[] = [];
    await sideBySide(segments, async (segment) => {
      try {
        const used = await this.#files.modified(this.#index.path(segment));
        files.push({ segment, kind: segment.kind, bytes: diskBytes(segment), used });
      } catch {
        this.#index.remove(segment); // another process was faster
      }
    });
    const goal = Math.max(0, Math.floor(this.#bound * LOW_WATER) - wanted - coming);
    const victims = chooseVictims(files, goal);
    await sideBySide(victims, async ({ segment, bytes }) => {
      this.#index.remove(segment);
      await this.#files.remove(this.#index.path(segment)).catch(() => {}); // as above
      this.#evicted += bytes;
    });
    this.#held = total(files.map(({ segment }) => segment)) -
      victims.reduce((sum, { bytes }) => sum + bytes, 0) + coming;
    this.#written = 0;
  }
}

/** Removes files that were never finished, of processes that ended long ago. */
export async function sweep(files: DiskFiles, folder: string, now: number): Promise<number> {
  let removed = 0;
  for (let number = 0; number < SHARDS; number++) {
    const shard = join(folder, shardName(number));
    for (const name of await files.list(shard)) {
      if (!TEMPORARY.test(name)) continue;
      const path = join(shard, name);
      try {
        if (now - await files.modified(path) < ABANDONED) continue;
        await files.remove(path);
        removed++;
      } catch {
        // Finished or removed meanwhile.
      }
    }
  }
  return removed;
}

/** Runs `work` over `items`, a few at a time. */
export async function sideBySide<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, items.length) }, async () => {
    while (next < items.length) await work(items[next++]);
  }));
}

function total(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + diskBytes(segment), 0);
}

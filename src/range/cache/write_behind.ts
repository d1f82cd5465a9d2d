/**
 * What waits to be written to disk. Readers never wait for it, and find in it what is not on disk yet.
 *
 * @module
 */
import type { BlockClass, Chunks, ObjectState } from "../block_cache.ts";
import { holdAll, letGoAll } from "../buffers.ts";
import type { Extent } from "../range.ts";
import { byteLength, sliceChunks } from "../source.ts";
import { ExtentMap, type Holding } from "./extent_map.ts";
import type { StateIdentity } from "./identity.ts";
import { QueueRoom } from "./queue_room.ts";
import { type Piece, planSegments, SEGMENT_SIZE } from "./segment_plan.ts";
import type { SegmentPlan } from "./segment_write.ts";

interface Pending {
  readonly object: ObjectState;
  readonly identity: StateIdentity;
  readonly map: ExtentMap<Piece>;
  readonly waiting: Record<BlockClass, Set<Piece>>;
  readonly bytes: Record<BlockClass, number>;
}

/** How the queue behaves. */
export interface WriteBehindOptions {
  /** Bytes that may wait; what comes on top is dropped. */
  readonly limit: number;
  /** Milliseconds without a new piece after which all that wait are written. */
  readonly delay: number;
  /** Files written side by side. */
  readonly writers: number;
  /** Writes a file; must not reject. */
  readonly write: (plan: SegmentPlan) => Promise<void>;
}

/** Milliseconds that a request waits for the disk at most, and for which none does when that was in vain. */
const PATIENCE = 1_000;
const REST = 10_000;
/** Delays after which pieces are written though others keep coming. */
const MOST_DELAYS = 10;

/** A bounded queue of pieces, written as files by a few writers. */
export class WriteBehind {
  /** For those who fetch what is to be written. */
  readonly room: QueueRoom;
  readonly #options: WriteBehindOptions;
  readonly #objects = new Map<string, Pending>();
  readonly #plans: SegmentPlan[] = [];
  readonly #idle: (() => void)[] = [];
  #bytes = 0;
  #dropped = 0;
  #writing = 0;
  /** When the newest piece came. */
  #newest = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
    this.room = new QueueRoom({ limit: options.limit, patience: PATIENCE, rest: REST });
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that were dropped because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  /** What waits of `extent` of the state `id`. */
  held(id: string, extent: Extent): Holding<Piece>[] {
    return this.#objects.get(id)?.map.overlapping(extent) ?? [];
  }

  /** Takes a piece; what of it waits already is left out. */
  add(
    object: ObjectState,
    identity: StateIdentity,
    offset: number,
    chunks: Chunks,
    kind: BlockClass,
  ): void {
    const length = byteLength(chunks);
    let pending = this.#objects.get(identity.id);
    for (const gap of pending?.map.gaps({ offset, length }) ?? [{ offset, length }]) {
      if (this.#bytes + gap.length > this.#options.limit) {
        this.#dropped += gap.length;
        continue;
      }
      pending ??= this.#begin(object, identity);
      const start = gap.offset - offset;
      const piece: Piece = {
        ...gap,
        chunks: gap.length === length ? chunks : sliceChunks(chunks, start, start + gap.length),
      };
      holdAll(piece.chunks);
      pending.map.insert(gap, piece);
      pending.waiting[kind].add(piece);
      pending.bytes[kind] += gap.length;
      this.#bytes += gap.length;
      this.room.changed(gap.length);
    }
    if (pending === undefined) return;
    // While there is room, writing leaves the processor to those who read.
    if (this.#bytes <= this.#options.limit / 2) return this.#wake();
    if (pending.bytes[kind] >= SEGMENT_SIZE) this.#plan(pending, kind);
    else if (this.#bytes > this.#options.limit * (3 / 4)) this.#planAll();
    else this.#wake();
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    this.#planAll();
    while (this.#writing > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
      this.#planAll();
    }
  }

  /** Drops all that waits and is not being written. */
  discard(): void {
    for (const plan of this.#plans.splice(0)) this.#written(plan);
    for (const pending of this.#objects.values()) {
      for (const kind of ["index", "bulk"] as const) {
        const { object, identity, waiting } = pending;
        this.#done({ object, identity, kind, pieces: [...waiting[kind]] });
        waiting[kind].clear();
        pending.bytes[kind] = 0;
      }
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #begin(object: ObjectState, identity: StateIdentity): Pending {
    const pending: Pending = {
      object,
      identity,
      map: new ExtentMap(),
      waiting: { index: new Set(), bulk: new Set() },
      bytes: { index: 0, bulk: 0 },
    };
    this.#objects.set(identity.id, pending);
    return pending;
  }

  #wake(): void {
    const now = performance.now();
    this.#newest = now;
    if (this.#timer === undefined) this.#writeWhenQuiet(now, this.#options.delay);
  }

  #writeWhenQuiet(since: number, wait: number): void {
    const { delay } = this.#options;
    this.#timer = setTimeout(() => {
      const now = performance.now();
      const left = this.#newest + delay - now;
      if (left <= 1 || now - since >= MOST_DELAYS * delay) this.#planAll();
      else this.#writeWhenQuiet(since, left);
    }, wait);
    // What is not written when the process ends was not promised to anybody.
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  #planAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const pending of this.#objects.values()) {
      this.#plan(pending, "index");
      this.#plan(pending, "bulk");
    }
  }

  #plan(pending: Pending, kind: BlockClass): void {
    const { object, identity, waiting } = pending;
    if (waiting[kind].size === 0) return;
    for (const pieces of planSegments([...waiting[kind]])) {
      for (const { chunks } of pieces) holdAll(chunks);
      this.#plans.push({ object, identity, kind, pieces });
    }
    waiting[kind].clear();
    pending.bytes[kind] = 0;
    this.#start();
  }

  #start(): void {
    while (this.#writing < this.#options.writers && this.#plans.length > 0) {
      this.#writing++;
      void this.#work();
    }
  }

  async #work(): Promise<void> {
    for (let plan = this.#plans.shift(); plan !== undefined; plan = this.#plans.shift()) {
      await this.#options.write(plan);
      this.#written(plan);
    }
    if (--this.#writing === 0) { for (const resolve of this.#idle.splice(0)) resolve(); }
  }

  /** The plan is done with, and what it holds. */
  #written(plan: SegmentPlan): void {
    this.#done(plan);
    for (const { chunks } of plan.pieces) letGoAll(chunks);
  }

  /** The plan's pieces wait no longer. */
  #done({ identity, pieces }: SegmentPlan): void {
    const pending = this.#objects.get(identity.id);
    if (pending === undefined) return;
    for (const run of pieces) {
      for (const { value } of pending.map.overlapping(run)) {
        pending.map.remove(value, value);
        letGoAll(value.chunks);
      }
      this.#bytes -= run.length;
      this.room.changed(-run.length);
    }
    if (pending.map.size === 0) this.#objects.delete(identity.id);
  }
}

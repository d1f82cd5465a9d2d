/**
 * The lanes of a transfer: this thread, and others once there is enough to do. Deno receives on the thread
 * that asks: one thread brings what one core can.
 *
 * @module
 */
import type { Lane } from "./errand.ts";
import { LocalLane } from "./local_lane.ts";
import { WorkerLane } from "./worker_lane.ts";

/** Threads besides this one at most. */
const MOST = 3;

/** Errands and bytes under way from which another thread is worth its start of 50 ms. */
const ENOUGH = 4;
const ENOUGH_BYTES = 4 * 2 ** 20;

/** What an errand counts besides its bytes. */
const PER_ERRAND = 128 * 1024;

interface Loaded {
  readonly lane: Lane;
  /** Bytes under way. */
  load: number;
}

/** Lanes, each taken by whoever finds it the least busy. */
export class Lanes implements Disposable {
  readonly #local: Loaded = { lane: new LocalLane(), load: 0 };
  readonly #workers: (Loaded & { readonly lane: WorkerLane })[] = [];
  readonly #most: number;
  readonly #isEager: boolean;
  /** Origins whose answers need all of HTTP. */
  readonly #beyond = new Set<string>();
  #running = 0;
  /** Bytes under way on all of them. */
  #load = 0;
  #ids = 0;

  /** @param threads besides this one, from the first errand on; by default as many as help, when they do */
  constructor(threads?: number) {
    this.#isEager = threads !== undefined;
    this.#most = threads ?? Math.min(MOST, Math.max(1, navigator.hardwareConcurrency - 1));
  }

  /** Whether answers from `origin` say their length. */
  serves(origin: string): boolean {
    return !this.#beyond.has(origin);
  }

  /** Answers from there do not say their length. */
  leave(origin: string): void {
    this.#beyond.add(origin);
  }

  /** Calls `work` with a lane and a name for the bytes, of which `bytes` are to come. */
  async with<T>(bytes: number, work: (lane: Lane, id: number) => Promise<T>): Promise<T> {
    const load = bytes + PER_ERRAND;
    this.#running++;
    this.#load += load;
    const isWorth = this.#isEager || this.#running >= ENOUGH && this.#load >= ENOUGH_BYTES;
    if (isWorth && this.#workers.length < this.#most) {
      this.#workers.push({ lane: new WorkerLane(), load: 0 });
    }
    const id = ++this.#ids;
    const chosen = this.#choose();
    chosen.load += load;
    try {
      return await work(chosen.lane, id);
    } finally {
      this.#running--;
      this.#load -= load;
      chosen.load -= load;
      chosen.lane.drop(id);
    }
  }

  [Symbol.dispose](): void {
    this.#local.lane[Symbol.dispose]();
    for (const { lane } of this.#workers) lane[Symbol.dispose]();
  }

  #choose(): Loaded {
    let chosen: Loaded = this.#local;
    for (const each of this.#workers) {
      const isUsable = this.#isEager || each.lane.isReady;
      if (isUsable && each.load <= chosen.load) chosen = each;
    }
    return chosen;
  }
}

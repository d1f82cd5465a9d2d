/**
 * Changes of objects, told once: by the events that a service sends, and by listings for those that it
 * sent while nobody listened.
 *
 * @module
 */
import { throwIfAborted } from "../../../errors.ts";
import type { Store } from "../../../store/store.ts";
import { walkPrefix } from "../../browse/walk.ts";
import type { ObjectEntry } from "../../pages.ts";
import type { ObjectEvent } from "./event.ts";
import { KnownObjects } from "./known.ts";
import { newsOfChange, newsOfEvent, type ObjectNews } from "./news.ts";
import { pause } from "./pause.ts";
import { StateFile } from "./state_file.ts";

/** How to listen. */
export interface ListenerOptions {
  /** Beginning of the keys; empty for all. */
  readonly prefix?: string;
  /** End of the keys; empty for all. */
  readonly suffix?: string;
  /** File that keeps what is known between runs. */
  readonly statePath: string;
  /** Milliseconds between listings after the first; none when absent. */
  readonly reconcileEvery?: number;
  /** Told when a listing after the first one fails; it is tried again. */
  readonly onFailure?: (error: unknown) => void;
  /** Told when events come that are of no object under the address: nobody hears of them. */
  readonly onOthers?: () => void;
  readonly signal?: AbortSignal;
}

/** How events have come. */
export interface Arrival {
  /** Called when all of them have been told. */
  readonly told?: () => void;
  /** `perhaps`: the service may have sent the same before, and takes it that nobody had it. */
  readonly again?: "no" | "perhaps";
}

/** News that wait to be told, or are being told. */
interface Waiting {
  readonly news: ObjectNews;
  /** From an earlier run. */
  readonly isLeft: boolean;
  told: () => void;
}

/** Events that may wait to be told; more are left to the service, which sends them again. */
const MOST_WAITING = 10_000;

/** A young object's event may be under way: a listing between two tells of it the next time. */
const SETTLED_AFTER_MS = 3000;

/** Listens to an address of a bucket. The listener holds its state file for itself. */
export class Listener implements AsyncDisposable {
  readonly #store: Store;
  readonly #bucket: string;
  readonly #options: ListenerOptions;
  readonly #state: StateFile;
  readonly #known: KnownObjects;
  readonly #queue: Waiting[];
  /** By the ids of their events; repetitions are not among them. */
  readonly #waiting: Map<string, Waiting>;
  readonly #left = new Set<ObjectNews>();
  readonly #stop = new AbortController();
  #wake = Promise.withResolvers<void>();
  #listing: Promise<void> | undefined;
  #reconciling = Promise.resolve();
  #ending: "no" | "drained" | "now" = "no";

  private constructor(store: Store, bucket: string, options: ListenerOptions, state: StateFile) {
    this.#store = store;
    this.#bucket = bucket;
    this.#options = options;
    this.#state = state;
    this.#known = new KnownObjects({
      objects: state.objects,
      remember: (key, object) => state.remember(key, object),
    });
    this.#queue = [...state.pending.values()].map((news) => ({
      news,
      isLeft: true,
      told: () => {},
    }));
    this.#waiting = new Map(this.#queue.map((each) => [each.news.id, each]));
  }

  /**
   * Takes the state file up.
   *
   * @throws {UsageError} when another listener uses it
   */
  static async open(store: Store, bucket: string, options: ListenerOptions): Promise<Listener> {
    throwIfAborted(options.signal);
    const endpoint = store.endpoint?.origin ?? "aws";
    const { prefix = "", suffix = "" } = options;
    const scope = { endpoint, bucket, prefix, suffix };
    return new Listener(store, bucket, options, await StateFile.open(options.statePath, scope));
  }

  /** How many objects are known. */
  get objects(): number {
    return this.#known.size;
  }

  /** Whether a listing has been read to its end, now or in an earlier run. */
  get hasBase(): boolean {
    return this.#state.hasBase;
  }

  /** Whether the news are ended. */
  get hasEnded(): boolean {
    return this.#ending !== "no";
  }

  /** The rule that an earlier listener has set and not removed. */
  get leftRule(): string | undefined {
    return this.#state.rule;
  }

  /** Notes that a rule was set for this listener, or removed. */
  markRule(name: string | undefined): void {
    this.#state.markRule(name);
  }

  /**
   * Takes events that have arrived: on disk when this returns. One that a service sends again while it
   * still waits to be told is no repetition.
   */
  readonly take = (
    events: readonly ObjectEvent[],
    { told = () => {}, again = "no" }: Arrival = {},
  ): "taken" | "too-many" => {
    if (this.#ending !== "no" || this.#queue.length + events.length > MOST_WAITING) {
      return "too-many";
    }
    const mine = events.filter((each) => this.#isMine(each));
    if (mine.length < events.length) this.#options.onOthers?.();
    const toldOne = countdown(mine.length, told);
    for (const event of mine) {
      const waiting = this.#waiting.get(event.id);
      if (waiting !== undefined && (waiting.isLeft || again === "perhaps")) {
        const toldBefore = waiting.told;
        waiting.told = () => [toldBefore, toldOne].forEach((each) => each());
        continue;
      }
      const isRepeated = this.#state.recent.has(event.id) || this.#state.pending.has(event.id) ||
        this.#known.hasTold(event);
      this.#tell(newsOfEvent(event, isRepeated ? "yes" : "no"), toldOne);
      if (!isRepeated) this.#known.take(event);
    }
    return "taken";
  };

  /**
   * Lists, and goes on to list as often as was asked for.
   *
   * @returns when the first listing is done
   * @throws {DipperError} when the first listing fails
   */
  async start(): Promise<void> {
    const first = this.#reconcile("first");
    this.#listing = first.catch(() => {}); // told of here
    await first;
    const { reconcileEvery } = this.#options;
    if (reconcileEvery !== undefined) this.#listing = this.#goOn(reconcileEvery);
  }

  /**
   * What happens, until it is ended. News count as told when the next are asked for, unless they were
   * left: what was not told to its end comes again at the next start.
   */
  async *news(): AsyncGenerator<ObjectNews, void, undefined> {
    for (;;) {
      throwIfAborted(this.#options.signal);
      if (this.#ending === "now") return;
      const next = this.#queue.shift();
      if (next !== undefined) {
        const { news } = next;
        if (news.repeated !== "yes") this.#state.begin(news.id);
        yield news;
        if (this.#left.delete(news)) continue;
        if (news.repeated !== "yes") {
          this.#state.finish(news.id);
          this.#waiting.delete(news.id);
        }
        next.told();
      } else if (this.#ending === "drained") return;
      else await this.#woken();
    }
  }

  /** These news could not be dealt with: they come again at the next start, as perhaps repeated. */
  leave(news: ObjectNews): void {
    this.#left.add(news);
  }

  /** Lists once more, for what was lost while no event could come; a failure is told as of others. */
  async listAgain(): Promise<void> {
    const { onFailure = () => {} } = this.#options;
    try {
      await this.#reconcile("first");
    } catch (error) {
      if (!this.#stop.signal.aborted) onFailure(error);
    }
  }

  /** Ends the news: at once, a listing under way with them, or when all that waits is told. */
  end(when: "now" | "drained"): void {
    this.#ending = when;
    if (when === "now") this.#stop.abort();
    this.#wake.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end("now");
    await this.#listing;
    await this.#reconciling;
    this.#state[Symbol.dispose]();
  }

  #isMine({ bucket, key }: ObjectEvent): boolean {
    const { prefix = "", suffix = "" } = this.#options;
    return bucket === this.#bucket && key.startsWith(prefix) && key.endsWith(suffix);
  }

  #tell(news: ObjectNews, told = () => {}): void {
    const waiting = { news, isLeft: false, told };
    if (news.repeated !== "yes") {
      this.#state.addPending(news);
      this.#waiting.set(news.id, waiting);
    }
    this.#queue.push(waiting);
    this.#wake.resolve();
  }

  async #woken(): Promise<void> {
    const { signal } = this.#options;
    const aborted = () => this.#wake.resolve();
    signal?.addEventListener("abort", aborted, { once: true });
    await this.#wake.promise;
    signal?.removeEventListener("abort", aborted);
    this.#wake = Promise.withResolvers();
  }

  async #goOn(every: number): Promise<void> {
    const { onFailure = () => {} } = this.#options;
    for (;;) {
      await pause(every, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      try {
        await this.#reconcile("later");
        if (this.#state.isLong) await this.#state.compact();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        onFailure(error);
      }
    }
  }

  /** One listing at a time. */
  #reconcile(turn: "first" | "later"): Promise<void> {
    const mine = this.#reconciling.then(() => this.#listNow(turn));
    this.#reconciling = mine.catch(() => {}); // told of by whoever asked for it
    return mine;
  }

  async #listNow(turn: "first" | "later"): Promise<void> {
    const signals = [this.#stop.signal, this.#options.signal].filter((each) => each !== undefined);
    const signal = AbortSignal.any(signals);
    const isSettled = turn === "first"
      ? undefined
      : ({ lastModified }: ObjectEntry) =>
        Date.now() - (lastModified?.getTime() ?? 0) > SETTLED_AFTER_MS;
    const told = this.#state.hasBase ? "tell" : "only-learn";
    const found = this.#known.reconcile(this.#objectsNow(signal), told, isSettled);
    for await (const change of found) this.#tell(newsOfChange(this.#bucket, change));
    this.#state.markBase();
  }

  async *#objectsNow(signal: AbortSignal): AsyncGenerator<ObjectEntry> {
    const { prefix = "", suffix = "" } = this.#options;
    for await (const entry of walkPrefix(this.#store, this.#bucket, prefix, { signal })) {
      if (entry.key.endsWith(suffix)) yield entry;
    }
  }
}

/** Calls `done` at the `count`th call; at once when there is nothing to wait for. */
function countdown(count: number, done: () => void): () => void {
  if (count === 0) done();
  let left = count;
  return () => {
    if (--left === 0) done();
  };
}

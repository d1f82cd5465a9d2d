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
  readonly signal?: AbortSignal;
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
  readonly #queue: ObjectNews[];
  readonly #stop = new AbortController();
  #wake = Promise.withResolvers<void>();
  #listing: Promise<void> | undefined;
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
    this.#queue = [...state.pending.values()];
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

  /** Takes events that have arrived: on disk when this returns. */
  readonly take = (events: readonly ObjectEvent[]): "taken" | "too-many" => {
    if (this.#ending !== "no" || this.#queue.length + events.length > MOST_WAITING) {
      return "too-many";
    }
    for (const event of events.filter((each) => this.#isMine(each))) {
      const isRepeated = this.#state.recent.has(event.id) || this.#state.pending.has(event.id) ||
        this.#known.hasTold(event);
      this.#tell(newsOfEvent(event, isRepeated ? "yes" : "no"));
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
   * What happens, until it is ended. News count as told when the next are asked for: what was not told
   * to its end comes again at the next start.
   */
  async *news(): AsyncGenerator<ObjectNews, void, undefined> {
    for (;;) {
      throwIfAborted(this.#options.signal);
      if (this.#ending === "now") return;
      const next = this.#queue.shift();
      if (next !== undefined) {
        if (next.repeated !== "yes") this.#state.begin(next.id);
        yield next;
        if (next.repeated !== "yes") this.#state.finish(next.id);
      } else if (this.#ending === "drained") return;
      else await this.#woken();
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
    this.#state[Symbol.dispose]();
  }

  #isMine({ bucket, key }: ObjectEvent): boolean {
    const { prefix = "", suffix = "" } = this.#options;
    return bucket === this.#bucket && key.startsWith(prefix) && key.endsWith(suffix);
  }

  #tell(news: ObjectNews): void {
    if (news.repeated !== "yes") this.#state.addPending(news);
    this.#queue.push(news);
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
    while (await this.#paused(every)) {
      try {
        await this.#reconcile("later");
        if (this.#state.isLong) await this.#state.compact();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        onFailure(error);
      }
    }
  }

  /** Resolves to false when the listener ends meanwhile. */
  #paused(milliseconds: number): Promise<boolean> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve(!signal.aborted);
      };
      const timer = setTimeout(end, milliseconds);
      signal.addEventListener("abort", end);
      if (signal.aborted) end();
    });
  }

  async #reconcile(turn: "first" | "later"): Promise<void> {
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

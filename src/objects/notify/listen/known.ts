/**
 * What is known of the objects under an address, from events and from listings; what each says that the
 * other has not is news.
 *
 * @module
 */
import type { ObjectEntry } from "../../pages.ts";
import type { ObjectEvent } from "./event.ts";
import { Recent } from "./recent.ts";

/** An object as it was last heard of. */
export interface KnownObject {
  readonly etag: string | undefined;
  /** Of the event, or the object's time in the listing; milliseconds since 1970. */
  readonly time: number;
  /**
   * An event that a listing has not confirmed may be of another clock. What the first listing of all
   * learned nobody was told of: its event may still come.
   */
  readonly from: "event" | "listing" | "first-listing";
  /** A version of it was removed: whether the object is still there, the next listing knows. */
  readonly doubtful?: boolean;
}

/** A change that a listing shows and no event told of. */
export interface FoundChange {
  readonly kind: "created" | "removed";
  readonly key: string;
  readonly time: number;
  readonly size: number | undefined;
  readonly etag: string | undefined;
}

/** What {@link KnownObjects} begin with. */
export interface KnownOptions {
  /** What is known already; it is kept up to date. */
  readonly objects?: Map<string, KnownObject>;
  /** Told of each change, for a memory on disk; undefined: the object is gone. */
  readonly remember?: (key: string, object: KnownObject | undefined) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Changes that are remembered besides the objects, for events that come late. */
const REMEMBERED = 10_000;

/** Times of events and of listings may differ by the rounding of one of them. */
const ROUNDING_MS = 2000;

/** The objects, and what changes. */
export class KnownObjects {
  readonly #objects: Map<string, KnownObject>;
  readonly #removals = new Recent<{ time: number; from: "event" | "listing" }>(REMEMBERED);
  /** Times of what listings told of, by key and ETag. */
  readonly #found = new Recent<number>(REMEMBERED);
  readonly #remember: NonNullable<KnownOptions["remember"]>;
  readonly #now: () => number;
  /** Keys that events named since the listing began; undefined when there is none. */
  #touched: Set<string> | undefined;

  constructor({ objects = new Map(), remember = () => {}, now = Date.now }: KnownOptions = {}) {
    this.#objects = objects;
    this.#remember = remember;
    this.#now = now;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Whether a listing has already told of what the event says. */
  hasTold({ kind, key, etag, time }: ObjectEvent): boolean {
    const known = this.#objects.get(key);
    if (kind === "removed") {
      const removal = this.#removals.get(key);
      // Clocks differ: an object that is known to be older than the event was made since.
      const wasMadeSince = known !== undefined && known.time <= time;
      return removal?.from === "listing" && time <= removal.time && !wasMadeSince;
    }
    if (kind !== "created") return false;
    const confirmed = known?.from === "listing" && known.etag === etag ? known.time : undefined;
    const found = Math.max(this.#found.get(`${key}\n${etag}`) ?? -1, confirmed ?? -1);
    return found >= 0 && time <= found + ROUNDING_MS;
  }

  /** Takes note of an event; one that is older than what is known changes nothing. */
  take({ kind, key, etag, time, versionId, name }: ObjectEvent): void {
    this.#touched?.add(key);
    const known = this.#objects.get(key);
    if (kind === "other" || (known !== undefined && known.time > time)) return;
    const removal = this.#removals.get(key);
    if (kind === "created") {
      const isLate = removal?.from === "event" && removal.time > time;
      if (!isLate) this.#set(key, { etag, time, from: "event" });
      return;
    }
    const isOfVersion = versionId !== undefined && !name.endsWith("MarkerCreated");
    if (isOfVersion) {
      if (known !== undefined) this.#set(key, { ...known, doubtful: true });
      return;
    }
    this.#removals.set(key, { time, from: "event" });
    if (known !== undefined) this.#set(key, undefined);
  }

  /**
   * Compares a whole listing with what is known, and takes it over.
   *
   * @param told whether what is new is news; the first listing of all is not
   * @param isSettled whether an object may be told of already: an event of a young one may be under way
   */
  async *reconcile(
    listing: AsyncIterable<ObjectEntry>,
    told: "tell" | "only-learn",
    isSettled: (object: ObjectEntry) => boolean = () => true,
  ): AsyncGenerator<FoundChange> {
    const touched = this.#touched = new Set();
    const missing = new Set(this.#objects.keys());
    try {
      for await (const entry of listing) {
        missing.delete(entry.key);
        if (touched.has(entry.key)) continue;
        const change = this.#compare(entry, isSettled);
        if (change === undefined) continue;
        const { etag, time } = change;
        if (told === "tell") {
          this.#found.set(`${entry.key}\n${etag}`, time);
          yield change;
        }
        const from = told === "tell" ? "listing" : "first-listing";
        if (!touched.has(entry.key)) this.#set(entry.key, { etag, time, from });
      }
      for (const key of missing) {
        if (touched.has(key)) continue;
        const { doubtful, etag } = this.#objects.get(key)!;
        const time = this.#now();
        if (!doubtful && told === "tell") {
          yield { kind: "removed", key, time, size: undefined, etag };
        }
        if (touched.has(key)) continue;
        if (!doubtful) this.#removals.set(key, { time, from: "listing" });
        this.#set(key, undefined);
      }
    } finally {
      this.#touched = undefined;
    }
  }

  #compare(
    entry: ObjectEntry,
    isSettled: (object: ObjectEntry) => boolean,
  ): FoundChange | undefined {
    const { key, etag, size } = entry;
    const time = entry.lastModified?.getTime() ?? 0;
    const known = this.#objects.get(key);
    const isSame = known !== undefined && (known.etag ?? etag) === etag &&
      (known.from === "event" ? time <= known.time + ROUNDING_MS : time === known.time);
    if (isSame) {
      if (known.from === "event" || known.doubtful) this.#set(key, { etag, time, from: "listing" });
      return undefined;
    }
    // Told by an event that the listing is older than, or too young to be told.
    if (known !== undefined && known.from === "event" && known.time > time + ROUNDING_MS) {
      return undefined;
    }
    return isSettled(entry) ? { kind: "created", key, time, size, etag } : undefined;
  }

  #set(key: string, object: KnownObject | undefined): void {
    if (object === undefined) this.#objects.delete(key);
    else this.#objects.set(key, object);
    this.#remember(key, object);
  }
}

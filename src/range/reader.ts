/**
 * The reading core: puts the layers together and opens objects. See `layers.md` for their order.
 *
 * @module
 */
import { throwIfAborted } from "../errors.ts";
import type { Store } from "../store/store.ts";
import type { S3Location } from "../store/uri.ts";
import { knownRegion } from "../store/region.ts";
import { addressOf } from "./address.ts";
import type { BlockCache, ObjectFacts, ObjectPlace, ObjectState } from "./block_cache.ts";
import { type Clock, type Random, systemClock } from "./clock.ts";
import { ReadCounter } from "./counts.ts";
import { FlightRegistry } from "./flight_registry.ts";
import { Hosts } from "./hosts.ts";
import { type Fetch, HttpClients } from "./http_client.ts";
import type { RemoteObject } from "./layer.ts";
import { NO_CACHE } from "./no_cache.ts";
import { NO_NETWORK } from "./no_network.ts";
import { ObjectReader } from "./object_reader.ts";
import { type Opened, type OpeningPart, openObject, tailLength } from "./open.ts";
import { principalOf, serviceOf } from "./principal.ts";
import { makeSend } from "./send.ts";
import { DEFAULT_SETTINGS, type ReadSettings } from "./settings.ts";
import { SharedWork } from "./shared_work.ts";
import type { LendingSource } from "./source.ts";
import { StreamBudget } from "./stream.ts";
import { partCache } from "./part_cache.ts";
import { verifying } from "./verify.ts";

/** What a reader is made of; all of it has a default. */
export interface RangeReaderOptions {
  readonly cache?: BlockCache;
  readonly settings?: Partial<ReadSettings>;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly fetch?: Fetch;
  /** `none`: what the cache knows and has is read without a request, all else is an error. */
  readonly network?: "none";
}

/** How to open an object. */
export interface OpenOptions {
  readonly signal?: AbortSignal;
  readonly versionId?: string;
  /** Bytes of the object's end that come with the opening; by default after {@link OpenOptions.size}. */
  readonly tail?: number;
  /** Bytes of its start that come in place of its end. */
  readonly start?: number;
  /** Bytes of the object, where they are known. */
  readonly size?: number;
  /** Counts the opening, and the reads that name no counter of their own. */
  readonly counter?: ReadCounter;
  /** `immutable`: what the cache knows of the object is believed without asking the service. */
  readonly trust?: "immutable";
}

/** An object as a listing shows it. */
export interface ListedObject {
  /** Bytes. */
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string | undefined;
  readonly lastModified?: Date;
}

/**
 * Connections that are opened ahead of need. Over TLS with round trips of 30 ms (100) the first query of a
 * file of 3 MB took 330 ms (960) without and 296 (797) with them, one of a listing 392 and 310.
 */
const PREPARED = 8;
/**
 * Reads objects of any store. One a process is right: limits, measurements, connections and the requests
 * under way are shared by all that read through it. {@link RangeReader.close} frees its connections.
 */
export class RangeReader implements Disposable {
  /** Counts everything. */
  readonly counter: ReadCounter = new ReadCounter();
  readonly #settings: ReadSettings;
  readonly #clients: HttpClients;
  readonly #network: "none" | undefined;
  readonly #mayPrepare: boolean;
  readonly #cache: BlockCache;
  readonly #streamBudget: StreamBudget;
  readonly #hosts: Hosts;
  readonly #opening = new SharedWork<Opened>();
  readonly #flights: FlightRegistry;

  constructor(options: RangeReaderOptions = {}) {
    this.#settings = { ...DEFAULT_SETTINGS, ...options.settings };
    this.#cache = options.cache ?? NO_CACHE;
    this.#clients = new HttpClients(this.#settings.requestsMost);
    this.#streamBudget = new StreamBudget(this.#settings.streamBudget);
    this.#network = options.network;
    this.#mayPrepare = options.network !== "none" && options.fetch === undefined;
    const { clock = systemClock, random = Math.random, fetch } = options;
    const send = makeSend({ fetch, clients: this.#clients, clock });
    const verified = options.network === "none"
      ? NO_NETWORK
      : verifying(send, clock, this.#settings);
    this.#hosts = new Hosts(verified, { clock, random, settings: this.#settings });
    this.#flights = new FlightRegistry(this.#hosts, this.#cache);
  }

  /** A counter of one piece of work, such as a query; {@link RangeReader.counter} has its counts too. */
  newCounter(): ReadCounter {
    return new ReadCounter(this.counter);
  }

  /**
   * Opens an object in one round trip, which brings its tail as well. With a cache that knows the object
   * the round trip brings no bytes while it is unchanged.
   *
   * @throws {NotFoundError} when there is no such object
   * @throws {PermissionError | CredentialsError | ConnectionError} as the service refuses
   */
  async open(
    store: Store,
    location: S3Location,
    options: OpenOptions = {},
  ): Promise<LendingSource> {
    const { signal } = options;
    throwIfAborted(signal);
    const target = targetOf(store, location, options.versionId);
    const place = await this.#placeOf(target, signal);
    const counter = options.counter ?? this.counter;
    const known = await this.#cache.recall(place);
    throwIfAborted(signal);
    const isTrusted = options.trust === "immutable" || isFixed(target.versionId) ||
      this.#network === "none";
    if (known !== undefined && isTrusted) {
      return this.#source(target, place, known, counter);
    }
    const part = openingPart(options, known?.size);
    const opened = await this.#opening.run(
      JSON.stringify([place, part]),
      (shared) => this.#openNow(target, place, { part, known, counter }, shared),
      signal,
    );
    return this.#source(target, place, opened, counter);
  }

  /**
   * An object that a listing has shown: no request at all. Its reads fail with an
   * {@link ObjectChangedError} when it is another one by now. Without an ETag in the listing it has to be
   * opened.
   */
  async openListed(
    store: Store,
    location: S3Location,
    listed: ListedObject,
    options: OpenOptions = {},
  ): Promise<LendingSource> {
    const { size, etag, lastModified } = listed;
    if (etag === undefined) return await this.open(store, location, { ...options, size });
    const target = targetOf(store, location, undefined);
    const place = await this.#placeOf(target, options.signal);
    const known = await this.#cache.recall(place);
    const contentType = known?.etag === etag ? known.contentType : undefined;
    const opened = { size, etag, lastModified, contentType, part: undefined };
    this.#cache.remember(place, opened);
    return this.#source(target, place, opened, options.counter ?? this.counter);
  }

  /** Requests to the store's host: under way, waiting, and how many may be under way. */
  load(
    store: Store,
  ): { readonly underWay: number; readonly waiting: number; readonly limit: number } {
    const { underWay, waiting, limit } = this.#hosts.limiterOf(store);
    return { underWay, waiting, limit };
  }

  /**
   * Many reads of objects like this one come soon: opens connections to its service while the first is
   * under way, where there are none yet.
   */
  prepare(store: Store, location: S3Location): void {
    if (!this.#mayPrepare) return;
    const { origin } = addressOf(store, location, undefined, knownRegion(store, location.bucket));
    const { limit } = this.#hosts.limiterOf(store);
    this.#clients.prepare(store, origin, Math.min(PREPARED, limit));
  }

  /** Resolves when the cache has written what it was handed. */
  async settled(): Promise<void> {
    await this.#cache.settled();
  }

  /** Closes the connections; reads under way fail. */
  close(): void {
    this.#clients.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #openNow(
    target: RemoteObject,
    place: ObjectPlace,
    want: { part: OpeningPart; known: ObjectFacts | undefined; counter: ReadCounter },
    signal: AbortSignal,
  ): Promise<Opened> {
    const opened = await openObject(this.#hosts.limited(target.store, want.part.bytes), {
      target,
      ...want,
    }, signal);
    const { etag, size, part } = opened;
    if (etag !== undefined) this.#cache.remember(place, { ...opened, etag });
    if (part !== undefined && part.length > 0) {
      const kind = want.part.end === "last" ? "index" : "bulk";
      this.#cache.keep({ ...place, etag, size }, part.offset, part.chunks, kind);
    }
    return opened;
  }

  #source(
    target: RemoteObject,
    place: ObjectPlace,
    opened: Opened | ObjectFacts,
    counter: ReadCounter,
  ) {
    const { etag, size, lastModified, contentType } = opened;
    const part = "part" in opened ? opened.part : undefined;
    const state: ObjectState = { ...place, etag, size };
    return new ObjectReader({
      target,
      state,
      lastModified,
      contentType,
      counter,
      cache: this.#cache === NO_CACHE && part !== undefined ? partCache(part) : this.#cache,
      flights: this.#flights.of(target.store, state),
      settings: this.#settings,
      streamBudget: this.#streamBudget,
      gap: () => this.#hosts.gapOf(target.store),
      partSize: () => this.#hosts.partSizeOf(target.store),
    });
  }

  async #placeOf(target: RemoteObject, signal: AbortSignal | undefined): Promise<ObjectPlace> {
    const { store, bucket, key, versionId } = target;
    return {
      store: serviceOf(store),
      principal: await principalOf(store, signal),
      bucket,
      key,
      versionId,
    };
  }
}

/** Whether a version never changes: `null` names what was written while none were kept. */
function isFixed(versionId: string | undefined): boolean {
  return versionId !== undefined && versionId !== "null";
}

function openingPart({ start, tail, size }: OpenOptions, known: number | undefined): OpeningPart {
  if (start !== undefined) return { end: "first", bytes: start };
  return { end: "last", bytes: tail ?? tailLength(size ?? known) };
}

function targetOf(
  store: Store,
  { bucket, key }: S3Location,
  versionId: string | undefined,
): RemoteObject {
  return { store, bucket, key, versionId };
}

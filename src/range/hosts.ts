/**
 * What is kept per host of a service: the measured line, the limit of requests, and the layers from the
 * limiter down, put together.
 *
 * @module
 */
import type { Store } from "../store/store.ts";
import { hostOf } from "./address.ts";
import type { Clock, Random } from "./clock.ts";
import { HedgeBudget, hedging } from "./hedge.ts";
import type { Layer } from "./layer.ts";
import { Limiter, type Place } from "./limiter.ts";
import { Line } from "./line.ts";
import { retrying } from "./retry.ts";
import type { ReadSettings } from "./settings.ts";

interface Host {
  readonly line: Line;
  readonly limiter: Limiter;
  readonly fetch: Layer;
}

/** Requests under way from which on large reads are cut into fewer parts, so many times as large. */
const MANY = 16;
const MANY_TIMES_PART = 4;
/** Bytes between two reads that are fetched along, whatever the line. */
const LEAST_GAP = 16 * 1024;
const MOST_GAP = 256 * 1024;

/** The hosts that one reader reads from. */
export class Hosts {
  readonly #verified: Layer;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #settings: ReadSettings;
  readonly #hosts = new Map<string, Host>();

  /** @param verified the layers from {@link verifying} down */
  constructor(
    verified: Layer,
    { clock, random, settings }: {
      readonly clock: Clock;
      readonly random: Random;
      readonly settings: ReadSettings;
    },
  ) {
    this.#verified = verified;
    this.#clock = clock;
    this.#random = random;
    this.#settings = settings;
  }

  /** The limit of requests to the host of `store`. */
  limiterOf(store: Store): Limiter {
    return this.#hostOf(store).limiter;
  }

  /** Bytes between two reads that are fetched along, as the line is now. */
  gapOf(store: Store): number {
    return this.#settings.coalesceGap ?? this.#hostOf(store).line.gap(LEAST_GAP, MOST_GAP);
  }

  /**
   * Bytes of the parts of a large read. Where many requests run side by side already, more of them cost
   * and bring nothing.
   */
  partSizeOf(store: Store): number {
    const { partSize } = this.#settings;
    const { underWay, waiting } = this.limiterOf(store);
    return underWay + waiting < MANY ? partSize : MANY_TIMES_PART * partSize;
  }

  /** The layers from the limiter down, for requests of about `bytes`. */
  limited(store: Store, bytes: number): Layer {
    return (job, range, sink, signal) =>
      this.throughLimiter(
        store,
        { priority: "foreground", bytes },
        (fetch, onThrottled) => fetch({ ...job, onThrottled }, range, sink, signal),
        signal,
      );
  }

  /** Calls `work` with the layers below the limiter, when there is a place; it holds the place to its end. */
  async throughLimiter(
    store: Store,
    place: Place,
    work: (fetch: Layer, onThrottled: () => void) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { limiter, fetch } = this.#hostOf(store);
    await limiter.enter(place, signal);
    let isGood = false;
    try {
      await work(fetch, () => limiter.throttled());
      isGood = true;
    } finally {
      if (isGood) limiter.received(place.bytes);
      limiter.leave(place, isGood);
    }
  }

  #hostOf(store: Store): Host {
    const name = hostOf(store);
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const { requestsStart: start, requestsMost: most, hedgeShare } = this.#settings;
    const line = new Line();
    const host: Host = {
      line,
      limiter: new Limiter(this.#clock, { start, most }),
      fetch: hedging(
        retrying(this.#verified, {
          clock: this.#clock,
          random: this.#random,
          settings: this.#settings,
        }),
        { clock: this.#clock, line, budget: new HedgeBudget(hedgeShare) },
      ),
    };
    this.#hosts.set(name, host);
    return host;
  }
}

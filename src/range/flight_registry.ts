/**
 * The requests under way of each object's state.
 *
 * @module
 */
import type { Store } from "../store/store.ts";
import type { BlockCache, Expected, ObjectState } from "./block_cache.ts";
import type { Hosts } from "./hosts.ts";
import { Flights } from "./share.ts";

/** Finds the requests under way. */
export class FlightRegistry {
  readonly #hosts: Hosts;
  readonly #cache: BlockCache;
  readonly #flights = new Map<string, WeakRef<Flights>>();
  readonly #forgetFlights = new FinalizationRegistry<string>((name) => {
    if (this.#flights.get(name)?.deref() === undefined) this.#flights.delete(name);
  });

  /** @param cache takes what they bring */
  constructor(hosts: Hosts, cache: BlockCache) {
    this.#hosts = hosts;
    this.#cache = cache;
  }

  /** The same for all sources of one state, as long as any of them lives. */
  of(store: Store, state: ObjectState): Flights {
    const name = JSON.stringify(state);
    const existing = this.#flights.get(name)?.deref();
    if (existing !== undefined) return existing;
    const flights = new Flights(
      (job, extent, place, sink, signal) =>
        this.#roomFor(extent.length, signal, () =>
          this.#hosts.throughLimiter(
            store,
            place,
            (fetch, onThrottled) => {
              const isAhead = () => place.priority === "ahead";
              return fetch({ ...job, onThrottled, isAhead }, extent, sink, signal);
            },
            signal,
          )),
      (place) => this.#hosts.limiterOf(store).raise(place),
      (flight, kind) => this.#cache.keep(state, flight.offset, flight.chunks, kind),
    );
    this.#flights.set(name, new WeakRef(flights));
    this.#forgetFlights.register(flights, name);
    return flights;
  }

  /** Begins `work`, which brings so many bytes, when the cache can take them. */
  async #roomFor(bytes: number, signal: AbortSignal, work: () => Promise<void>): Promise<Expected> {
    const expecting = this.#cache.expect?.(bytes, signal) ?? (() => {});
    const come = expecting instanceof Promise ? await expecting : expecting;
    try {
      await work();
      return come;
    } catch (error) {
      come();
      throw error;
    }
  }
}

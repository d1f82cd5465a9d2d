/**
 * The layer that shares work under way: who wants bytes that a request is fetching takes them from it.
 * A request ends when nobody wants it any more; one that failed is forgotten.
 *
 * @module
 */
import type { BlockClass, Expected } from "./block_cache.ts";
import { Flight } from "./flight.ts";
import type { Job, Sink } from "./layer.ts";
import type { Place } from "./limiter.ts";
import { bounded, type Extent } from "./range.ts";
import type { Priority } from "./source.ts";

/**
 * Fetches an extent: the layers below, put together, with the limiter at their top. Resolves to what is to
 * be called when the cache has been handed the bytes.
 */
export type FetchExtent = (
  job: Job,
  extent: ReturnType<typeof bounded>,
  place: Place,
  sink: Sink,
  signal: AbortSignal,
) => Promise<Expected>;

/** A request of one object, and how urgent it is. */
interface UnderWay {
  readonly flight: Flight;
  readonly place: Place;
}

/** How a request is made. */
export interface FlightInit {
  readonly job: Job;
  readonly extent: Extent;
  readonly priority: Priority;
  readonly kind: BlockClass;
}

/** The requests under way for one state of one object. */
export class Flights {
  readonly #fetch: FetchExtent;
  readonly #raise: (place: Place) => void;
  readonly #keep: (flight: Flight, kind: BlockClass) => void;
  #underWay: UnderWay[] = [];

  /** @param keep takes the bytes of a request that has come to its end */
  constructor(
    fetch: FetchExtent,
    raise: (place: Place) => void,
    keep: (flight: Flight, kind: BlockClass) => void,
  ) {
    this.#fetch = fetch;
    this.#raise = raise;
    this.#keep = keep;
  }

  /** What is under way now. */
  get all(): readonly Flight[] {
    return this.#underWay.map(({ flight }) => flight);
  }

  /** Somebody waits for `flight`. */
  raise(flight: Flight): void {
    const found = this.#underWay.find((each) => each.flight === flight);
    if (found !== undefined) this.#raise(found.place);
  }

  /** Asks for `extent`. Whoever calls takes a lease at once. */
  start({ job, extent, priority, kind }: FlightInit): Flight {
    const controller = new AbortController();
    const flight = new Flight(extent, () => {
      this.#forget(flight);
      controller.abort();
    });
    const place: Place = { priority, bytes: extent.length };
    this.#underWay.push({ flight, place });
    const sink: Sink = { head: () => {}, chunk: (bytes) => flight.push(bytes) };
    const { offset, length } = extent;
    this.#fetch(job, bounded(offset, length), place, sink, controller.signal).then(
      (come) => {
        this.#forget(flight);
        this.#keep(flight, kind);
        flight.kept();
        come();
      },
      (error) => {
        this.#forget(flight);
        flight.fail(error);
      },
    );
    return flight;
  }

  #forget(flight: Flight): void {
    this.#underWay = this.#underWay.filter((each) => each.flight !== flight);
  }
}

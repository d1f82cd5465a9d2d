/**
 * The layer that says how many requests to a host are under way: as many as the service bears (additive
 * increase while its answers come no later, multiplicative decrease when it asks for fewer) and as many
 * bytes as the line carries in about two seconds. Who waits for bytes goes before read-ahead.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5681 additive increase, multiplicative decrease
 * @module
 */
import { cancelled, throwIfAborted } from "../errors.ts";
import type { Clock } from "./clock.ts";
import type { Priority } from "./source.ts";

/** Milliseconds of the line's capacity that may be asked for at once. */
const LINE_DEPTH = 2_000;

/** Bytes under way that are always allowed, and the most. */
const LEAST_BYTES = 8 * 1024 * 1024;
const MOST_BYTES = 256 * 1024 * 1024;

/** Requests for no more bytes than this do not wait for the line, nor behind others that do. */
const SMALL = 64 * 1024;

/** Milliseconds in which the line's rate is measured, and for which the best rate counts. */
const RATE_PERIOD = 250;
const RATE_MEMORY = 10_000;

/** So many times the quickest small request, and so many milliseconds more: the service keeps up. */
const FLAT_FACTOR = 3;
const FLAT_MORE = 20;

/** The quickest of late counts: by so much a request it is forgotten. */
const FORGET = 1.01;

/** One wave of refusals counts once: milliseconds. */
const COOL_DOWN = 500;

/** Read-ahead leaves this part of the places free. */
const RESERVED = 0.25;

/** Waiting requests that are looked through for one that fits the line. */
const LOOK_AHEAD = 8;

/** A request that wants a place; whoever made it may raise its priority with {@link Limiter.raise}. */
export interface Place {
  priority: Priority;
  readonly bytes: number;
  /** When it was given: the limiter's own note. */
  since?: number;
}

interface Waiter {
  readonly place: Place;
  readonly grant: () => void;
}

/** Places for requests to one host. */
export class Limiter {
  readonly #clock: Clock;
  readonly #least = 2;
  readonly #most: number;
  readonly #queues: Record<Priority, Set<Waiter>> = { foreground: new Set(), ahead: new Set() };
  #limit: number;
  #underWay = 0;
  #bytesUnderWay = 0;
  #lastDecrease = -Infinity;
  /** The service has shown what it bears; until then the limit doubles while requests wait. */
  #isKnown = false;
  /** Milliseconds of the quickest small request. */
  #quickest = Infinity;
  #periodStart = -Infinity;
  #periodBytes = 0;
  #wasFull = false;
  #rates: { readonly at: number; readonly rate: number }[] = [];

  constructor(clock: Clock, { start, most }: { start: number; most: number }) {
    this.#clock = clock;
    this.#limit = start;
    this.#most = most;
  }

  /** Requests that may be under way now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** Requests that are. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#queues.foreground.size + this.#queues.ahead.size;
  }

  /**
   * Resolves when there is a place; {@link Limiter.leave} must follow.
   *
   * @throws {CancelledError} when `signal` is aborted before
   */
  async enter(place: Place, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const mayPass = place.bytes <= SMALL || this.#queues[place.priority].size === 0;
    if (mayPass && this.#fits(place)) return this.#take(place);
    this.#wasFull = true;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = {
      place,
      grant: () => {
        signal.removeEventListener("abort", abort);
        resolve();
      },
    };
    const abort = () => {
      this.#queues.foreground.delete(waiter);
      this.#queues.ahead.delete(waiter);
      reject(cancelled(signal));
      this.#admit();
    };
    signal.addEventListener("abort", abort, { once: true });
    this.#queues[place.priority].add(waiter);
    await promise;
  }

  /** A request is over; `isGood` when it brought what it should. */
  leave(place: Place, isGood: boolean): void {
    this.#underWay--;
    this.#bytesUnderWay -= place.bytes;
    if (isGood) this.#grow(place);
    this.#admit();
  }

  #grow({ bytes, since }: Place): void {
    const { waiting } = this;
    if (bytes <= SMALL && since !== undefined) {
      const elapsed = this.#clock.now() - since;
      this.#quickest = Math.min(this.#quickest * FORGET, elapsed);
      // It answers more slowly with so many under way: more would only wait there.
      if (elapsed > this.#quickest * FLAT_FACTOR + FLAT_MORE) return;
    }
    if (!this.#isKnown && waiting === 0) return;
    this.#limit = Math.min(this.#most, this.#limit + (this.#isKnown ? 1 / this.#limit : 1));
  }

  /** The service asked for fewer requests. */
  throttled(): void {
    const now = this.#clock.now();
    if (now - this.#lastDecrease < COOL_DOWN) return;
    this.#lastDecrease = now;
    this.#isKnown = true;
    this.#limit = Math.max(this.#least, Math.min(this.#limit, this.#underWay) * 0.5);
  }

  /** Somebody waits for these bytes now. */
  raise(place: Place): void {
    if (place.priority === "foreground") return;
    for (const waiter of this.#queues.ahead) {
      if (waiter.place !== place) continue;
      this.#queues.ahead.delete(waiter);
      this.#queues.foreground.add(waiter);
    }
    place.priority = "foreground";
    this.#admit();
  }

  /** Bytes have come. */
  received(bytes: number): void {
    const now = this.#clock.now();
    const elapsed = now - this.#periodStart;
    if (elapsed >= RATE_PERIOD) {
      // What was asked for at leisure says nothing about what the line can carry.
      if (this.#wasFull && elapsed < RATE_PERIOD * 4) {
        const rate = this.#periodBytes / elapsed;
        this.#rates = this.#rates.filter((each) => now - each.at < RATE_MEMORY && each.rate > rate);
        this.#rates.push({ at: now, rate });
      }
      this.#periodStart = now;
      this.#periodBytes = 0;
      this.#wasFull = this.waiting > 0;
    }
    this.#periodBytes += bytes;
  }

  /** Bytes that may be under way now. */
  get byteLimit(): number {
    const best = this.#rates[0];
    if (best === undefined) return MOST_BYTES / 2;
    return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, best.rate * LINE_DEPTH));
  }

  #fits({ priority, bytes }: Place): boolean {
    if (this.#underWay === 0) return true;
    const places = priority === "ahead"
      ? Math.max(1, Math.floor(this.#limit * (1 - RESERVED)))
      : Math.floor(this.#limit);
    return this.#underWay < places &&
      (bytes <= SMALL || this.#bytesUnderWay + bytes <= this.byteLimit);
  }

  #take(place: Place): void {
    place.since = this.#clock.now();
    this.#underWay++;
    this.#bytesUnderWay += place.bytes;
  }

  #admit(): void {
    for (const queue of [this.#queues.foreground, this.#queues.ahead]) {
      let looked = 0;
      for (const waiter of queue) {
        if (this.#fits(waiter.place)) {
          queue.delete(waiter);
          this.#take(waiter.place);
          waiter.grant();
        } else if (++looked >= LOOK_AHEAD) break;
      }
      if (queue.size > 0) this.#wasFull = true;
    }
  }
}

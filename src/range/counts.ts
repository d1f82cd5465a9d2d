/**
 * What reading cost, at both sides: what was asked for, and what travelled.
 *
 * @module
 */

/** Counts of one reader, one query or a whole process. Bytes are bytes of bodies. */
export interface ReadCounts {
  /** Bytes that callers asked for; what one read asks for twice counts once. */
  readonly asked: number;
  /** Of these, bytes that a cache in memory had. */
  readonly fromMemory: number;
  /** Of these, bytes that a cache on disk had. */
  readonly fromDisk: number;
  /** Of these, bytes that another reader's request was already fetching. */
  readonly shared: number;
  /**
   * Bytes received from the service, asked for or not. Of an answer that is given up, those that had come
   * to this process: what lies in the system's buffers then is in no count.
   */
  readonly fromWire: number;
  /** Of these, bytes that nobody was given: of the slower of two requests, or of an answer given up. */
  readonly discarded: number;
  /** GET requests sent, with retries and hedges. */
  readonly requests: number;
  /** HEAD requests sent. */
  readonly heads: number;
  /** Requests sent again after a failure. */
  readonly retries: number;
  /** Second requests for what was late. */
  readonly hedges: number;
  /** Objects opened. */
  readonly objects: number;
  /** Seconds in which at least one request was under way. */
  readonly wireSeconds: number;
}

/** What is counted by adding; `wireSeconds` follows from the requests. */
type Countable = Exclude<keyof ReadCounts, "wireSeconds">;

/** Counts, and hands every count on to a parent. */
export class ReadCounter {
  readonly #parent: ReadCounter | undefined;
  readonly #counts: Record<Countable, number> = {
    asked: 0,
    fromMemory: 0,
    fromDisk: 0,
    shared: 0,
    fromWire: 0,
    discarded: 0,
    requests: 0,
    heads: 0,
    retries: 0,
    hedges: 0,
    objects: 0,
  };
  #underWay = 0;
  #since = 0;
  #busy = 0;

  constructor(parent?: ReadCounter) {
    this.#parent = parent;
  }

  /** Adds `amount` to `what`, here and in every parent. */
  add(what: Countable, amount: number): void {
    this.#counts[what] += amount;
    this.#parent?.add(what, amount);
  }

  /** A request starts at `now`, in milliseconds of any steady clock. */
  began(now: number): void {
    if (this.#underWay++ === 0) this.#since = now;
    this.#parent?.began(now);
  }

  /** A request has ended at `now`. */
  ended(now: number): void {
    if (--this.#underWay === 0) this.#busy += now - this.#since;
    this.#parent?.ended(now);
  }

  /** The counts so far. */
  snapshot(): ReadCounts {
    return { ...this.#counts, wireSeconds: this.#busy / 1000 };
  }
}

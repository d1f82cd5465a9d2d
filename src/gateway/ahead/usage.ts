/**
 * What was fetched ahead, and what of it was asked for afterwards.
 *
 * @module
 */
import { ReadCounter } from "../../range/counts.ts";
import { endOf, type Extent, intersect } from "../../range/range.ts";

/** Bytes that were fetched before anybody asked for them. */
export interface AheadCounts {
  /** Received from the stores. */
  readonly fetched: number;
  /** Of these, bytes that the client asked for afterwards. */
  readonly used: number;
}

/** Counts what travels for reads that nobody has asked for; what is asked for is counted when it is. */
class AheadCounter extends ReadCounter {
  readonly #account: ReadCounter;

  constructor(account: ReadCounter) {
    super();
    this.#account = account;
  }

  override add(what: Parameters<ReadCounter["add"]>[0], amount: number): void {
    super.add(what, amount);
    const isAsked = what === "asked" || what === "shared" || what === "fromMemory" ||
      what === "fromDisk";
    if (!isAsked) this.#account.add(what, amount);
  }

  override began(now: number): void {
    super.began(now);
    this.#account.began(now);
  }

  override ended(now: number): void {
    super.ended(now);
    this.#account.ended(now);
  }
}

/** One read ahead. */
export interface AheadRead extends Extent {
  readonly name: string;
  /** For the read's requests. */
  readonly counter: ReadCounter;
  readonly wire: () => number;
  /** What nobody has asked for yet: ascending, disjoint. */
  unread: readonly Extent[];
  used: number;
  isOver: boolean;
}

/** The reads ahead of one client. */
export class AheadUsage {
  readonly #account: ReadCounter;
  readonly #reads = new Map<string, Set<AheadRead>>();
  #unread = 0;
  #heldUsed = 0;
  #fetched = 0;
  #used = 0;

  /** @param account of the client, which pays for what travels */
  constructor(account: ReadCounter) {
    this.#account = account;
  }

  /** Bytes that were fetched, or are being, and that nobody has asked for yet. */
  get unread(): number {
    return this.#unread;
  }

  /** Of the bytes that were used, those that had come before they were asked for. */
  get heldUsed(): number {
    return this.#heldUsed;
  }

  get counts(): AheadCounts {
    let [fetched, used] = [this.#fetched, this.#used];
    for (const reads of this.#reads.values()) {
      for (const read of reads) {
        fetched += read.wire();
        used += Math.min(read.used, read.wire());
      }
    }
    return { fetched, used };
  }

  /** A read of `extent` of the object `name` begins. */
  began(name: string, { offset, length }: Extent): AheadRead {
    const counter = new AheadCounter(this.#account);
    const wire = () => counter.snapshot().fromWire;
    const unread = [{ offset, length }];
    const read: AheadRead = {
      name,
      offset,
      length,
      counter,
      wire,
      unread,
      used: 0,
      isOver: false,
    };
    const reads = this.#reads.get(name) ?? new Set();
    this.#reads.set(name, reads.add(read));
    this.#unread += length;
    return read;
  }

  /** The client asks for `extent`. */
  asked(name: string, extent: Extent): void {
    for (const read of this.#reads.get(name) ?? []) {
      if (read.offset >= endOf(extent) || endOf(read) <= extent.offset) continue;
      let found = 0;
      read.unread = read.unread.flatMap((piece) => {
        const taken = intersect(piece, extent);
        if (taken === undefined) return piece;
        found += taken.length;
        return [
          { offset: piece.offset, length: taken.offset - piece.offset },
          { offset: endOf(taken), length: endOf(piece) - endOf(taken) },
        ].filter(({ length }) => length > 0);
      });
      read.used += found;
      this.#unread -= found;
      if (read.isOver) this.#heldUsed += Math.min(found, read.wire());
      if (read.isOver && read.unread.length === 0) this.#settle(read);
    }
  }

  /** The read is over, well or not; what it has not brought is not waited for. */
  ended(read: AheadRead, isGood: boolean): void {
    read.isOver = true;
    if (!isGood || read.unread.length === 0) this.#settle(read);
  }

  /** What is unread stays so: another statement begins. */
  clear(): void {
    for (const reads of this.#reads.values()) for (const read of reads) this.#settle(read);
    this.#reads.clear();
    this.#unread = 0;
  }

  #settle(read: AheadRead): void {
    const reads = this.#reads.get(read.name);
    if (reads?.delete(read) !== true) return;
    if (reads.size === 0) this.#reads.delete(read.name);
    this.#unread -= read.unread.reduce((sum, { length }) => sum + length, 0);
    this.#fetched += read.wire();
    this.#used += Math.min(read.used, read.wire());
  }
}

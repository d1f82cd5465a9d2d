/**
 * A request under way whose bytes any number of readers take while they arrive.
 *
 * @module
 */
import { InternalError } from "../errors.ts";
import type { Chunks } from "./block_cache.ts";
import { letGoAll } from "./buffers.ts";
import { endOf, type Extent } from "./range.ts";
import { sliceChunks } from "./source.ts";

/** Bytes on their way: filled from one side, read from the other by whoever holds a lease. */
export class Flight implements Extent {
  readonly offset: number;
  readonly length: number;
  #chunks: Uint8Array[] = [];
  readonly #abandon: () => void;
  #received = 0;
  #leases = 0;
  #failure: { readonly error: unknown } | undefined;
  #progress: PromiseWithResolvers<void> | undefined;
  /** Whether the cache has been handed the bytes. */
  #isKept = false;
  /** Whether bytes were given to somebody who does not say when they are done with. */
  #isGivenAway = false;

  /** @param abandon called when the last lease is given back before all bytes are there */
  constructor({ offset, length }: Extent, abandon: () => void) {
    this.offset = offset;
    this.length = length;
    this.#abandon = abandon;
  }

  /** What has arrived so far. */
  get chunks(): Chunks {
    return this.#chunks;
  }

  get isComplete(): boolean {
    return this.#received === this.length;
  }

  /** Takes bytes as they arrive, held for the flight. */
  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#received += bytes.byteLength;
    this.#wake();
  }

  /** The request has failed for good: all who wait for bytes that have not come are told. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#wake();
  }

  /** Keeps the request going until the function returned is called. */
  lease(): () => void {
    this.#leases++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#leases > 0 || this.#failure !== undefined) return;
      if (this.isComplete) this.#free();
      else this.#abandon();
    };
  }

  /** The cache holds what it wants of the bytes, and nobody finds the flight any more. */
  kept(): void {
    this.#isKept = true;
    this.#free();
  }

  /** Bytes go to somebody who may look at them for ever. */
  giveAway(): void {
    this.#isGivenAway = true;
  }

  #free(): void {
    if (this.#leases > 0 || !this.#isKept || this.#isGivenAway) return;
    // The array itself may be what the cache keeps.
    const chunks = this.#chunks;
    this.#chunks = [];
    letGoAll(chunks);
  }

  /** Resolves when all bytes before `position` (in the object) are there. */
  async upTo(position: number): Promise<void> {
    while (this.offset + this.#received < position) await this.#next();
  }

  /** The bytes of `extent`, which must have arrived, as views: they are given away. */
  slice({ offset, length }: Extent): Uint8Array[] {
    this.giveAway();
    const start = offset - this.offset;
    if (start < 0 || start + length > this.#received) {
      throw new InternalError("bytes were taken before they had come");
    }
    return sliceChunks(this.#chunks, start, start + length);
  }

  /** Takes the bytes of `extent` while they arrive. */
  cursor(extent: Extent): Cursor {
    return new Cursor(this, extent.offset - this.offset, endOf(extent) - this.offset);
  }

  /** Resolves when there is more than there is now. */
  async more(): Promise<void> {
    await this.#next();
  }

  async #next(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#progress ??= Promise.withResolvers();
    await this.#progress.promise;
  }

  #wake(): void {
    this.#progress?.resolve();
    this.#progress = undefined;
  }
}

/** A place in a flight's bytes. */
export class Cursor {
  readonly #flight: Flight;
  readonly #start: number;
  readonly #end: number;
  #index = 0;
  #at = 0;

  constructor(flight: Flight, start: number, end: number) {
    this.#flight = flight;
    this.#start = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** The next bytes; undefined when none have come yet, or all are taken. */
  take(): Uint8Array | undefined {
    while (!this.isAtEnd && this.#index < this.#flight.chunks.length) {
      const chunk = this.#flight.chunks[this.#index++];
      const at = this.#at;
      const next = this.#at += chunk.byteLength;
      if (next <= this.#start) continue;
      return at >= this.#start && next <= this.#end
        ? chunk
        : chunk.subarray(Math.max(0, this.#start - at), Math.min(next, this.#end) - at);
    }
    return undefined;
  }

  /** Resolves when {@link Cursor.take} has something. */
  async wait(): Promise<void> {
    while (this.#index >= this.#flight.chunks.length) await this.#flight.more();
  }
}

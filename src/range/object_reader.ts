/**
 * The layers above the line, for one object: count, cache, share, coalesce, split.
 *
 * @module
 */
import { InternalError, throwIfAborted } from "../errors.ts";
import { formatS3Uri } from "../store/uri.ts";
import { assemble, type Piece } from "./assemble.ts";
import type { BlockCache, Chunks, HeldBlock, ObjectState } from "./block_cache.ts";
import type { ReadCounter } from "./counts.ts";
import type { Flight } from "./flight.ts";
import { Hold } from "./hold.ts";
import type { RemoteObject, Validators } from "./layer.ts";
import { planRead } from "./plan.ts";
import { type ByteRange, endOf, type Extent, mergeExtents, resolveRange } from "./range.ts";
import type { ReadSettings } from "./settings.ts";
import type { Flights } from "./share.ts";
import { byteLength, type LendingSource, type PieceReader, type ReadOptions } from "./source.ts";
import { RangePieces, type StreamBudget, streamOf } from "./stream.ts";

/** What reading one object needs. */
export interface ObjectReaderInit {
  readonly target: RemoteObject;
  readonly state: ObjectState;
  readonly lastModified: Date | undefined;
  readonly contentType: string | undefined;
  readonly counter: ReadCounter;
  readonly cache: BlockCache;
  readonly flights: Flights;
  readonly settings: ReadSettings;
  readonly streamBudget: StreamBudget;
  /** Bytes between two reads that are fetched along, as measured now. */
  readonly gap: () => number;
  /** Bytes of the parts that a large read is cut into now. */
  readonly partSize: () => number;
}

/** A part of what was asked for, and where it comes from. */
export type Delivery =
  | { readonly kind: "held"; readonly extent: Extent; readonly block: HeldBlock }
  | { readonly kind: "flight"; readonly extent: Extent; readonly flight: Flight };

/** Reads one state of one object. */
export class ObjectReader implements LendingSource {
  readonly uri: string;
  readonly #init: ObjectReaderInit;
  readonly #expected: Validators;

  constructor(init: ObjectReaderInit) {
    this.uri = formatS3Uri(init.target);
    this.#init = init;
    const { etag, size } = init.state;
    this.#expected = { etag, size, lastModified: init.lastModified };
  }

  get size(): number {
    return this.#init.state.size;
  }

  get etag(): string | undefined {
    return this.#init.state.etag;
  }

  get lastModified(): Date | undefined {
    return this.#init.lastModified;
  }

  get contentType(): string | undefined {
    return this.#init.contentType;
  }

  async read(ranges: readonly ByteRange[], options: ReadOptions = {}): Promise<Chunks[]> {
    throwIfAborted(options.signal);
    const wanted = ranges.map((range) => resolveRange(range, this.size));
    const counter = this.#counterOf(options);
    for (const { length } of mergeExtents(wanted)) counter.add("asked", length);
    using hold = new Hold(options.signal);
    const deliveries = await this.#deliveries(wanted, options, hold);
    const pieces = await hold.wait(
      Promise.all(deliveries.map((delivery) => this.#piece(delivery, options, hold))),
    );
    return assemble(wanted, pieces);
  }

  stream(range: ByteRange, options: ReadOptions = {}): ReadableStream<Uint8Array> {
    return streamOf(this.#pieces(range, options, "given away"), options.signal);
  }

  pieces(range: ByteRange, options: ReadOptions = {}): PieceReader {
    return this.#pieces(range, options, "lent");
  }

  async bring(range: ByteRange, options: ReadOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    const extent = resolveRange(range, this.size);
    this.#counterOf(options).add("asked", extent.length);
    using hold = new Hold(options.signal);
    const deliveries = await this.#deliveries([extent], options, hold);
    const arrivals = deliveries.flatMap((each) =>
      each.kind === "flight" ? [each.flight.upTo(endOf(each.extent))] : []
    );
    await hold.wait(Promise.all(arrivals));
  }

  #pieces(range: ByteRange, options: ReadOptions, how: "lent" | "given away"): PieceReader {
    const extent = resolveRange(range, this.size);
    const { settings, streamBudget } = this.#init;
    this.#counterOf(options).add("asked", extent.length);
    return new RangePieces({
      extent,
      signal: options.signal,
      partSize: this.#init.partSize(),
      window: settings.streamWindow,
      budget: streamBudget,
      open: (part, hold) => this.#deliveries([part], options, hold),
      load: (delivery, hold) => this.#load(delivery, options, hold),
      lends: how === "lent",
    });
  }

  /** Where the bytes come from, ascending; requests are under way, leased to `hold`. */
  async #deliveries(
    wanted: readonly Extent[],
    options: ReadOptions,
    hold: Hold,
  ): Promise<Delivery[]> {
    const { cache, state } = this.#init;
    const held: HeldBlock[] = [];
    for (const extent of mergeExtents(wanted)) {
      const found = cache.held(state, extent);
      held.push(...(found instanceof Promise ? await hold.wait(found) : found));
    }
    return this.#plan(wanted, held, options, hold);
  }

  /** From the look at the requests under way to the start of new ones nothing else may run. */
  #plan(
    wanted: readonly Extent[],
    held: readonly HeldBlock[],
    options: ReadOptions,
    hold: Hold,
  ): Delivery[] {
    const { cache, state, flights, settings, gap, partSize } = this.#init;
    throwIfAborted(options.signal);
    const underWay = flights.all;
    const plan = planRead({
      wanted,
      held,
      underWay,
      limits: { gap: gap(), cap: settings.coalesceCap, partSize: partSize() },
    });
    const counter = this.#counterOf(options);
    const deliveries: Delivery[] = held.map((block) => ({ kind: "held", extent: block, block }));
    for (const { from, offset, length } of plan.shared) {
      const flight = underWay[from];
      hold.add(flight.lease());
      if (options.priority !== "ahead") {
        flights.raise(flight);
        cache.taken?.(state, { offset, length });
      }
      counter.add("shared", length);
      deliveries.push({ kind: "flight", extent: { offset, length }, flight });
    }
    const started = plan.requests.map((extent) => {
      const flight = flights.start({
        job: this.#job(counter),
        extent,
        priority: options.priority ?? "foreground",
        kind: options.kind ?? "bulk",
      });
      hold.add(flight.lease());
      return flight;
    });
    for (const { flight, extent } of piecesOf(plan.missing, started)) {
      deliveries.push({ kind: "flight", extent, flight });
    }
    return deliveries.sort((a, b) => a.extent.offset - b.extent.offset);
  }

  async #piece(delivery: Delivery, options: ReadOptions, hold: Hold): Promise<Piece> {
    const { offset, length } = delivery.extent;
    if (delivery.kind === "flight") {
      await delivery.flight.upTo(offset + length);
      return { offset, length, chunks: delivery.flight.slice(delivery.extent) };
    }
    return { offset, length, chunks: await this.#load(delivery, options, hold) };
  }

  /** The bytes of a held piece, held for the caller; fetched after all when the cache has lost them. */
  async #load(
    { block }: Delivery & { kind: "held" },
    options: ReadOptions,
    hold: Hold,
  ): Promise<Chunks> {
    const { cache, state } = this.#init;
    const chunks = await cache.load(state, block);
    if (chunks !== undefined && byteLength(chunks) === block.length) {
      const counter = this.#counterOf(options);
      counter.add(block.tier === "memory" ? "fromMemory" : "fromDisk", block.length);
      return chunks;
    }
    const pieces = this.#plan([block], [], options, hold).map((each) =>
      this.#piece(each, options, hold)
    );
    return assemble([block], await Promise.all(pieces))[0];
  }

  #job(counter: ReadCounter) {
    return {
      target: this.#init.target,
      method: "GET" as const,
      expected: this.#expected,
      ifNoneMatch: undefined,
      counter,
      onThrottled: () => {},
    };
  }

  #counterOf(options: ReadOptions): ReadCounter {
    return options.counter ?? this.#init.counter;
  }
}

/** Which part of what is missing each request brings; requests are ascending and disjoint. */
function piecesOf(
  missing: readonly Extent[],
  flights: readonly Flight[],
): { readonly flight: Flight; readonly extent: Extent }[] {
  const pieces: { flight: Flight; extent: Extent }[] = [];
  let index = 0;
  for (const { offset, length } of missing) {
    let at = offset;
    while (at < offset + length) {
      const flight = flights[index];
      if (flight === undefined) throw new InternalError("a read was planned short");
      const end = Math.min(offset + length, flight.offset + flight.length);
      if (end > at) pieces.push({ flight, extent: { offset: at, length: end - at } });
      at = Math.max(at, end);
      if (at < offset + length || at === flight.offset + flight.length) index++;
    }
  }
  return pieces;
}

/**
 * What the cache layer asks of a cache: the interface alone, so that the reading core works with any,
 * or with none.
 *
 * A cache holds pieces of objects at any offset and of any length (at most {@link LARGEST_BLOCK}),
 * exactly as they were fetched: nothing is rounded to a grid, so nothing is fetched for the cache's sake.
 *
 * @module
 */
import type { Extent } from "./range.ts";

/** A cache is never handed a larger piece than this, in bytes. */
export const LARGEST_BLOCK = 16 * 1024 * 1024;

/** An object as one principal knows it, whatever its state. */
export interface ObjectPlace {
  /** The service: its origin, such as `https://s3.example.org`, or `aws`. */
  readonly store: string;
  /** Who reads, stable over renewals of temporary keys; `anonymous` when nobody. */
  readonly principal: string;
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** One state of an object: bytes under it never change. */
export interface ObjectState extends ObjectPlace {
  /** Without the quotes; without one nothing may be kept on disk. */
  readonly etag: string | undefined;
  /** Bytes. */
  readonly size: number;
}

/** What an opening learned, enough to open again without the object's bytes. */
export interface ObjectFacts {
  readonly etag: string;
  readonly size: number;
  readonly lastModified: Date | undefined;
  readonly contentType: string | undefined;
}

/** What pieces are for: `index` (footers, headers, tails) is not pushed out by `bulk`. */
export type BlockClass = "index" | "bulk";

/** Where a piece came from. */
export type CacheTier = "memory" | "disk";

/** A piece that the cache believes to hold. */
export interface HeldBlock extends Extent {
  readonly tier: CacheTier;
}

/** A piece's bytes as one or more chunks; they belong to the cache and must not be written to. */
export type Chunks = readonly Uint8Array[];

/** Called once, when bytes that were expected have come or will not. */
export type Expected = () => void;

/** Holds pieces of objects. No method throws or rejects: a cache that fails is one that misses. */
export interface BlockCache {
  /**
   * What it holds of `extent`: ascending, disjoint, each inside of `extent`. Must not read bytes; a
   * promise only where something has to be waited for (the first look at a folder).
   */
  held(object: ObjectState, extent: Extent): readonly HeldBlock[] | Promise<readonly HeldBlock[]>;
  /**
   * The bytes of a piece that `held` named, or of a part of one: exactly `piece.length` bytes, checked
   * against their checksum, and held for the caller (`buffers.ts`). Undefined when it is gone or bad: it
   * is then fetched.
   */
  load(object: ObjectState, piece: HeldBlock): Chunks | undefined | Promise<Chunks | undefined>;
  /**
   * Takes what was fetched; returns at once and may drop it. The chunks may be kept without a copy while
   * they are held (`buffers.ts`): nobody writes to them.
   */
  keep(object: ObjectState, offset: number, chunks: Chunks, kind: BlockClass): void;
  /** Says that a reader takes the bytes of `extent` from a request under way, not from the cache. */
  taken?(object: ObjectState, extent: Extent): void;
  /**
   * Says that so many bytes are about to be fetched. A promise where it is worth waiting until they can be
   * kept, as when a disk has fallen behind the line; an abort of `signal` ends the wait. The function that
   * comes is called when they have been handed over, or will not be.
   */
  expect?(bytes: number, signal: AbortSignal): Expected | Promise<Expected>;
  /** What was last known of the object at `place`. */
  recall(place: ObjectPlace): ObjectFacts | undefined | Promise<ObjectFacts | undefined>;
  /** Takes what an opening learned; older states of `place` may be dropped. */
  remember(place: ObjectPlace, facts: ObjectFacts): void;
  /** Resolves when all that was handed over is written or dropped. */
  settled(): Promise<void>;
}

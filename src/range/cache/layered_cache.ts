/**
 * The cache of a process: memory over disk.
 *
 * @module
 */
import type {
  BlockCache,
  BlockClass,
  CacheTier,
  Chunks,
  Expected,
  HeldBlock,
  ObjectFacts,
  ObjectPlace,
  ObjectState,
} from "../block_cache.ts";
import { LARGEST_POOLED } from "../buffers.ts";
import { type Extent, subtractExtents } from "../range.ts";
import type { DiskCache, DiskCacheStats, ValidatedFacts } from "./disk_cache.ts";
import type { Holding } from "./extent_map.ts";
import { identify, placeOf, type StateIdentity } from "./identity.ts";
import type { MemoryCache } from "./memory_cache.ts";

/** What a cache holds and did; `disk` is undefined where there is none. */
export interface CacheStats {
  readonly memory: { readonly bytes: number; readonly pieces: number };
  readonly disk: DiskCacheStats | undefined;
}

/** Objects whose facts are remembered in memory, at most. */
const MOST_FACTS = 50_000;

/** Facts of objects in memory, the least recently remembered goes first. */
export class FactsMemory {
  readonly #facts = new Map<string, ValidatedFacts>();

  get(place: string): ValidatedFacts | undefined {
    return this.#facts.get(place);
  }

  set(place: string, facts: ValidatedFacts): void {
    this.#facts.delete(place);
    this.#facts.set(place, facts);
    if (this.#facts.size > MOST_FACTS) this.#facts.delete(this.#facts.keys().next().value!);
  }
}

/** A {@link BlockCache} of memory and, where there is one, disk. */
export class LayeredCache implements BlockCache, AsyncDisposable {
  readonly #memory: MemoryCache;
  readonly #disk: DiskCache | undefined;
  readonly #facts: FactsMemory;
  readonly #now: () => number;

  constructor(
    memory: MemoryCache,
    disk: DiskCache | undefined,
    facts: FactsMemory,
    now: () => number,
  ) {
    this.#memory = memory;
    this.#disk = disk;
    this.#facts = facts;
    this.#now = now;
  }

  get stats(): CacheStats {
    const { bytes, pieces } = this.#memory;
    return { memory: { bytes, pieces }, disk: this.#disk?.stats };
  }

  held(object: ObjectState, extent: Extent): HeldBlock[] | Promise<HeldBlock[]> {
    const identity = identify(object);
    if (identity === undefined) return [];
    const held = this.#heldNow(identity, extent);
    if (this.#disk === undefined || isWhole(held, extent)) return held;
    const looking = this.#disk.look(identity, "lately");
    return looking === undefined
      ? this.#heldNow(identity, extent)
      : looking.then(() => this.#heldNow(identity, extent));
  }

  load(
    object: ObjectState,
    piece: HeldBlock,
  ): Chunks | undefined | Promise<Chunks | undefined> {
    const identity = identify(object);
    if (identity === undefined) return undefined;
    const [held] = this.#memory.held(identity.id, piece);
    if (held?.offset === piece.offset && held.length === piece.length) {
      return this.#memory.take(held);
    }
    return this.#disk && this.#loadFromDisk(this.#disk, object, identity, piece);
  }

  keep(object: ObjectState, offset: number, chunks: Chunks, kind: BlockClass): void {
    const identity = identify(object);
    if (identity === undefined) return;
    this.#memory.keep(identity.id, offset, chunks, kind);
    this.#disk?.keep(object, identity, offset, chunks, kind);
  }

  expect(bytes: number, signal: AbortSignal): Expected | Promise<Expected> {
    return this.#disk?.expect(bytes, signal) ?? (() => {});
  }

  /** What was last known of the object, and when the service said so. */
  recall(place: ObjectPlace): ValidatedFacts | undefined | Promise<ValidatedFacts | undefined> {
    const hash = placeOf(place);
    const known = this.#facts.get(hash);
    if (known !== undefined || this.#disk === undefined) return known;
    return this.#disk.recall(place).then((facts) => {
      const newer = this.#facts.get(hash);
      if (newer === undefined && facts !== undefined) this.#facts.set(hash, facts);
      return newer ?? facts;
    });
  }

  remember(place: ObjectPlace, facts: ObjectFacts): void {
    const { etag, size, lastModified, contentType } = facts;
    const object: ObjectState = { ...place, etag, size };
    const identity = identify(object);
    if (identity === undefined) return;
    const before = this.#facts.get(identity.place);
    // Field by field: what was handed over may carry more, such as the tail.
    const validated = new Date(this.#now());
    this.#facts.set(identity.place, { etag, size, lastModified, contentType, validated });
    const isSame = before?.etag === etag && before?.size === size;
    if (before !== undefined && !isSame) {
      const old = identify({ ...place, etag: before.etag, size: before.size });
      if (old !== undefined) this.#memory.forget(old.id);
    }
    if (this.#disk === undefined || isSame) return;
    this.#disk.dropOthers(identity);
    if (size === 0) this.#disk.rememberEmpty(object, identity);
  }

  async settled(): Promise<void> {
    await this.#disk?.settled();
  }

  /** The same as {@link LayeredCache.settled}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.settled();
  }

  async #loadFromDisk(
    disk: DiskCache,
    object: ObjectState,
    identity: StateIdentity,
    piece: HeldBlock,
  ): Promise<Chunks | undefined> {
    const loaded = await disk.load(object, identity, piece);
    if (loaded === undefined) return undefined;
    this.#memory.keep(identity.id, piece.offset, loaded.chunks, loaded.kind);
    return loaded.chunks;
  }

  #heldNow(identity: StateIdentity, extent: Extent): HeldBlock[] {
    const held = this.#memory.held(identity.id, extent).map((piece) => block(piece, "memory"));
    if (this.#disk === undefined || isWhole(held, extent)) return held;
    for (const gap of subtractExtents(extent, held)) {
      const waiting = this.#disk.waiting(identity, gap);
      held.push(...waiting.map((piece) => block(piece, "memory")));
      for (const rest of subtractExtents(gap, waiting)) {
        for (const piece of this.#disk.held(identity, rest)) held.push(...readable(piece));
      }
    }
    return held.sort((a, b) => a.offset - b.offset);
  }
}

/** What is read from a file at a time fits a buffer that is used again; checksums begin with each. */
function* readable({ offset, start, length }: Holding<unknown>): Generator<HeldBlock> {
  for (let at = 0; at < length;) {
    const part = Math.min(length - at, LARGEST_POOLED - (start + at) % LARGEST_POOLED);
    yield block({ offset: offset + at, length: part }, "disk");
    at += part;
  }
}

function block({ offset, length }: Extent, tier: CacheTier): HeldBlock {
  return { offset, length, tier };
}

function isWhole(held: readonly HeldBlock[], extent: Extent): boolean {
  return held.reduce((sum, { length }) => sum + length, 0) === extent.length;
}

/**
 * Keeps what was fetched ahead until it is asked for, whatever a small cache throws out meanwhile.
 *
 * @module
 */
import type {
  BlockCache,
  BlockClass,
  Chunks,
  Expected,
  HeldBlock,
  ObjectFacts,
  ObjectPlace,
  ObjectState,
} from "../../range/block_cache.ts";
import { holdAll, letGoAll } from "../../range/buffers.ts";
import { contains, type Extent, intersect, subtractExtents } from "../../range/range.ts";
import { sliceChunks } from "../../range/source.ts";

interface Piece extends Extent {
  readonly chunks: Chunks;
}

/** Bytes that are waited for; released once they were taken, or when nobody will. */
export interface Pin {
  release(): void;
}

interface Pinned extends Pin {
  readonly extent: Extent;
  /** Bytes that nobody has taken. */
  left: number;
  readonly pieces: Piece[];
  /** Whose bytes they are, in full. */
  state: string | undefined;
}

/** A cache that does not lose pinned bytes. */
export class PinnedCache implements BlockCache {
  readonly #inner: BlockCache;
  readonly #pins = new Map<string, Set<Pinned>>();
  #bytes = 0;

  constructor(inner: BlockCache) {
    this.#inner = inner;
  }

  /** Bytes that pins keep. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps `extent` of an object's state from when it comes until it was taken. */
  pin(object: Pick<ObjectState, "bucket" | "key" | "etag">, extent: Extent): Pin {
    const name = nameOf(object);
    const pin: Pinned = {
      extent,
      left: extent.length,
      pieces: [],
      state: undefined,
      release: () => this.#release(name, pin),
    };
    this.#pins.set(name, (this.#pins.get(name) ?? new Set()).add(pin));
    return pin;
  }

  held(object: ObjectState, extent: Extent): HeldBlock[] | Promise<HeldBlock[]> {
    const pinned = this.#pinned(object, extent);
    const inner = subtractExtents(extent, pinned).map((gap) => this.#inner.held(object, gap));
    const isReady = (each: (typeof inner)[number]) => !(each instanceof Promise);
    const all = (blocks: readonly (readonly HeldBlock[])[]) =>
      [...pinned, ...blocks.flat()].sort((a, b) => a.offset - b.offset);
    return inner.every(isReady)
      ? all(inner as readonly (readonly HeldBlock[])[])
      : Promise.all(inner).then(all);
  }

  load(object: ObjectState, piece: HeldBlock): Chunks | undefined | Promise<Chunks | undefined> {
    const state = JSON.stringify(object);
    for (const pin of this.#pins.get(nameOf(object)) ?? []) {
      const found = pin.state === state && pin.pieces.find((each) => contains(each, piece));
      if (!found) continue;
      const start = piece.offset - found.offset;
      const chunks = sliceChunks(found.chunks, start, start + piece.length);
      holdAll(chunks);
      pin.left -= piece.length;
      if (pin.left <= 0) pin.release();
      return chunks;
    }
    return this.#inner.load(object, piece);
  }

  keep(object: ObjectState, offset: number, chunks: Chunks, kind: BlockClass): void {
    this.#inner.keep(object, offset, chunks, kind);
    const pins = this.#pins.get(nameOf(object));
    if (pins === undefined) return;
    const length = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    for (const pin of pins) {
      const piece = intersect(pin.extent, { offset, length });
      if (piece === undefined) continue;
      pin.state = JSON.stringify(object);
      const start = piece.offset - offset;
      const kept = sliceChunks(chunks, start, start + piece.length);
      holdAll(kept);
      pin.pieces.push({ ...piece, chunks: kept });
      this.#bytes += piece.length;
    }
  }

  taken(object: ObjectState, extent: Extent): void {
    for (const pin of this.#pins.get(nameOf(object)) ?? []) {
      pin.left -= intersect(pin.extent, extent)?.length ?? 0;
      if (pin.left <= 0) pin.release();
    }
  }

  expect(bytes: number, signal: AbortSignal): Expected | Promise<Expected> {
    return this.#inner.expect?.(bytes, signal) ?? (() => {});
  }

  recall(place: ObjectPlace): ReturnType<BlockCache["recall"]> {
    return this.#inner.recall(place);
  }

  remember(place: ObjectPlace, facts: ObjectFacts): void {
    this.#inner.remember(place, facts);
  }

  settled(): Promise<void> {
    return this.#inner.settled();
  }

  #pinned(object: ObjectState, extent: Extent): HeldBlock[] {
    const pins = this.#pins.get(nameOf(object));
    if (pins === undefined) return [];
    const state = JSON.stringify(object);
    const found: HeldBlock[] = [];
    for (const pin of pins) {
      if (pin.state !== state) continue;
      for (const piece of pin.pieces) {
        const part = intersect(piece, extent);
        if (part === undefined) continue;
        for (const rest of subtractExtents(part, found)) found.push({ ...rest, tier: "memory" });
        found.sort((a, b) => a.offset - b.offset);
      }
    }
    return found;
  }

  #release(name: string, pin: Pinned): void {
    const pins = this.#pins.get(name);
    if (pins?.delete(pin) !== true) return;
    if (pins.size === 0) this.#pins.delete(name);
    // Whoever has pinned may hold on to the pin, which must not hold on to the bytes.
    for (const { length, chunks } of pin.pieces.splice(0)) {
      this.#bytes -= length;
      letGoAll(chunks);
    }
  }
}

function nameOf({ bucket, key, etag }: Pick<ObjectState, "bucket" | "key" | "etag">): string {
  return `${bucket}/${key}\n${etag}`;
}

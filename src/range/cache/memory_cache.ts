/**
 * Pieces of objects in memory, as the chunks in which they arrived.
 *
 * @module
 */
import type { BlockClass, Chunks } from "../block_cache.ts";
import { holdAll, isPooled, LEAST_POOLED, letGoAll } from "../buffers.ts";
import type { Extent } from "../range.ts";
import { byteLength, sliceChunks } from "../source.ts";
import { ExtentMap, type Holding } from "./extent_map.ts";

/** A piece in memory. */
export interface MemoryPiece extends Extent {
  readonly id: string;
  readonly chunks: Chunks;
  kind: BlockClass;
}

/** Footers and headers are safe from bulk data up to this part of the bound. */
const INDEX_SHARE = 1 / 2;
/** What the entry of a piece takes besides its bytes, about. */
const OVERHEAD = 512;
/** Chunks that use less than this part of their buffer are copied, so that the buffer can go. */
const LOOSE = 1 / 2;

/**
 * Least recently used goes first, within two classes: bulk data does not push out footers and headers,
 * as long as those keep within half of the bound.
 */
export class MemoryCache {
  readonly #bound: number;
  readonly #objects = new Map<string, ExtentMap<MemoryPiece>>();
  /** In order of use, the oldest first. */
  readonly #used: Record<BlockClass, Set<MemoryPiece>> = { index: new Set(), bulk: new Set() };
  readonly #bytes: Record<BlockClass, number> = { index: 0, bulk: 0 };

  /** @param bound bytes; 0: keeps nothing */
  constructor(bound: number) {
    this.#bound = bound;
  }

  /** Bytes held, with what holding them takes. */
  get bytes(): number {
    return this.#bytes.index + this.#bytes.bulk;
  }

  /** Number of pieces held. */
  get pieces(): number {
    return this.#used.index.size + this.#used.bulk.size;
  }

  /** What it holds of `extent` of the state `id`. */
  held(id: string, extent: Extent): Holding<MemoryPiece>[] {
    return this.#objects.get(id)?.overlapping(extent) ?? [];
  }

  /** The bytes of what {@link MemoryCache.held} gave, held for the caller; counts as use. */
  take({ value, start, length }: Holding<MemoryPiece>): Chunks {
    this.#touch(value);
    const isWhole = start === 0 && length === value.length;
    const chunks = isWhole ? value.chunks : sliceChunks(value.chunks, start, start + length);
    holdAll(chunks);
    return chunks;
  }

  /** Takes a piece; what it has already stays, as index data from then on when this is such. */
  keep(id: string, offset: number, chunks: Chunks, kind: BlockClass): void {
    const length = byteLength(chunks);
    if (length === 0 || length + OVERHEAD > this.#bound / 2) return;
    const extent = { offset, length };
    const map = this.#objects.get(id) ?? new ExtentMap<MemoryPiece>();
    this.#objects.set(id, map);
    for (const { value } of map.overlapping(extent)) {
      if (kind === "index") this.#promote(value);
      this.#touch(value);
    }
    for (const gap of map.gaps(extent)) {
      const start = gap.offset - offset;
      const piece: MemoryPiece = {
        id,
        offset: gap.offset,
        length: gap.length,
        chunks: tight(
          gap.length === length ? chunks : sliceChunks(chunks, start, start + gap.length),
        ),
        kind,
      };
      holdAll(piece.chunks);
      map.insert(gap, piece);
      this.#used[kind].add(piece);
      this.#bytes[kind] += piece.length + OVERHEAD;
    }
    this.#evict();
  }

  /** Forgets the state `id`. */
  forget(id: string): void {
    const whole = { offset: 0, length: Number.MAX_SAFE_INTEGER };
    for (const { value } of this.held(id, whole)) this.#drop(value);
  }

  #touch(piece: MemoryPiece): void {
    const used = this.#used[piece.kind];
    if (used.delete(piece)) used.add(piece);
  }

  #promote(piece: MemoryPiece): void {
    if (piece.kind === "index" || !this.#used.bulk.delete(piece)) return;
    this.#bytes.bulk -= piece.length + OVERHEAD;
    this.#bytes.index += piece.length + OVERHEAD;
    piece.kind = "index";
    this.#used.index.add(piece);
  }

  #evict(): void {
    while (this.bytes > this.#bound) {
      const overShare = this.#bytes.index > this.#bound * INDEX_SHARE;
      const kind = overShare || this.#used.bulk.size === 0 ? "index" : "bulk";
      const [oldest] = this.#used[kind];
      this.#drop(oldest);
    }
  }

  #drop(piece: MemoryPiece): void {
    if (!this.#used[piece.kind].delete(piece)) return;
    this.#bytes[piece.kind] -= piece.length + OVERHEAD;
    letGoAll(piece.chunks);
    const map = this.#objects.get(piece.id)!;
    map.remove(piece, piece);
    if (map.size === 0) this.#objects.delete(piece.id);
  }
}

/** Chunks that keep not much more memory alive than they use. */
function tight(chunks: Chunks): Chunks {
  const used = new Map<ArrayBufferLike, number>();
  for (const { buffer, byteLength } of chunks) {
    used.set(buffer, (used.get(buffer) ?? 0) + byteLength);
  }
  const isLoose = ({ buffer }: Uint8Array) => {
    const least = isPooled(buffer) ? LEAST_POOLED : buffer.byteLength * LOOSE;
    return used.get(buffer)! < least;
  };
  return chunks.some(isLoose)
    ? chunks.map((chunk) => isLoose(chunk) ? chunk.slice() : chunk)
    : chunks;
}

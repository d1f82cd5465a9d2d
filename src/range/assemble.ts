/**
 * From pieces back to what was asked for. Pure.
 *
 * @module
 */
import { InternalError } from "../errors.ts";
import type { Chunks } from "./block_cache.ts";
import { endOf, type Extent } from "./range.ts";
import { sliceChunks } from "./source.ts";

/** Bytes of an extent, all there. */
export interface Piece extends Extent {
  readonly chunks: Chunks;
}

/**
 * The bytes of each of `wanted`, in their order, as views of `pieces`.
 *
 * @param pieces in any order; together they hold all that is wanted
 * @throws {InternalError} when a byte is missing: a short read is never passed on
 */
export function assemble(wanted: readonly Extent[], pieces: readonly Piece[]): Chunks[] {
  const sorted = [...pieces].sort((a, b) => a.offset - b.offset);
  return wanted.map((extent) => bytesOf(extent, sorted));
}

function bytesOf(extent: Extent, sorted: readonly Piece[]): Chunks {
  const end = endOf(extent);
  const found: Uint8Array[] = [];
  let at = extent.offset;
  for (let index = firstEndingAfter(sorted, at); at < end; index++) {
    const piece = sorted[index];
    if (piece === undefined || piece.offset > at) {
      throw new InternalError(`no bytes at ${at} of a read of ${extent.offset}–${end}`);
    }
    const stop = Math.min(end, endOf(piece));
    if (stop <= at) continue;
    found.push(...sliceChunks(piece.chunks, at - piece.offset, stop - piece.offset));
    at = stop;
  }
  return found;
}

/** Pieces are disjoint, so their ends ascend as their offsets do. */
function firstEndingAfter(sorted: readonly Piece[], position: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (endOf(sorted[middle]) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

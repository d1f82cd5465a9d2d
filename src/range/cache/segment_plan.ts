/**
 * Which pieces go into which file. Pure.
 *
 * @module
 */
import type { Chunks } from "../block_cache.ts";
import { endOf, type Extent } from "../range.ts";
import { byteLength, sliceChunks } from "../source.ts";
import { extentsThatFit } from "./segment_name.ts";

/** A piece of an object in memory. */
export interface Piece extends Extent {
  readonly chunks: Chunks;
}

/**
 * Bytes of objects in one file, at most. From 1 to 16 MiB reading was equally fast (2 MiB at a time, 2 to 4
 * GB/s); larger means fewer files, smaller that less is lost with a bad one or an evicted one.
 */
export const SEGMENT_SIZE = 4 * 1024 * 1024;

/**
 * The files for `pieces` of one state and kind: pieces that touch become one extent, and extents share
 * a file up to {@link SEGMENT_SIZE} and the length of a name.
 *
 * @param pieces disjoint
 */
export function planSegments(pieces: readonly Piece[]): Piece[][] {
  const plans: Piece[][] = [];
  let plan: Piece[] = [];
  let size = 0;
  for (const run of joinRuns(pieces)) {
    if (plan.length > 0 && (size + run.length > SEGMENT_SIZE || !fits(plan, run))) {
      plans.push(plan);
      plan = [];
      size = 0;
    }
    plan.push(run);
    size += run.length;
  }
  if (plan.length > 0) plans.push(plan);
  return plans;
}

function fits(plan: readonly Piece[], next: Piece): boolean {
  return extentsThatFit([...plan, next]) === plan.length + 1;
}

function* joinRuns(pieces: readonly Piece[]): Generator<Piece> {
  let run: { offset: number; length: number; chunks: Uint8Array[] } | undefined;
  for (const piece of pieces.toSorted((a, b) => a.offset - b.offset)) {
    for (const part of cut(piece)) {
      const joins = run !== undefined && endOf(run) === part.offset &&
        run.length + part.length <= SEGMENT_SIZE;
      if (run !== undefined && joins) {
        run.length += part.length;
        run.chunks.push(...part.chunks);
      } else {
        if (run !== undefined) yield run;
        run = { offset: part.offset, length: part.length, chunks: [...part.chunks] };
      }
    }
  }
  if (run !== undefined) yield run;
}

function* cut(piece: Piece): Generator<Piece> {
  if (piece.length <= SEGMENT_SIZE) return yield piece;
  for (let at = 0; at < piece.length; at += SEGMENT_SIZE) {
    const chunks = sliceChunks(piece.chunks, at, Math.min(at + SEGMENT_SIZE, piece.length));
    yield { offset: piece.offset + at, length: byteLength(chunks), chunks };
  }
}

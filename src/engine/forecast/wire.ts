/**
 * What the gateway sends to the stores for what DuckDB asks of one object: pure.
 *
 * @module
 */
import { fileKind, firstPiece, openingPart } from "../../gateway/ahead/footer_tail.ts";
import { type Extent, intersect, mergeExtents, subtractExtents } from "../../range/range.ts";
import { tailLength } from "../../range/open.ts";
import { DEFAULT_SETTINGS } from "../../range/settings.ts";
import { split } from "../../range/split.ts";
import type { ForecastBytes } from "./forecast.ts";

/** An object as it is before the statement runs. */
export interface WireObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Whether a listing tells of it; else it is opened by a request of its own. */
  readonly isListed: boolean;
  /** What the cache holds, ascending and disjoint; undefined where it does not know the object. */
  readonly held: readonly Extent[] | undefined;
}

/** What reading costs. */
export interface WireCost {
  readonly bytes: ForecastBytes;
  /** Requests to the store. */
  readonly requests: number;
}

/**
 * The cost of `asks`, one after another. What one brings, the next ones find.
 */
export function wireCost(object: WireObject, asks: readonly Extent[]): WireCost {
  const { key, size, isListed, held = [] } = object;
  const opening = isListed ? firstPiece(fileKind(key), size) : openedPart(key, size);
  let covered = mergeExtents(held);
  let requests = 0;
  // Of an object that the cache knows, opening asks only whether it is the same.
  if (!isListed) requests++;
  const isBrought = !isListed && object.held === undefined && opening !== undefined;
  if (isBrought) covered = mergeExtents([...covered, opening]);
  for (const ask of isListed && opening !== undefined ? [opening, ...asks] : asks) {
    const missing = subtractExtents(ask, covered);
    requests += missing.flatMap((each) => split(each, DEFAULT_SETTINGS.partSize)).length;
    covered = mergeExtents([...covered, ask]);
  }
  const wanted = mergeExtents(
    isListed || isBrought ? [...(opening === undefined ? [] : [opening]), ...asks] : [...asks],
  );
  const needed = lengthOf(wanted);
  const cached = lengthOf(
    wanted.flatMap((extent) => held.flatMap((block) => intersect(extent, block) ?? [])),
  );
  return { requests, bytes: { needed, cached, read: needed - cached } };
}

/** What opening an object brings, whose size is not known then. */
function openedPart(key: string, size: number): Extent | undefined {
  const { start, tail } = openingPart(key);
  if (start !== undefined) return { offset: 0, length: Math.min(size, start) };
  return tailOf(size, tail ?? tailLength(undefined));
}

/** Bytes of a page's frame and of an object in it, beside its key: as most services write them. */
const LISTING_FRAME = 350;
const LISTING_ENTRY = 230;

/** About the bytes of a listing's answers. */
export function listingBytes(keys: readonly string[], pages: number): number {
  const names = keys.reduce((sum, key) => sum + encodeURIComponent(key).length, 0);
  return pages * LISTING_FRAME + keys.length * LISTING_ENTRY + names;
}

function tailOf(size: number, length: number): Extent | undefined {
  if (size === 0) return undefined;
  const tail = Math.min(size, length);
  return { offset: size - tail, length: tail };
}

function lengthOf(extents: readonly Extent[]): number {
  return extents.reduce((sum, { length }) => sum + length, 0);
}

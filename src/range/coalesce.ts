/**
 * Near extents become one request. Pure.
 *
 * @module
 */
import { endOf, type Extent, mergeExtents } from "./range.ts";

/** When extents become one. */
export interface CoalesceLimits {
  /** Bytes between two extents, at most, that are fetched along. */
  readonly gap: number;
  /** Bytes of what becomes of several extents, at most; one that is larger by itself stays whole. */
  readonly cap: number;
}

/** Extents that hold all bytes of `extents`, ascending and disjoint, over small gaps. */
export function coalesce(extents: readonly Extent[], { gap, cap }: CoalesceLimits): Extent[] {
  const joined: Extent[] = [];
  for (const extent of mergeExtents(extents)) {
    const last = joined.at(-1);
    const isNear = last !== undefined && extent.offset - endOf(last) <= gap &&
      endOf(extent) - last.offset <= cap;
    if (isNear) {
      joined[joined.length - 1] = { offset: last.offset, length: endOf(extent) - last.offset };
    } else joined.push(extent);
  }
  return joined;
}

/**
 * What to do for a read: what is held already, what is under way, what to ask for. Pure: a plan can be
 * tested, and shown, without a request.
 *
 * @module
 */
import type { HeldBlock } from "./block_cache.ts";
import { coalesce, type CoalesceLimits } from "./coalesce.ts";
import { type Extent, intersect, mergeExtents, subtractExtents } from "./range.ts";
import { split } from "./split.ts";

/** What a plan is made from. */
export interface PlanInput {
  /** Extents that are asked for, in any order. */
  readonly wanted: readonly Extent[];
  /** What the cache holds of them: ascending and disjoint. */
  readonly held: readonly HeldBlock[];
  /** What requests are under way. */
  readonly underWay: readonly Extent[];
  readonly limits: CoalesceLimits & { readonly partSize: number };
}

/** What to do. */
export interface Plan {
  /** Pieces to take from the cache. */
  readonly held: readonly HeldBlock[];
  /** Pieces to take from requests under way; `from` is the request's index in the input. */
  readonly shared: readonly (Extent & { readonly from: number })[];
  /** Pieces that are missing, before anything is put together: what the requests are for. */
  readonly missing: readonly Extent[];
  /** Requests to make. */
  readonly requests: readonly Extent[];
}

/** The plan for a read. */
export function planRead({ wanted, held, underWay, limits }: PlanInput): Plan {
  const merged = mergeExtents(wanted);
  const uncached = merged.flatMap((extent) => subtractExtents(extent, held));
  const shared: (Extent & { from: number })[] = [];
  let missing = uncached;
  underWay.forEach((request, from) => {
    const taken = missing.flatMap((extent) => intersect(extent, request) ?? []);
    if (taken.length === 0) return;
    shared.push(...taken.map((extent) => ({ ...extent, from })));
    missing = missing.flatMap((extent) => subtractExtents(extent, [request]));
  });
  return {
    held,
    shared,
    missing,
    requests: coalesce(missing, limits).flatMap((extent) => split(extent, limits.partSize)),
  };
}

/**
 * What a condition can come out as for rows of which only statistics are known.
 *
 * Every answer errs on one side: what is called impossible is impossible.
 *
 * @module
 */
import type { BoundPredicate } from "./evaluate.ts";
import { compareKeys, type Key, type KeyOrder, outcomes } from "./keys.ts";
import type { CompareOp } from "./predicate.ts";

/** What is known of the values of one column in some rows. */
export interface Bounds {
  readonly rows: number;
  /** How many are NULL; undefined when unknown. */
  readonly nulls: number | undefined;
  /** No value is below `min` or above `max`, NaN apart; undefined when unknown. */
  readonly min: Key | undefined;
  readonly max: Key | undefined;
  /** Whether there may be a NaN, which is above every number. */
  readonly mayBeNaN: boolean;
}

const TRUE = 1;
const FALSE = 2;
const UNKNOWN = 4;

/**
 * Whether `predicate` may be true for some of the rows.
 *
 * @param bounds of a column; undefined where nothing is known
 */
export function mayHold(
  predicate: BoundPredicate,
  bounds: (column: string) => Bounds | undefined,
): boolean {
  return (possible(predicate, bounds) & TRUE) !== 0;
}

function possible(
  predicate: BoundPredicate,
  bounds: (column: string) => Bounds | undefined,
): number {
  switch (predicate.kind) {
    case "isNull": {
      const known = bounds(predicate.column);
      const { nulls, rows } = known ?? { nulls: undefined, rows: 0 };
      return (nulls === 0 ? 0 : TRUE) | (nulls !== undefined && nulls >= rows ? 0 : FALSE);
    }
    case "not": {
      const mask = possible(predicate.term, bounds);
      return (mask & UNKNOWN) | (mask & TRUE ? FALSE : 0) | (mask & FALSE ? TRUE : 0);
    }
    case "compare":
      return possibleComparison(predicate.op, predicate.order, bounds(predicate.column));
    default: {
      const masks = predicate.terms.map((term) => possible(term, bounds));
      const [all, any] = predicate.kind === "and" ? [TRUE, FALSE] : [FALSE, TRUE];
      return (masks.every((mask) => mask & all) ? all : 0) |
        (masks.some((mask) => mask & any) ? any : 0) |
        (masks.some((mask) => mask & UNKNOWN) ? UNKNOWN : 0);
    }
  }
}

function possibleComparison(
  op: CompareOp,
  order: KeyOrder | undefined,
  bounds: Bounds | undefined,
): number {
  if (order === undefined) return UNKNOWN;
  if (bounds === undefined) return TRUE | FALSE | UNKNOWN;
  const { rows, nulls, min, max, mayBeNaN } = bounds;
  if (nulls !== undefined && nulls >= rows) return UNKNOWN;
  const unknown = nulls === 0 ? 0 : UNKNOWN;
  const isOrdered = min !== undefined && max !== undefined && compareKeys(min, max) <= 0;
  const lowest = isOrdered ? Math.sign(order(min)) : -1;
  const highest = !isOrdered ? 1 : mayBeNaN ? Math.sign(order(NaN)) : Math.sign(order(max));
  const holds = outcomes(op).slice(lowest + 1, Math.max(lowest, highest) + 2);
  return unknown | (holds.includes(1) ? TRUE : 0) | (holds.includes(0) ? FALSE : 0);
}

/**
 * Conditions on rows, as data: they prune what is read by statistics, and then filter exactly.
 *
 * The semantics are SQL's three-valued logic on DuckDB's types. A comparison with a NULL is unknown; a
 * row is kept when its condition is true. The values compare as a parameter of that kind does in DuckDB:
 *
 * - A `bigint` or a whole `number` is an exact integer, any other `number` is a DOUBLE. Integers and
 *   DECIMALs compare exactly with integers; a DECIMAL compares as a DOUBLE with a DOUBLE.
 * - NaN equals NaN and is above every other number; `-0` equals `0`.
 * - A `string` is cast to the column's type: `"2024-01-31"` fits a DATE, `"0.10"` a DECIMAL. Texts compare
 *   by their bytes in UTF-8, as DuckDB's default collation does.
 * - A `Date` is an instant; TIMESTAMP and DATE columns, which have no time zone, are taken as UTC.
 * - A `Uint8Array` fits a BLOB and compares by unsigned bytes.
 * - `null` is NULL: every comparison with it is unknown. Use {@link isNull}.
 *
 * @module
 */

/** A value to compare with. */
export type PredicateValue = null | boolean | number | bigint | string | Date | Uint8Array;

/** How two values compare. */
export type CompareOp = "=" | "<>" | "<" | "<=" | ">" | ">=";

/** A condition on a row. Plain data: it can be made by hand or with the functions of this file. */
export type Predicate =
  | { readonly kind: "and" | "or"; readonly terms: readonly Predicate[] }
  | { readonly kind: "not"; readonly term: Predicate }
  | {
    readonly kind: "compare";
    readonly column: string;
    readonly op: CompareOp;
    readonly value: PredicateValue;
  }
  | { readonly kind: "in"; readonly column: string; readonly values: readonly PredicateValue[] }
  | {
    readonly kind: "between";
    readonly column: string;
    readonly low: PredicateValue;
    readonly high: PredicateValue;
  }
  | { readonly kind: "isNull"; readonly column: string };

/** `column op value`. */
export function compare(column: string, op: CompareOp, value: PredicateValue): Predicate {
  return { kind: "compare", column, op, value };
}

/** True when all are; of none, true. */
export function and(...terms: readonly Predicate[]): Predicate {
  return { kind: "and", terms };
}

/** True when one is; of none, false. */
export function or(...terms: readonly Predicate[]): Predicate {
  return { kind: "or", terms };
}

/** True where `term` is false; unknown where it is unknown. */
export function not(term: Predicate): Predicate {
  return { kind: "not", term };
}

/** Equal to one of `values`; unknown when it is not and one of them is NULL. */
export function isIn(column: string, values: readonly PredicateValue[]): Predicate {
  return { kind: "in", column, values };
}

/** `low <= column AND column <= high`. */
export function between(column: string, low: PredicateValue, high: PredicateValue): Predicate {
  return { kind: "between", column, low, high };
}

/** True where the column is NULL, false elsewhere: never unknown. */
export function isNull(column: string): Predicate {
  return { kind: "isNull", column };
}

/** Names of the columns that `predicate` looks at, each once, in order. */
export function columnsOf(predicate: Predicate | undefined): string[] {
  const names = new Set<string>();
  const visit = (term: Predicate): void => {
    if ("terms" in term) term.terms.forEach(visit);
    else if ("term" in term) visit(term.term);
    else names.add(term.column);
  };
  if (predicate !== undefined) visit(predicate);
  return [...names];
}

/**
 * Conditions as SQL, and random ones.
 *
 * @module
 */
import fc from "fast-check";
import type { CompareOp, Predicate, PredicateValue } from "../../../src/formats/predicate.ts";

/** `predicate` as DuckDB's SQL; each value as a literal of the type that a parameter would have. */
export function predicateSql(predicate: Predicate): string {
  switch (predicate.kind) {
    case "and":
      return predicate.terms.length === 0 ? "true" : join(predicate.terms, "AND");
    case "or":
      return predicate.terms.length === 0 ? "false" : join(predicate.terms, "OR");
    case "not":
      return `(NOT ${predicateSql(predicate.term)})`;
    case "isNull":
      return `(${quote(predicate.column)} IS NULL)`;
    case "compare":
      return `(${quote(predicate.column)} ${predicate.op} ${literal(predicate.value)})`;
    // As the comparisons that define them: SQL gives all values of one list one type.
    case "between": {
      const { column, low, high } = predicate;
      return predicateSql({
        kind: "and",
        terms: [
          { kind: "compare", column, op: ">=", value: low },
          { kind: "compare", column, op: "<=", value: high },
        ],
      });
    }
    case "in": {
      const { column, values } = predicate;
      return predicateSql({
        kind: "or",
        terms: values.map((value) => ({ kind: "compare", column, op: "=", value })),
      });
    }
  }
}

function join(terms: readonly Predicate[], word: string): string {
  return `(${terms.map(predicateSql).join(` ${word} `)})`;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(value: PredicateValue): string {
  if (value === null) return "NULL";
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    return Number.isInteger(value) ? String(value) : `'${value}'::DOUBLE`;
  }
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  if (value instanceof Date) return `'${value.toISOString().replace("Z", "")}'::TIMESTAMP`;
  return `'${Array.from(value, (b) => `\\x${b.toString(16).padStart(2, "0")}`).join("")}'::BLOB`;
}

/** Conditions on columns whose values `values` gives. */
export function anyPredicate(
  values: Readonly<Record<string, fc.Arbitrary<PredicateValue>>>,
): fc.Arbitrary<Predicate> {
  const names = Object.keys(values);
  const column = fc.constantFrom(...names);
  const op = fc.constantFrom<CompareOp>("=", "<>", "<", "<=", ">", ">=");
  const leaf = column.chain((name) => {
    const value = fc.oneof({ weight: 12, arbitrary: values[name] }, {
      weight: 1,
      arbitrary: fc.constant(null),
    });
    return fc.oneof(
      fc.record({ kind: fc.constant("compare" as const), column: fc.constant(name), op, value }),
      fc.record({
        kind: fc.constant("between" as const),
        column: fc.constant(name),
        low: value,
        high: value,
      }),
      fc.record({
        kind: fc.constant("in" as const),
        column: fc.constant(name),
        values: fc.array(value, { minLength: 1, maxLength: 4 }),
      }),
      fc.record({ kind: fc.constant("isNull" as const), column: fc.constant(name) }),
    );
  });
  return fc.letrec<{ tree: Predicate }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.record({
        kind: fc.constantFrom("and" as const, "or" as const),
        terms: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant("not" as const), term: tie("tree") }),
    ),
  })).tree;
}

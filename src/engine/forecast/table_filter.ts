/**
 * The filters of DuckDB's plans as conditions that statistics of Parquet can be held against.
 *
 * @module
 */
import {
  and,
  type CompareOp,
  isIn,
  isNull,
  not,
  or,
  type Predicate,
} from "../../formats/predicate.ts";
import type { PredicateValue } from "../../formats/predicate.ts";
import { dateText } from "../../formats/civil.ts";
import { decimalText, timestampText, timeText } from "../../formats/sql_text.ts";

/** What a filter comes to. */
export interface FilterTerms {
  /** What has to hold; undefined where nothing is known. Wider than the filter where that is not whole. */
  readonly predicate: Predicate | undefined;
  /** Whether `predicate` says all that the filter says. */
  readonly isWhole: boolean;
}

/** A filter as `json_serialize_plan` writes it. */
export interface SerializedFilter {
  readonly filter_type: string;
  readonly comparison_type?: string;
  readonly constant?: SerializedValue;
  readonly values?: readonly SerializedValue[];
  readonly child_filter?: SerializedFilter;
  readonly child_filters?: readonly SerializedFilter[];
}

/** A constant. Integers are exact: bigint where a number would not do. */
export interface SerializedValue {
  readonly type: { readonly id: string; readonly type_info?: { readonly scale?: number } };
  readonly is_null: boolean;
  readonly value?: unknown;
}

const OPS: Readonly<Record<string, CompareOp>> = {
  COMPARE_EQUAL: "=",
  COMPARE_NOTEQUAL: "<>",
  COMPARE_LESSTHAN: "<",
  COMPARE_LESSTHANOREQUALTO: "<=",
  COMPARE_GREATERTHAN: ">",
  COMPARE_GREATERTHANOREQUALTO: ">=",
};

const UNKNOWN: FilterTerms = { predicate: undefined, isWhole: false };

/** The condition that `filter` puts on `column`. */
export function filterTerms(filter: SerializedFilter, column: string): FilterTerms {
  switch (filter.filter_type) {
    case "CONSTANT_COMPARISON": {
      const op = OPS[filter.comparison_type ?? ""];
      const value = constantOf(filter.constant);
      if (op === undefined || value === undefined) return UNKNOWN;
      return { predicate: { kind: "compare", column, op, value }, isWhole: true };
    }
    case "IN_FILTER": {
      const values = (filter.values ?? []).map(constantOf);
      if (values.some((value) => value === undefined)) return UNKNOWN;
      return { predicate: isIn(column, values as PredicateValue[]), isWhole: true };
    }
    case "IS_NULL":
      return { predicate: isNull(column), isWhole: true };
    case "IS_NOT_NULL":
      return { predicate: not(isNull(column)), isWhole: true };
    case "CONJUNCTION_AND": {
      const terms = (filter.child_filters ?? []).map((child) => filterTerms(child, column));
      return allOf(terms);
    }
    case "CONJUNCTION_OR": {
      const terms = (filter.child_filters ?? []).map((child) => filterTerms(child, column));
      const known = terms.flatMap(({ predicate }) => predicate ?? []);
      if (known.length < terms.length) return UNKNOWN;
      return { predicate: or(...known), isWhole: terms.every(({ isWhole }) => isWhole) };
    }
    case "OPTIONAL_FILTER":
      return filter.child_filter === undefined ? UNKNOWN : filterTerms(filter.child_filter, column);
    default:
      return UNKNOWN;
  }
}

/** All of `terms` at once. */
export function allOf(terms: readonly FilterTerms[]): FilterTerms {
  const known = terms.flatMap(({ predicate }) => predicate ?? []);
  return {
    predicate: known.length === 0 ? undefined : known.length === 1 ? known[0] : and(...known),
    isWhole: terms.every(({ isWhole }) => isWhole),
  };
}

/** Undefined for a value that is not understood. */
function constantOf(constant: SerializedValue | undefined): PredicateValue | undefined {
  if (constant === undefined) return undefined;
  if (constant.is_null) return null;
  const { type, value } = constant;
  const whole = typeof value === "bigint"
    ? value
    : Number.isSafeInteger(value)
    ? BigInt(value as number)
    : undefined;
  switch (type.id) {
    case "BOOLEAN":
      return typeof value === "boolean" ? value : undefined;
    case "FLOAT":
    case "DOUBLE":
      return typeof value === "bigint"
        ? Number(value)
        : typeof value === "number"
        ? value
        : undefined;
    case "VARCHAR":
      return typeof value === "string" ? value : undefined;
    case "DATE":
      return whole === undefined ? undefined : dateText(Number(whole));
    case "TIME":
      return whole === undefined ? undefined : timeText(whole, 6);
    case "TIMESTAMP":
      return whole === undefined ? undefined : timestampText(whole, 6);
    case "TIMESTAMP WITH TIME ZONE":
      return whole === undefined ? undefined : `${timestampText(whole, 6)}+00`;
    case "DECIMAL":
      return whole === undefined ? undefined : decimalText(whole, type.type_info?.scale ?? 0);
    default:
      return /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type.id) ? whole : undefined;
  }
}

/**
 * Conditions on the columns of a batch, exactly.
 *
 * @module
 */
import { type Data, DataType, type Field, type Schema } from "apache-arrow";
import { UsageError } from "../errors.ts";
import { type Key, type KeyOrder, outcomes } from "./keys.ts";
import { domainOf, orderAgainst } from "./literal.ts";
import { columnsOf, type CompareOp, type Predicate } from "./predicate.ts";
import { unscaledAt } from "./values.ts";

/** A condition whose columns are known and whose values are of their types. */
export type BoundPredicate =
  | { readonly kind: "and" | "or"; readonly terms: readonly BoundPredicate[] }
  | { readonly kind: "not"; readonly term: BoundPredicate }
  | {
    readonly kind: "compare";
    readonly column: string;
    readonly op: CompareOp;
    /** Undefined for NULL: the comparison is unknown. */
    readonly order: KeyOrder | undefined;
  }
  | { readonly kind: "isNull"; readonly column: string };

/**
 * `predicate` for columns of `schema`; `in` and `between` become the comparisons that define them.
 *
 * @throws {UsageError} for a column that is not there, or a value that does not fit its type
 */
export function bindPredicate(predicate: Predicate, schema: Schema): BoundPredicate {
  checkColumns(columnsOf(predicate), schema);
  const bind = (term: Predicate): BoundPredicate => {
    switch (term.kind) {
      case "and":
      case "or":
        return { kind: term.kind, terms: term.terms.map(bind) };
      case "not":
        return { kind: "not", term: bind(term.term) };
      case "isNull":
        return term;
      case "between":
        return bind({
          kind: "and",
          terms: [
            { kind: "compare", column: term.column, op: ">=", value: term.low },
            { kind: "compare", column: term.column, op: "<=", value: term.high },
          ],
        });
      case "in":
        return bind({
          kind: "or",
          terms: term.values.map((value) => ({
            kind: "compare",
            column: term.column,
            op: "=",
            value,
          })),
        });
      case "compare": {
        const field = schema.fields.find(({ name }) => name === term.column)!;
        if (domainOf(field.type, extensionOf(field)) === "none" && term.value !== null) {
          throw new UsageError(`the column "${term.column}" (${field.type}) has no order here`, {
            hint: "Only isNull works on it. Use SQL for the rest.",
          });
        }
        const order = orderAgainst(term.value, field.type, term.column);
        return { kind: "compare", column: term.column, op: term.op, order };
      }
    }
  };
  return bind(predicate);
}

/**
 * Refuses names that are no columns.
 *
 * @throws {UsageError}
 */
export function checkColumns(names: readonly string[], schema: Schema): void {
  const known = new Set(schema.fields.map(({ name }) => name));
  const missing = names.find((name) => !known.has(name));
  if (missing === undefined) return;
  throw new UsageError(`there is no column "${missing}"`, {
    hint: `The columns are ${[...known].slice(0, 20).map((name) => `"${name}"`).join(", ")}.`,
  });
}

/** The name of a field's extension type. */
export function extensionOf(field: Field): string | undefined {
  return field.metadata.get("ARROW:extension:name");
}

const FALSE = 0;
const TRUE = 1;
const UNKNOWN = 2;

/** The rows of a batch of `rows` rows for which `predicate` is true, ascending. */
export function selectRows(
  predicate: BoundPredicate,
  columns: ReadonlyMap<string, Data>,
  rows: number,
): Int32Array {
  const truth = evaluate(predicate, columns, rows);
  let count = 0;
  for (let row = 0; row < rows; row++) if (truth[row] === TRUE) count++;
  const selected = new Int32Array(count);
  for (let row = 0, at = 0; row < rows; row++) if (truth[row] === TRUE) selected[at++] = row;
  return selected;
}

function evaluate(
  predicate: BoundPredicate,
  columns: ReadonlyMap<string, Data>,
  rows: number,
): Uint8Array {
  switch (predicate.kind) {
    case "isNull": {
      const truth = new Uint8Array(rows);
      const data = columns.get(predicate.column)!;
      for (let row = 0; row < rows; row++) truth[row] = isNullAt(data, row) ? TRUE : FALSE;
      return truth;
    }
    case "not": {
      const truth = evaluate(predicate.term, columns, rows);
      for (let row = 0; row < rows; row++) {
        if (truth[row] !== UNKNOWN) truth[row] = truth[row] === TRUE ? FALSE : TRUE;
      }
      return truth;
    }
    case "compare":
      return compareColumn(predicate.op, predicate.order, columns.get(predicate.column)!, rows);
    default:
      return combine(predicate, columns, rows);
  }
}

/** Kleene's AND and OR: one decides, else an unknown makes it unknown. */
function combine(
  { kind, terms }: Extract<BoundPredicate, { kind: "and" | "or" }>,
  columns: ReadonlyMap<string, Data>,
  rows: number,
): Uint8Array {
  const decides = kind === "and" ? FALSE : TRUE;
  const truth = new Uint8Array(rows).fill(kind === "and" ? TRUE : FALSE);
  for (const term of terms) {
    const next = evaluate(term, columns, rows);
    for (let row = 0; row < rows; row++) {
      if (truth[row] === decides) continue;
      if (next[row] === decides || next[row] === UNKNOWN) truth[row] = next[row];
    }
  }
  return truth;
}

function compareColumn(
  op: CompareOp,
  order: KeyOrder | undefined,
  data: Data,
  rows: number,
): Uint8Array {
  const truth = new Uint8Array(rows);
  if (order === undefined) return truth.fill(UNKNOWN);
  const key = keyReader(data);
  const [below, at, above] = outcomes(op);
  for (let row = 0; row < rows; row++) {
    if (isNullAt(data, row)) truth[row] = UNKNOWN;
    else {
      const sign = order(key(row));
      truth[row] = sign < 0 ? below : sign > 0 ? above : at;
    }
  }
  return truth;
}

function isNullAt(data: Data, row: number): boolean {
  const bits = data.nullBitmap;
  if (DataType.isNull(data.type)) return true;
  if (bits === undefined || bits === null || bits.length === 0) return false;
  return (bits[row >> 3] & (1 << (row & 7))) === 0;
}

/** Reads what a column's values are compared by. */
function keyReader(data: Data): (row: number) => Key {
  const { type, values } = data;
  if (DataType.isBool(type)) return (row) => (values[row >> 3] >> (row & 7)) & 1;
  if (DataType.isDecimal(type)) return (row) => unscaledAt(values, row, type.bitWidth / 32);
  if (DataType.isUtf8(type) || DataType.isBinary(type)) {
    const offsets = data.valueOffsets;
    return (row) => values.subarray(offsets[row], offsets[row + 1]);
  }
  if (DataType.isFixedSizeBinary(type)) {
    return (row) => values.subarray(row * type.byteWidth, (row + 1) * type.byteWidth);
  }
  return (row) => values[row];
}

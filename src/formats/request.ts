/**
 * What a read asks for, checked against a file's columns.
 *
 * @module
 */
import { Schema } from "apache-arrow";
import { UsageError } from "../errors.ts";
import { bindPredicate, type BoundPredicate, checkColumns } from "./evaluate.ts";
import { columnsOf } from "./predicate.ts";
import { type ReadBatchesOptions, ROWS_A_BATCH } from "./reader.ts";

/** {@link ReadBatchesOptions} with everything decided. */
export interface ReadRequest {
  /** Names of the columns to give, in order. */
  readonly columns: readonly string[];
  /** Names of the columns that the condition looks at. */
  readonly whereColumns: readonly string[];
  readonly where: BoundPredicate | undefined;
  readonly limit: number | undefined;
  readonly batchRows: number;
  /** Of the batches. */
  readonly schema: Schema;
}

/**
 * The request that `options` make of a file with `schema`.
 *
 * @throws {UsageError}
 */
export function readRequest(schema: Schema, options: ReadBatchesOptions): ReadRequest {
  const { where, limit, batchRows = ROWS_A_BATCH } = options;
  checkCount("limit", limit ?? 0, 0);
  checkCount("batchRows", batchRows, 1);
  const columns = options.columns ?? schema.fields.map(({ name }) => name);
  checkColumns(columns, schema);
  if (new Set(columns).size !== columns.length) {
    throw new UsageError("a column is named twice", { hint: "Name each column once." });
  }
  const fields = columns.map((name) => schema.fields.find((field) => field.name === name)!);
  return {
    columns,
    whereColumns: columnsOf(where),
    where: where === undefined ? undefined : bindPredicate(where, schema),
    limit,
    batchRows,
    schema: new Schema(fields),
  };
}

function checkCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new UsageError(`${name} is ${value}`, { hint: `A whole number from ${least} up.` });
}

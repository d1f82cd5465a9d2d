/**
 * Rows as text that two readers can be compared by.
 *
 * @module
 */
import type { RecordBatch } from "apache-arrow";
import { batchRows } from "../../../src/formats/values.ts";

/** Every row of `batches` as one line: nothing is rounded, `-0` is not `0`, bytes are in hex. */
export function rowLines(batches: readonly RecordBatch[]): string[] {
  return batches.flatMap((batch) => [...batchRows(batch)].map((row) => line(row)));
}

/** The types of a batch's columns, with the names of their extension types. */
export function fieldLines({ schema }: Pick<RecordBatch, "schema">): string[] {
  return schema.fields.map(({ name, type, metadata }) =>
    `${name}: ${type} ${metadata.get("ARROW:extension:name") ?? ""}`
  );
}

/** All batches of a reader. */
export async function allBatches(batches: AsyncIterable<RecordBatch>): Promise<RecordBatch[]> {
  const all: RecordBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

function line(row: unknown): string {
  return JSON.stringify(row, (_, value) => {
    if (typeof value === "bigint") return `${value}n`;
    if (value instanceof Uint8Array) return [...value].map((b) => b.toString(16).padStart(2, "0"));
    if (value instanceof Map) return ["map", ...value];
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    return Object.is(value, -0) ? "-0" : value;
  });
}

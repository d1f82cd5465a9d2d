/**
 * JSON: one array of objects, or one object a line (NDJSON).
 *
 * @module
 */
import { cellsOf } from "../rows.ts";
import type { RowFormat, RowFormatInput } from "./row_format.ts";

/** A {@link RowFormat} for one JSON array, an object a line. */
export function jsonFormat(input: RowFormatInput): RowFormat {
  const objects = objectLines(input);
  let isFirst = true;
  return {
    begin: () => "[",
    rows: (batch) =>
      objects(batch).map((object) => {
        const separator = isFirst ? "\n" : ",\n";
        isFirst = false;
        return separator + object;
      }).join(""),
    end: () => isFirst ? "]\n" : "\n]\n",
  };
}

/** A {@link RowFormat} for newline-delimited JSON. */
export function ndjsonFormat(input: RowFormatInput): RowFormat {
  const objects = objectLines(input);
  return {
    begin: () => "",
    rows: (batch) => objects(batch).map((object) => object + "\n").join(""),
    end: () => "",
  };
}

function objectLines({ columns, toJsonValue = plainJson }: RowFormatInput) {
  const keys = columns.map(({ name }) => JSON.stringify(name));
  return (batch: Parameters<RowFormat["rows"]>[0]): string[] =>
    batch.map((row) => {
      const fields = cellsOf(row, columns).map((value, index) => {
        const json = JSON.stringify(toJsonValue(value, columns[index].type)) ?? "null";
        return `${keys[index]}:${json}`;
      });
      return `{${fields.join(",")}}`;
    });
}

/** JSON of a value without knowledge of the engine's classes but for their `toJSON()`. */
export function plainJson(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (value instanceof Uint8Array) return value.toBase64();
  if (value instanceof Map) {
    return [...value].map(([key, item]) => ({ key: plainJson(key), value: plainJson(item) }));
  }
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value !== "object") return value;
  if ("toJSON" in value && typeof value.toJSON === "function") return plainJson(value.toJSON());
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainJson(item)]));
}

/**
 * One text for each value, equal where the values are: for keys of maps.
 *
 * @module
 */
import type { Value } from "./types.ts";

/** A text that two values share only if they are equal and of one class. */
export function canonicalText(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object") return `${typeof value} ${String(value)}`;
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (value instanceof Uint8Array) return `bytes ${value.join()}`;
  if (value instanceof Map) {
    return `map {${
      [...value].map(([key, item]) => `${canonicalText(key)}=${canonicalText(item)}`).join()
    }}`;
  }
  const name = value.constructor.name;
  const fields = Object.entries(value) as [string, Value][];
  return `${name} {${
    fields.map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`).join()
  }}`;
}

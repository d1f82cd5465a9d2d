/**
 * One value as text.
 *
 * Written as DuckDB casts to VARCHAR: lists `[1, 2]`, structs `{'a': 1}`, maps `{k=v}`, bytes
 * `\xDE\xAD`; but a DOUBLE inside of a struct or map is `1`, not `1.0`. Value classes (timestamps, intervals, geometries) say themselves
 * what they look like, in `toString()`.
 *
 * @module
 */
import { visible } from "./text.ts";

/** How NULL is shown to a person. A string that reads the same is shown in quotes. */
export const NULL_TEXT = "NULL";

/** The exact text of `value`; undefined for NULL. */
export function cellText(value: unknown, type = ""): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number") return numberText(value, type);
  if (value instanceof Uint8Array) return bytesText(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) {
    const itemType = type.replace(/\[\d*\]$/, "");
    return `[${value.map((item) => nestedText(item, itemType)).join(", ")}]`;
  }
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => `${nestedText(key)}=${nestedText(item)}`);
    return `{${entries.join(", ")}}`;
  }
  if (typeof value === "object" && isPlain(value)) {
    const fields = Object.entries(value).map(([key, item]) =>
      `'${key.replaceAll(/['\\]/g, "\\$&")}': ${nestedText(item)}`
    );
    return `{${fields.join(", ")}}`;
  }
  return ownText(value, type);
}

/** The text of `value` for a person: control characters visible, NULL told apart. */
export function formatCell(value: unknown, type = ""): string {
  const text = cellText(value, type);
  if (text === undefined) return NULL_TEXT;
  return text === NULL_TEXT ? `"${text}"` : visible(text);
}

/** As DuckDB does: quoted where it could be read otherwise. */
function nestedText(value: unknown, type = ""): string {
  const text = cellText(value, type);
  if (text === undefined) return NULL_TEXT;
  const isText = typeof value === "string" || value instanceof Uint8Array ||
    (typeof value === "object" && !isContainer(value));
  const isPlainWord = text !== "" && !/["'(),:=[\]{}]|^\s|\s$|^null$/i.test(text);
  return !isText || isPlainWord ? text : `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}

function isContainer(value: object | null): boolean {
  return value !== null && (Array.isArray(value) || value instanceof Map || isPlain(value));
}

/** What the value says of itself; a geometry with broken bytes must not take the table with it. */
function ownText(value: unknown, type: string): string {
  try {
    return String(value);
  } catch {
    return `<unreadable ${type || "value"}>`;
  }
}

function numberText(value: number, type: string): string {
  if (type === "DOUBLE") return floatingText(value);
  return type === "FLOAT" ? floatingText(shortestFloat(value)) : String(value);
}

function floatingText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  const size = Math.abs(value);
  if (size === Infinity) return value > 0 ? "inf" : "-inf";
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/([+-])(\d)$/, "$10$2");
  }
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

/** The number with the fewest digits that is the same 32-bit float: 0.1, not 0.10000000149011612. */
function shortestFloat(value: number): number {
  for (let digits = 0; digits < 9; digits++) {
    const rounded = Number(value.toExponential(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

/** Backslash and quotes. */
const QUOTED_BYTES = [0x5c, 0x27, 0x22];

function bytesText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const printable = byte >= 0x20 && byte < 0x7f && !QUOTED_BYTES.includes(byte);
    text += printable
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

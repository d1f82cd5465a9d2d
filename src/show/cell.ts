/**
 * One value as text.
 *
 * Scalars are written as DuckDB writes them; lists as `[1, 2]`, structs as `{'a': 1}`, maps as
 * `{k=v}`, bytes as `\xDE\xAD`. Value classes (timestamps, intervals, geometries) say themselves
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
      `'${key.replaceAll("'", "''")}': ${nestedText(item)}`
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

function nestedText(value: unknown, type = ""): string {
  const text = cellText(value, type);
  if (text === undefined) return NULL_TEXT;
  if (typeof value !== "string") return text;
  const ambiguous = text === "" || text.toUpperCase() === NULL_TEXT ||
    /[,[\]{}'"=:]|^\s|\s$/.test(text);
  return ambiguous ? `'${text.replaceAll("'", "''")}'` : text;
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
  const isFloat = type === "FLOAT" || type === "REAL";
  if (!isFloat && type !== "DOUBLE") return String(value);
  const text = isFloat ? shortestFloat(value) : String(value);
  return Object.is(value, -0) ? "-0.0" : /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** The fewest digits that give the same 32-bit float: 0.1, not 0.10000000149011612. */
function shortestFloat(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === Math.fround(value)) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}

function bytesText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const printable = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
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

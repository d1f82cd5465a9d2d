/**
 * Columns of rows as what a picture can place: numbers, dates or names.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { formatCell } from "./cell.ts";
import { visible } from "./text.ts";

/** A row by names, as `result.rows()` gives them. */
export type NamedRow = Readonly<Record<string, unknown>>;

/** A column to draw, by its name, or with a label and a unit of its own. */
export type Channel = string | {
  readonly column: string;
  /** Default: the column's name, underscores as spaces. */
  readonly label?: string;
  /** Such as `min` or `°C`; stands in the label. */
  readonly unit?: string;
};

/** What can be placed on a scale. */
export type Plottable = number | Date | string | boolean | null;

/** What a column turned out to hold. */
export type ChannelKind = "number" | "date" | "name";

/** A column, converted. */
export interface ChannelValues {
  readonly values: readonly Plottable[];
  readonly kind: ChannelKind;
  /** Name of the column. */
  readonly column: string;
  /** Label with unit. */
  readonly label: string;
}

/**
 * The values of `channel`: bigints and, unless `prefer` is `"name"`, numeric strings (DECIMAL) as
 * numbers; dates and timestamps, and ISO dates in strings, as dates; all else as names. What is
 * NULL, not finite, or of another kind than the rest is null.
 *
 * @throws {UsageError} when no row has the column
 */
export function channelValues(
  rows: readonly NamedRow[],
  channel: Channel,
  prefer: "number" | "name" = "number",
): ChannelValues {
  const { column, label = column.replaceAll("_", " "), unit } = typeof channel === "string"
    ? { column: channel }
    : channel;
  if (rows.length > 0 && !rows.some((row) => Object.hasOwn(row, column))) {
    throw new UsageError(`No column ${JSON.stringify(column)} to draw`, {
      hint: `The columns are ${Object.keys(rows[0]).join(", ")}.`,
      nearest: Object.keys(rows[0]),
    });
  }
  const raw = rows.map((row) => row[column] ?? null);
  const kind = kindOf(raw, prefer);
  const convert = { number: toNumber, date: toDate, name: toName }[kind];
  return {
    values: raw.map((value) => value === null ? null : convert(value)),
    kind,
    column,
    label: visible(unit === undefined ? label : `${label} (${unit})`),
  };
}

const NUMBER = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?$/;

function kindOf(values: readonly unknown[], prefer: "number" | "name"): ChannelKind {
  const present = values.filter((value) => value !== null);
  if (present.length === 0) return prefer;
  const all = (test: (value: unknown) => boolean) => present.every(test);
  if (all((value) => typeof value === "number" || typeof value === "bigint")) return "number";
  if (all((value) => value instanceof Date || hasDate(value))) return "date";
  if (prefer === "name") return "name";
  if (all((value) => typeof value !== "boolean" && toNumber(value) !== null)) return "number";
  if (all((value) => typeof value === "string" && ISO_DATE.test(value))) return "date";
  return "name";
}

function toNumber(value: unknown): number | null {
  if (typeof value === "string" && !NUMBER.test(value)) return null;
  if (!["string", "number", "bigint"].includes(typeof value)) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

function hasDate(value: unknown): value is { toDate(): Date } {
  return (typeof value === "object" && value !== null && "toDate" in value &&
    typeof value.toDate === "function");
}

function toDate(value: unknown): Date | null {
  try {
    const date = value instanceof Date ? value : hasDate(value) ? value.toDate() : isoDate(value);
    return Number.isNaN(date.getTime()) ? null : date;
  } catch {
    // Infinity, and dates past what JavaScript can hold, have no place on an axis.
    return null;
  }
}

/** Without an offset a time is UTC, as in DuckDB. */
function isoDate(value: unknown): Date {
  const text = String(value).replace(" ", "T");
  if (!text.includes("T")) return new Date(text);
  const withMinutes = text.replace(/([+-]\d{2})$/, "$1:00");
  return new Date(/(Z|[+-]\d{2}:?\d{2})$/.test(withMinutes) ? withMinutes : `${withMinutes}Z`);
}

function toName(value: unknown): string | boolean {
  return typeof value === "boolean" ? value : formatCell(value);
}

/** The name that a value has on an axis or in a legend; null for NULL. */
export function nameOf(value: Plottable): string | null {
  if (value === null) return null;
  return value instanceof Date
    ? value.toISOString().replace(/T00:00:00\.000Z$/, "").replace(/(:00)?\.000Z$/, "")
    : visible(String(value));
}

/**
 * The one place where text becomes SQL: names and values that cannot be bound are quoted here.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";

/** `text` as an SQL string literal. */
export function quoteLiteral(text: string): string {
  refuseNul(text);
  return `'${text.replaceAll("'", "''")}'`;
}

/** `name` as a quoted SQL identifier. */
export function quoteIdentifier(name: string): string {
  refuseNul(name);
  return `"${name.replaceAll('"', '""')}"`;
}

function refuseNul(text: string): void {
  if (text.includes("\0")) {
    throw new UsageError("a name or a text for SQL holds a NUL character", {
      hint: "SQL text ends at a NUL: remove it",
    });
  }
}

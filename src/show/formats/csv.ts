/**
 * CSV after RFC 4180, with lines that end in LF, as command-line tools expect.
 *
 * NULL is an empty field, the empty string is `""`: readers that look at quotes (DuckDB with
 * `allow_quoted_nulls=false`, PostgreSQL, R's readr) get both back.
 *
 * @module
 */
import { cellText } from "../cell.ts";
import { cellsOf } from "../rows.ts";
import type { RowFormat, RowFormatInput } from "./row_format.ts";

/** A {@link RowFormat} for CSV with a header. */
export function csvFormat({ columns }: RowFormatInput): RowFormat {
  return {
    begin: () => line(columns.map((column) => field(column.name))),
    rows: (batch) =>
      batch.map((row) =>
        line(
          cellsOf(row, columns).map((value, index) => field(cellText(value, columns[index].type))),
        )
      ).join(""),
    end: () => "",
  };
}

function line(fields: string[]): string {
  return fields.join(",") + "\n";
}

function field(text: string | undefined): string {
  if (text === undefined) return "";
  const needsQuotes = text === "" || /[",\r\n]|^\s|\s$/.test(text);
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}

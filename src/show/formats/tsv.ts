/**
 * Tab-separated text as PostgreSQL's COPY and ClickHouse write it: NULL is `\N`; a tab, line break
 * or backslash in a value is `\t`, `\n`, `\r`, `\\`; so a line is always a row.
 *
 * @module
 */
import { cellText } from "../cell.ts";
import { cellsOf } from "../rows.ts";
import type { RowFormat, RowFormatInput } from "./row_format.ts";

/** A {@link RowFormat} for TSV with a header. */
export function tsvFormat({ columns }: RowFormatInput): RowFormat {
  return {
    begin: () => line(columns.map((column) => escape(column.name))),
    rows: (batch) =>
      batch.map((row) =>
        line(
          cellsOf(row, columns).map((value, index) => {
            const text = cellText(value, columns[index].type);
            return text === undefined ? "\\N" : escape(text);
          }),
        )
      ).join(""),
    end: () => "",
  };
}

function line(fields: string[]): string {
  return fields.join("\t") + "\n";
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\\": "\\\\",
};

function escape(text: string): string {
  return text.replace(/[\t\n\r\\]/g, (character) => ESCAPES[character]);
}

/**
 * A table of GitHub Flavored Markdown (section 4.10 of its specification).
 *
 * @module
 */
import { cellText } from "../cell.ts";
import { cellsOf, isNumericType } from "../rows.ts";
import { visible } from "../text.ts";
import type { RowFormat, RowFormatInput } from "./row_format.ts";

/** A {@link RowFormat} for Markdown; NULL is `*NULL*`, numbers are aligned right. */
export function markdownFormat({ columns }: RowFormatInput): RowFormat {
  return {
    begin: () =>
      line(columns.map((column) => escape(column.name))) +
      line(columns.map((column) => isNumericType(column.type) ? "---:" : "---")),
    rows: (batch) =>
      batch.map((row) =>
        line(
          cellsOf(row, columns).map((value, index) => {
            const text = cellText(value, columns[index].type);
            return text === undefined ? "*NULL*" : escape(text);
          }),
        )
      ).join(""),
    end: () => "",
  };
}

function line(cells: string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}

/** Data is shown as it is: no markup, HTML, entity or link in it takes effect. */
function escape(text: string): string {
  return text.split(/\r\n|\r|\n/).map((part) =>
    visible(part)
      .replace(/[\\|`*<>[\]~#]/g, "\\$&")
      .replace(/&(?=#?\w+;)/g, "&amp;")
      .replace(/(?<!\w)_|_(?!\w)/g, "\\_")
      .replace(/:(?=\/\/)|@|(?<=www)\./gi, (character) => `&#${character.charCodeAt(0)};`)
  ).join("<br>");
}

/**
 * A query result as HTML, for a notebook. All that comes from data is escaped, and styles stand in
 * the elements, because notebooks take style sheets away.
 *
 * @module
 */
import { formatCell } from "./cell.ts";
import { formatCount, formatQuantity } from "./human.ts";
import { cellsOf, isNumericType, type ShownColumn, type ShownRow } from "./rows.ts";
import { escapeMarkup, type Markup } from "./svg.ts";

/** What to show. */
export interface HtmlTableInput {
  readonly columns: readonly ShownColumn[];
  /** All rows, or the first of them. */
  readonly rows: readonly ShownRow[];
  /** Rows that there are in all; default `rows.length`. */
  readonly totalRows?: number;
  /** Rows to show at most; default 50. */
  readonly maxRows?: number;
  /** Columns to show at most; default 60. */
  readonly maxColumns?: number;
  /** A line below, such as what the query cost. */
  readonly note?: string;
}

const LONGEST_CELL = 300;
const NULL_STYLE = "opacity:.45;font-style:italic";
const QUIET_STYLE = "opacity:.65;font-size:85%";

/** The table, a `<div>` without scripts, links or style sheets. */
export function renderHtmlTable(input: HtmlTableInput): Markup {
  const { rows, maxRows = 50, maxColumns = 60, note } = input;
  const totalRows = input.totalRows ?? rows.length;
  const columns = input.columns.slice(0, maxColumns);
  const shownRows = rows.slice(0, maxRows);
  const head = columns.map((column) =>
    `<th scope="col" style="${style(column)}">${escapeMarkup(column.name)}` +
    `<br><span style="${QUIET_STYLE};font-weight:normal">${
      escapeMarkup(cut(column.type, 40))
    }</span></th>`
  );
  const body = shownRows.map((row) => {
    const values = cellsOf(row, columns);
    return `<tr>${
      columns.map((column, index) =>
        `<td style="${style(column)}">${cell(values[index], column.type)}</td>`
      ).join("")
    }</tr>`;
  });
  const hidden = input.columns.length - columns.length;
  const summary = [
    shownRows.length < totalRows
      ? `${formatCount(shownRows.length)} of ${formatQuantity(totalRows, "row")} shown`
      : formatQuantity(totalRows, "row"),
    hidden > 0
      ? `… ${formatQuantity(hidden, "more column")}`
      : formatQuantity(columns.length, "column"),
    ...(note === undefined ? [] : [note]),
  ].join(" · ");
  return `<div style="max-width:100%;overflow:auto"><table style="border-collapse:collapse">` +
    `<thead><tr>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody></table>` +
    `<p style="${QUIET_STYLE};margin:.4em 0">${escapeMarkup(summary)}</p></div>`;
}

function style({ type }: ShownColumn): string {
  const align = isNumericType(type) ? "right;font-variant-numeric:tabular-nums" : "left";
  return `text-align:${align};padding:.25em .7em;white-space:pre-wrap;vertical-align:top`;
}

function cell(value: unknown, type: string): Markup {
  const text = escapeMarkup(cut(formatCell(value, type), LONGEST_CELL));
  return value === null || value === undefined
    ? `<span style="${NULL_STYLE}">${text}</span>`
    : text;
}

function cut(text: string, length: number): string {
  const characters = text.length > length ? [...text.slice(0, length * 2)] : [];
  return characters.length > length ? characters.slice(0, length).join("") + "…" : text;
}

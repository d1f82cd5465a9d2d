/**
 * A query result as a table for a terminal.
 *
 * The table is never wider than the terminal: the widest text is cut first (`…`), then columns are
 * left out in the middle. Numbers are never cut unless one alone is wider than the terminal.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";
import { formatCell } from "./cell.ts";
import { formatCount, formatQuantity } from "./human.ts";
import { type Paint, paint } from "./paint.ts";
import { cellsOf, isFixedType, isNumericType, type ShownColumn, type ShownRow } from "./rows.ts";
import { type ColumnNeed, type LaidColumn, layOut } from "./table_layout.ts";
import { CUT, cutToWidth, displayWidth, fitToWidth, visible } from "./text.ts";

/** What to show and where. */
export interface TableInput {
  readonly columns: readonly ShownColumn[];
  /** All rows, or the first of them. */
  readonly rows: readonly ShownRow[];
  /** Rows that there are in all, where `rows` holds only the first; default `rows.length`. */
  readonly totalRows?: number;
  /** Columns of the terminal; default 80. */
  readonly width?: number;
  /** Rows to show at most; default 40. */
  readonly maxRows?: number;
  /** Whether ANSI styles may be used; default false. */
  readonly color?: boolean;
  /**
   * `grid`: a line a row. `expanded`: a line a value. `auto` (default): a grid, but a single row
   * that is too wide for one is expanded.
   */
  readonly layout?: "auto" | "grid" | "expanded";
}

const DEFAULT_WIDTH = 80;
const DEFAULT_ROWS = 40;
/** Text columns are left out rather than cut below this. */
const LEAST_TEXT = 8;
/** A type such as a long STRUCT never widens a column beyond this. */
const WIDEST_TYPE = 20;

interface Cell {
  readonly text: string;
  readonly isNull: boolean;
}

interface Shown {
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly isNumeric: boolean;
    /** Its values lose their meaning when they are cut. */
    readonly isWhole: boolean;
  }[];
  readonly cells: readonly (readonly Cell[])[];
  readonly totalRows: number;
  readonly width: number;
  readonly paint: Paint;
}

/** The table as lines of text, each at most `width` columns wide, ending with a newline. */
export function renderTable(input: TableInput): string {
  const { columns, rows, layout = "auto", maxRows = DEFAULT_ROWS } = input;
  const shown: Shown = {
    columns: columns.map(({ name, type }) => ({
      name: visible(name),
      type: visible(type),
      isNumeric: isNumericType(type),
      isWhole: isNumericType(type) || isFixedType(type),
    })),
    cells: rows.slice(0, maxRows).map((row) =>
      cellsOf(row, columns).map((value, index) => ({
        text: formatCell(value, columns[index].type),
        isNull: value === null || value === undefined,
      }))
    ),
    totalRows: input.totalRows ?? rows.length,
    width: Math.max(1, Math.floor(input.width ?? DEFAULT_WIDTH)),
    paint: paint(input.color ? "ansi" : "none"),
  };
  const laid = layOut(needsOf(shown), shown.width);
  const isTooWide = laid.includes("gap");
  const expand = layout === "expanded" ||
    (layout === "auto" && isTooWide && shown.totalRows === 1 && shown.cells.length === 1);
  const lines = expand ? expandedLines(shown) : gridLines(shown, laid);
  const hidden = expand
    ? 0
    : shown.columns.length - laid.filter((column) => column !== "gap").length;
  lines.push(shown.paint.dim(cutToWidth(summary(shown, hidden), shown.width)));
  return lines.join("\n") + "\n";
}

function needsOf({ columns, cells }: Shown): ColumnNeed[] {
  return columns.map(({ name, type, isWhole }, index) => {
    const widest = cells.reduce(
      (most, row) => Math.max(most, displayWidth(row[index].text.slice(0, 2000))),
      1,
    );
    const header = Math.max(displayWidth(name), Math.min(displayWidth(type), WIDEST_TYPE));
    const natural = Math.max(widest, header);
    const least = isWhole
      ? Math.max(widest, Math.min(header, LEAST_TEXT))
      : Math.min(natural, LEAST_TEXT);
    return { natural, least };
  });
}

function gridLines({ columns, cells, width, paint }: Shown, laid: LaidColumn[]): string[] {
  if (columns.length === 0) return [];
  const bar = paint.dim("│");
  const rule = (left: string, cross: string, right: string) =>
    paint.dim(
      left +
        laid.map((column) => "─".repeat((column === "gap" ? 1 : column.width) + 2)).join(cross) +
        right,
    );
  const line = (gap: string, cell: (index: number, width: number) => string) =>
    `${bar} ${
      laid.map((column) => column === "gap" ? paint.dim(gap) : cell(column.index, column.width))
        .join(` ${bar} `)
    } ${bar}`;
  const align = (index: number) => columns[index].isNumeric ? "right" : "left";
  const lines = [
    rule("┌", "┬", "┐"),
    line(CUT, (index, size) => paint.bold(fitToWidth(columns[index].name, size, align(index)))),
    line(" ", (index, size) => paint.dim(fitToWidth(columns[index].type, size, align(index)))),
    rule("├", "┼", "┤"),
    ...cells.map((row) =>
      line(CUT, (index, size) => {
        const text = fitToWidth(row[index].text, size, align(index));
        return row[index].isNull ? paint.dim(text) : text;
      })
    ),
    rule("└", "┴", "┘"),
  ];
  return lines.map((text) => displayWidth(text) <= width ? text : plainCut(text, width));
}

/** A line a value: name, type, value. */
function expandedLines({ columns, cells, width, paint }: Shown): string[] {
  const third = Math.floor(width / 3);
  const nameWidth = Math.min(third, Math.max(0, ...columns.map(({ name }) => displayWidth(name))));
  const typeWidth = Math.min(
    Math.floor(width / 4),
    WIDEST_TYPE,
    Math.max(0, ...columns.map(({ type }) => displayWidth(type))),
  );
  const room = width - nameWidth - typeWidth - 4;
  return cells.flatMap((row, at) => {
    const title = fitRule(`─ row ${formatCount(at + 1)} `, width);
    const values = row.map((cell, index) => {
      const name = paint.bold(fitToWidth(columns[index].name, nameWidth, "left"));
      const type = paint.dim(fitToWidth(columns[index].type, typeWidth, "left"));
      const text = cutToWidth(cell.text, room);
      const line = `${name}  ${type}  ${cell.isNull ? paint.dim(text) : text}`;
      return room > 0 ? line : plainCut(`${columns[index].name} ${cell.text}`, width);
    });
    return cells.length > 1 ? [paint.dim(title), ...values] : values;
  });
}

function fitRule(title: string, width: number): string {
  return cutToWidth(title + "─".repeat(Math.max(0, Math.min(width, 40) - title.length)), width);
}

/** For terminals too narrow for any table. */
function plainCut(text: string, width: number): string {
  return cutToWidth(stripVTControlCharacters(text), width);
}

function summary({ cells, totalRows, columns }: Shown, hiddenColumns: number): string {
  const rows = cells.length < totalRows
    ? `${formatCount(cells.length)} of ${formatQuantity(totalRows, "row")} shown`
    : formatQuantity(totalRows, "row");
  if (hiddenColumns > 0) return `${rows} · ${CUT} ${formatQuantity(hiddenColumns, "more column")}`;
  return `${rows} · ${formatQuantity(columns.length, "column")}`;
}

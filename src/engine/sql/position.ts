/**
 * Where in a person's own SQL text DuckDB's caret points.
 *
 * @module
 */
import stringWidth from "string-width";

/** A statement as DuckDB was given it, and where it stands in what the person wrote. */
export interface WrittenStatement {
  /** The text that DuckDB was given. */
  readonly text: string;
  /** The person's whole text. */
  readonly sql: string;
  /** What to add to an offset in `text` for the offset in `sql`. */
  readonly offset: number;
}

/** Line and column, both from 1; columns count UTF-16 units, as editors and JavaScript do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** DuckDB's error text, taken apart. */
export interface ErrorExcerpt {
  /** The text without the excerpt. */
  readonly message: string;
  readonly position: Position | undefined;
}

const EXCERPT = /\n\nLINE (\d+): (.*)\n( *)\^\s*$/;
const graphemes = new Intl.Segmenter();

/** Takes the excerpt of SQL (`LINE 1: SELECT …` and a caret below it) off an error's text. */
export function takeExcerpt(message: string, statement: WrittenStatement): ErrorExcerpt {
  const excerpt = EXCERPT.exec(message);
  if (excerpt === null) return { message, position: undefined };
  const [, number, shown, spaces] = excerpt;
  const line = Number(number);
  const caret = spaces.length - `LINE ${number}: `.length;
  const index = indexOfCaret(statement.text, line, shown, caret);
  return {
    message: message.slice(0, excerpt.index),
    position: positionAt(statement.sql, index + statement.offset),
  };
}

/** DuckDB shortens long lines with `...`, so the shown piece is looked for in the line. */
function indexOfCaret(text: string, line: number, shown: string, caret: number): number {
  const lines = text.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const whole = lines[line - 1] ?? "";
  if (whole.startsWith(shown)) return start + unitsWithin(shown, caret);
  const lead = shown.startsWith("...") ? 3 : 0;
  const piece = shown.slice(lead, shown.endsWith("...") ? -3 : undefined);
  const at = Math.max(0, whole.indexOf(piece));
  return start + at + unitsWithin(piece, caret - lead);
}

/** How many units of `text` lie before the column `width` of a terminal. */
function unitsWithin(text: string, width: number): number {
  let column = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    if (column >= width && stringWidth(segment) > 0) return index;
    column += stringWidth(segment);
  }
  return text.length;
}

function positionAt(sql: string, index: number): Position {
  const before = sql.slice(0, Math.max(0, index)).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

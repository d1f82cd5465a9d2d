/**
 * Finds out how a CSV file is written and what its columns are, from its first rows.
 *
 * What DuckDB's sniffer finds, but for this: where no way of reading gives every row as many fields, DuckDB
 * takes each line as one text; here the most frequent number of fields wins, and the other rows are bad
 * rows. Dates may be written differently in each column.
 *
 * @see https://duckdb.org/docs/stable/data/csv/auto_detection
 * @module
 */
import type { CsvType } from "./cell.ts";
import { type CellContext, type CsvColumn, eachCell, type NullTexts } from "./column.ts";
import { agreeOnForms, fits, typeOf } from "./column_types.ts";
import { byteOf, type Dialect } from "./dialect.ts";
import { Rows, scanRows } from "./scan.ts";
import { uniqueNames } from "../names.ts";

/** What is decided already; the rest is found out. */
export interface SniffGiven {
  readonly delimiter?: number;
  /** `"none"` where nothing is quoted. */
  readonly quote?: number | "none";
  readonly escape?: number;
  readonly comment?: number | "none";
  readonly header?: "present" | "absent";
  readonly names?: readonly string[];
  readonly types?: Readonly<Record<string, CsvType>>;
  /** Lines above the header. */
  readonly skipLines?: number;
  /** `nulls` where a row may have fewer fields than there are columns. */
  readonly shortRows?: "bad" | "nulls";
  readonly nulls: NullTexts;
}

/** What was found. */
export interface Sniffed {
  readonly dialect: Dialect;
  /** Rows above the header or the first row. */
  readonly skipRows: number;
  readonly hasHeader: boolean;
  readonly columns: readonly CsvColumn[];
  /** Whether a last, empty field may follow the columns. */
  readonly trailingDelimiter: boolean;
}

/** Rows by which the types are found. */
export const SAMPLE_ROWS = 20_480;
/** Rows by which the dialect is found. */
const DIALECT_ROWS = 2048;

const DELIMITERS = [",", "|", ";", "\t"].map(byteOf);
const DOUBLE_QUOTE = byteOf('"');
const SINGLE_QUOTE = byteOf("'");
const BACKSLASH = byteOf("\\");
const HASH = byteOf("#");

interface Candidate {
  readonly dialect: Dialect;
  readonly rows: Rows;
  readonly width: number;
  readonly skipRows: number;
  /** Rows with another number of fields. */
  readonly misfits: number;
  readonly trailingDelimiter: boolean;
  readonly everQuoted: boolean;
}

/**
 * Sniffs the start of a file.
 *
 * @param isWhole whether `bytes` are all of the file
 */
export function sniff(bytes: Uint8Array, isWhole: boolean, given: SniffGiven): Sniffed {
  const start = skipLines(bytes, given.skipLines ?? 0);
  const best = bestCandidate(bytes, start, isWhole, given);
  const { dialect, skipRows, width, trailingDelimiter } = best;
  const rows = new Rows();
  scanRows(bytes, start, dialect, rows, {
    isLast: isWhole,
    maxRows: SAMPLE_ROWS + skipRows + 1,
  });
  const picked = goodRows(rows, best, given.shortRows);
  const context = { bytes, rows, picked, dialect, nulls: given.nulls };
  return { dialect, skipRows, trailingDelimiter, ...headerAndTypes(context, width, given) };
}

/** The place after `count` lines. */
export function skipLines(bytes: Uint8Array, count: number): number {
  let at = 0;
  for (let line = 0; line < count && at < bytes.length; line++) {
    const next = bytes.indexOf(10, at);
    at = next === -1 ? bytes.length : next + 1;
  }
  return at;
}

function bestCandidate(
  bytes: Uint8Array,
  start: number,
  isWhole: boolean,
  given: SniffGiven,
): Candidate {
  const candidates: Candidate[] = [];
  for (const dialect of dialects(given)) {
    const rows = new Rows();
    scanRows(bytes, start, dialect, rows, { isLast: isWhole, maxRows: DIALECT_ROWS });
    if (rows.faults.size > 0 && given.quote === undefined) continue;
    candidates.push(given.shortRows === "nulls" ? padded(dialect, rows) : judged(dialect, rows));
  }
  const consistent = candidates.filter(({ misfits }) => misfits === 0);
  const wide = (list: Candidate[]) => list.filter(({ width }) => width > 1);
  const pools = [
    wide(consistent),
    wide(candidates).filter(({ misfits, rows }) => misfits * 2 < rows.rowCount),
    consistent,
    candidates,
  ];
  const pool = pools.find(({ length }) => length > 0)!;
  return pool.reduce((best, each) => isBetter(each, best, bytes, given.nulls) ? each : best);
}

/** The dialects to try, those first that win where others are as good. */
function dialects(given: SniffGiven): Dialect[] {
  const delimiters = given.delimiter === undefined ? DELIMITERS : [given.delimiter];
  const quotes = given.quote === undefined
    ? [DOUBLE_QUOTE, SINGLE_QUOTE, undefined]
    : [given.quote === "none" ? undefined : given.quote];
  const comments = given.comment === undefined
    ? [undefined, HASH]
    : [given.comment === "none" ? undefined : given.comment];
  return comments.flatMap((comment) =>
    delimiters.flatMap((delimiter) =>
      quotes.flatMap((quote): Dialect[] => {
        if (quote === undefined) return [{ delimiter, quote, escape: undefined, comment }];
        const escapes = given.escape === undefined ? [quote, BACKSLASH] : [given.escape];
        return escapes.map((escape) => ({ delimiter, quote, escape, comment }));
      })
    )
  );
}

/** How well a dialect fits. Rows above the table, such as a title, have fewer fields than the table. */
function judged(dialect: Dialect, rows: Rows): Candidate {
  const { rowCount } = rows;
  const indices = Array.from({ length: rowCount }, (_, i) => i);
  const widest = Math.max(1, ...frequentWidths(rows));
  const filled = indices.filter((row) => widest === 1 || !rows.isBlank(row));
  const first = filled[0] ?? 0;
  let width = filled.length === 0 ? 1 : rows.width(first);
  let skipRows = filled.length === 0 ? 0 : first;
  const wider = filled.findIndex((row) =>
    rows.width(row) > width && !hasTrailing(rows, row, width)
  );
  if (wider > 0 && wider <= filled.length - wider) {
    const rest = filled.slice(wider);
    const next = rows.width(rest[0]);
    if (rest.every((row) => rows.width(row) === next || hasTrailing(rows, row, next))) {
      width = next;
      skipRows = rest[0];
    }
  }
  if (skipRows === first && filled.some((row) => rows.width(row) !== width)) {
    const most = mostFrequent(filled.map((row) => rows.width(row)));
    if (
      most > 1 && !filled.every((row) => rows.width(row) === width || hasTrailing(rows, row, width))
    ) {
      width = most;
      skipRows = filled.find((row) => rows.width(row) === most || hasTrailing(rows, row, most))!;
      if (skipRows * 2 > rowCount) skipRows = first;
    }
  }
  const table = filled.filter((row) => row >= skipRows);
  const trailing = table.filter((row) => hasTrailing(rows, row, width));
  const misfits = table.filter((row) => rows.width(row) !== width).length - trailing.length;
  return {
    dialect,
    rows,
    width,
    skipRows,
    misfits,
    trailingDelimiter: trailing.length > 0,
    everQuoted: rows.everQuoted,
  };
}

/** As {@link judged}, where the widest row says how many columns there are. */
function padded(dialect: Dialect, rows: Rows): Candidate {
  const width = Math.max(1, ...frequentWidths(rows));
  let skipRows = 0;
  while (width > 1 && skipRows < rows.rowCount && rows.isBlank(skipRows)) skipRows++;
  return {
    dialect,
    rows,
    width,
    skipRows,
    misfits: 0,
    trailingDelimiter: false,
    everQuoted: rows.everQuoted,
  };
}

/** Whether a row has one field more than it should, which is empty. */
export function hasTrailing(rows: Rows, row: number, width: number): boolean {
  const last = rows.firstField[row + 1] - 1;
  return rows.width(row) === width + 1 && rows.starts[last] === rows.ends[last];
}

function frequentWidths(rows: Rows): Set<number> {
  const widths = new Set<number>();
  for (let row = 0; row < rows.rowCount; row++) widths.add(rows.width(row));
  return widths;
}

function mostFrequent(widths: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const width of widths) counts.set(width, (counts.get(width) ?? 0) + 1);
  return [...counts].reduce((best, each) => each[1] > best[1] ? each : best, [1, 0])[0];
}

/**
 * Quotes that were used say more than delimiters, more fields more than fewer; then comes the one with
 * the fewest columns of text, and the order in which they are tried.
 */
function isBetter(a: Candidate, b: Candidate, bytes: Uint8Array, nulls: NullTexts): boolean {
  if (a.width > 1 !== b.width > 1) return a.width > 1;
  // A comment character has to be needed.
  if (a.dialect.comment !== b.dialect.comment && b.misfits === 0) return false;
  if (a.everQuoted !== b.everQuoted) return a.everQuoted;
  if (a.misfits !== b.misfits) return a.misfits < b.misfits;
  if (a.width !== b.width) return a.width > b.width;
  if (a.skipRows !== b.skipRows) return a.skipRows < b.skipRows;
  if (a.dialect.delimiter === b.dialect.delimiter) return false;
  return textColumns(a, bytes, nulls) < textColumns(b, bytes, nulls);
}

function textColumns(candidate: Candidate, bytes: Uint8Array, nulls: NullTexts): number {
  const { rows, dialect, width } = candidate;
  const picked = goodRows(rows, candidate).subarray(1);
  const context = { bytes, rows, picked, dialect, nulls };
  let count = 0;
  for (let i = 0; i < width; i++) if (typeOf(context, i).type === "VARCHAR") count++;
  return count;
}

/** Rows of the table that are as wide as it; blank lines are rows where there is one column. */
function goodRows(
  rows: Rows,
  { width, skipRows }: Pick<Candidate, "width" | "skipRows">,
  shortRows: SniffGiven["shortRows"] = "bad",
): Int32Array {
  const good: number[] = [];
  for (let row = skipRows; row < rows.rowCount; row++) {
    if (rows.faults.has(row) || (width > 1 && rows.isBlank(row))) continue;
    const isShort = shortRows === "nulls" && rows.width(row) < width;
    if (isShort || rows.width(row) === width || hasTrailing(rows, row, width)) good.push(row);
  }
  return Int32Array.from(good);
}

function headerAndTypes(
  context: CellContext,
  width: number,
  given: SniffGiven,
): Pick<Sniffed, "hasHeader" | "columns"> {
  const { picked } = context;
  const isAbsent = given.header === "absent" ||
    (given.names !== undefined && given.header !== "present");
  const from = given.header === "present" || (picked.length > 1 && !isAbsent) ? 1 : 0;
  const below = { ...context, picked: picked.subarray(from) };
  const found = agreeOnForms(below, Array.from({ length: width }, (_, i) => typeOf(below, i)));
  const first = { ...context, picked: picked.subarray(0, 1) };
  let hasHeader = given.header === "present";
  if (given.header === undefined && given.names === undefined) {
    const isText = found.every(({ type }) => type === "VARCHAR");
    hasHeader = picked.length > 0 && (isText || isBlankRow(first, width) ||
      found.some(({ type, form }, i) => type !== "VARCHAR" && !fits(first, i, type, form)));
  }
  const types = hasHeader || from === 0 ? found : found.map((_, i) => typeOf(context, i));
  const names = columnNames(first, width, hasHeader ? "header" : "none", given.names);
  const columns = types.map(({ type, form }, i): CsvColumn => {
    const wanted = given.types?.[names[i]];
    const forms = wanted === type ? form : wanted === undefined ? form : undefined;
    return {
      name: names[i],
      type: wanted ?? type,
      ...(forms === undefined ? {} : { form: forms }),
    };
  });
  return { hasHeader, columns };
}

function isBlankRow(context: CellContext, width: number): boolean {
  for (let i = 0; i < width; i++) {
    let isNull = true;
    eachCell(context, i, (_, start) => isNull = start === -1);
    if (!isNull) return false;
  }
  return true;
}

const utf8 = new TextDecoder();

function columnNames(
  first: CellContext,
  width: number,
  from: "header" | "none",
  given: readonly string[] | undefined,
): string[] {
  const digits = String(width - 1).length;
  const names = Array.from({ length: width }, (_, i) => {
    let name = given?.[i] ?? "";
    if (given === undefined && from === "header") {
      eachCell(first, i, (bytes, start, end) => {
        if (start !== -1) name = utf8.decode(bytes.subarray(start, end)).trim();
      });
    }
    return name === "" ? `column${String(i).padStart(digits, "0")}` : name;
  });
  return uniqueNames(names, "ignore-case");
}

/**
 * Bytes of a CSV file cut into rows and fields.
 *
 * Quotes count at the start of a field only, spaces before them apart. Rows end with LF, CR LF or CR.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 * @module
 */
import { CR, type Dialect, LF, SPACE } from "./dialect.ts";

/** Why a row cannot be read, where it is not the number of its fields. */
export type RowFault = "text after a closing quote" | "a quote that is never closed";

/** The rows of a piece of a file. */
export class Rows {
  /** Start of each field, in bytes. */
  starts = new Int32Array(4096);
  /** End of each field; its complement where escapes must be taken out. */
  ends = new Int32Array(4096);
  fieldCount = 0;
  /** First field of each row, and behind the last the number of fields. */
  firstField = new Int32Array(1024);
  /** Where each row starts, and behind the last where it ends. */
  rowStart = new Int32Array(1024);
  rowCount = 0;
  readonly faults = new Map<number, RowFault>();
  /** Whether a field was quoted, and whether one had an escape. */
  everQuoted = false;
  everEscaped = false;
  /** Line breaks in all of the rows, those inside of quotes among them. */
  lines = 0;

  /** Number of fields of a row. */
  width(row: number): number {
    return this.firstField[row + 1] - this.firstField[row];
  }

  /** Whether a row has nothing at all in it. */
  isBlank(row: number): boolean {
    const first = this.firstField[row];
    return this.width(row) === 1 && this.starts[first] === this.ends[first];
  }

  field(start: number, end: number): void {
    if (this.fieldCount === this.starts.length) {
      this.starts = grown(this.starts);
      this.ends = grown(this.ends);
    }
    this.starts[this.fieldCount] = start;
    this.ends[this.fieldCount++] = end;
  }

  row(start: number, firstField: number, next: number): void {
    if (this.rowCount + 1 === this.rowStart.length) {
      this.rowStart = grown(this.rowStart);
      this.firstField = grown(this.firstField);
    }
    this.rowStart[this.rowCount] = start;
    this.firstField[this.rowCount++] = firstField;
    this.rowStart[this.rowCount] = next;
    this.firstField[this.rowCount] = this.fieldCount;
  }

  /** Forgets all rows; keeps the memory. */
  clear(): void {
    this.fieldCount = 0;
    this.rowCount = 0;
    this.faults.clear();
    this.everQuoted = false;
    this.everEscaped = false;
    this.lines = 0;
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** How a scan ends. */
export interface ScanLimits {
  /** Whether the file ends where the bytes end: a row needs no line break then. */
  readonly isLast: boolean;
  /** Rows to stop after. */
  readonly maxRows?: number;
}

/** A row, or what follows it, is not there whole yet. */
const INCOMPLETE = -1;

/**
 * Appends the rows of `bytes` from `at` on to `rows`, and gives the first byte that is in none: a row that
 * is not there whole is left for the next piece, unless it is the last.
 */
export function scanRows(
  bytes: Uint8Array,
  at: number,
  dialect: Dialect,
  rows: Rows,
  { isLast, maxRows = Infinity }: ScanLimits,
): number {
  let pos = at;
  while (pos < bytes.length && rows.rowCount < maxRows) {
    const { fieldCount, lines } = rows;
    const isComment = bytes[pos] === dialect.comment;
    let next = isComment
      ? afterLine(bytes, pos, isLast)
      : scanFields(bytes, pos, dialect, rows, isLast);
    if (next === INCOMPLETE) {
      rows.fieldCount = fieldCount;
      rows.lines = lines;
      break;
    }
    if (next < 0) {
      // The rest of the line cannot be told apart: the row ends with it.
      rows.fieldCount = fieldCount;
      rows.lines = lines;
      const fault = isLast && next === UNCLOSED ? "a quote that is never closed" : AFTER_QUOTE;
      next = afterLine(bytes, next === UNCLOSED ? pos : -next, isLast);
      if (next === INCOMPLETE) break;
      rows.faults.set(rows.rowCount, fault);
    }
    rows.lines++;
    if (!isComment) rows.row(pos, fieldCount, next);
    pos = next;
  }
  return pos;
}

const AFTER_QUOTE: RowFault = "text after a closing quote";
/** A quote has no end in what is there. Below any place. */
const UNCLOSED = -(2 ** 40);

/**
 * Adds the fields of the row at `pos` and gives the place after its line break; {@link INCOMPLETE},
 * {@link UNCLOSED}, or the negative place of text after a closing quote.
 */
function scanFields(
  bytes: Uint8Array,
  pos: number,
  dialect: Dialect,
  rows: Rows,
  isLast: boolean,
): number {
  const end = bytes.length;
  const { delimiter, quote = -1 } = dialect;
  while (true) {
    const open = quote === -1 ? -1 : openingQuote(bytes, pos, delimiter, quote);
    if (open !== -1) {
      const after = quoted(bytes, open, dialect, rows);
      if (after < 0) return after === UNCLOSED && !isLast ? INCOMPLETE : after;
      pos = after;
    } else {
      const start = pos;
      while (pos < end) {
        const byte = bytes[pos];
        if (byte === delimiter || byte === LF || byte === CR) break;
        pos++;
      }
      rows.field(start, pos);
    }
    if (pos >= end) return isLast ? pos : INCOMPLETE;
    if (bytes[pos] !== delimiter) return afterBreak(bytes, pos, isLast);
    pos++;
    if (pos >= end) {
      rows.field(pos, pos);
      return isLast ? pos : INCOMPLETE;
    }
  }
}

/** Where the quote is that a field at `pos` starts with, spaces apart; -1 where there is none. */
function openingQuote(bytes: Uint8Array, pos: number, delimiter: number, quote: number): number {
  if (bytes[pos] === quote) return pos;
  if (bytes[pos] !== SPACE || delimiter === SPACE) return -1;
  while (bytes[pos] === SPACE) pos++;
  return bytes[pos] === quote ? pos : -1;
}

/** The byte after a line break at `pos`. An LF may follow a CR that is the last byte. */
function afterBreak(bytes: Uint8Array, pos: number, isLast: boolean): number {
  if (bytes[pos] === LF) return pos + 1;
  if (pos + 1 < bytes.length) return bytes[pos + 1] === LF ? pos + 2 : pos + 1;
  return isLast ? pos + 1 : INCOMPLETE;
}

/** The byte after the line that `pos` is in. */
function afterLine(bytes: Uint8Array, pos: number, isLast: boolean): number {
  while (pos < bytes.length) {
    if (bytes[pos] === LF || bytes[pos] === CR) return afterBreak(bytes, pos, isLast);
    pos++;
  }
  return isLast ? pos : INCOMPLETE;
}

/**
 * Adds the quoted field whose opening quote is at `open`, and gives the place of what follows it: a
 * delimiter, a line break or the end; {@link UNCLOSED}, or the negative place of text that follows the quote.
 */
function quoted(bytes: Uint8Array, open: number, dialect: Dialect, rows: Rows): number {
  const end = bytes.length;
  const { delimiter, quote, escape } = dialect;
  let isEscaped = false;
  let pos = open + 1;
  for (; pos < end; pos++) {
    const byte = bytes[pos];
    if (byte === quote) {
      if (escape !== quote) break;
      if (bytes[pos + 1] !== quote) break;
      isEscaped = true;
      pos++;
    } else if (byte === escape) {
      if (bytes[pos + 1] === quote || bytes[pos + 1] === escape) {
        isEscaped = true;
        pos++;
      }
    } else if (byte === LF || (byte === CR && bytes[pos + 1] !== LF)) {
      rows.lines++;
    }
  }
  if (pos >= end) return UNCLOSED;
  let after = pos + 1;
  while (bytes[after] === SPACE && delimiter !== SPACE) after++;
  if (after < end) {
    const byte = bytes[after];
    if (byte !== delimiter && byte !== LF && byte !== CR) return -after;
  }
  rows.everQuoted = true;
  if (isEscaped) rows.everEscaped = true;
  rows.field(open + 1, isEscaped ? ~pos : pos);
  return after;
}

/** The bytes of a field without its escapes. */
export function unescape(
  bytes: Uint8Array,
  start: number,
  end: number,
  { quote, escape }: Dialect,
): Uint8Array {
  const out = new Uint8Array(end - start);
  let to = 0;
  for (let from = start; from < end; from++) {
    if (
      bytes[from] === escape && from + 1 < end &&
      (bytes[from + 1] === quote || bytes[from + 1] === escape)
    ) from++;
    out[to++] = bytes[from];
  }
  return out.subarray(0, to);
}

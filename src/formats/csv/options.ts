/**
 * How a CSV file is to be read, where it is not to be found out.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";
import { CSV_TYPES, type CsvType } from "./cell.ts";
import { byteOf } from "./dialect.ts";
import type { SniffGiven } from "./sniff.ts";
import type { Compression, TextEncoding } from "./text_stream.ts";

/** A row that cannot be read. */
export interface BadRow {
  /** Counted from 1; a row whose quotes hold line breaks has the line on which it starts. */
  readonly line: number;
  /** Where it starts, in bytes of the text: of the file itself where that is UTF-8 and not compressed. */
  readonly byteOffset: number;
  /** Such as `4 fields where there should be 3`. */
  readonly reason: string;
}

/** Options of {@link CsvReader}; what is left out is found out as DuckDB's sniffer does. */
export interface CsvOptions {
  /** One character. */
  readonly delimiter?: string;
  /** One character, or `""` where nothing is quoted. */
  readonly quote?: string;
  /** What stands before a quote inside of quotes: one character. */
  readonly escape?: string;
  /** What starts a line that is no row: one character, or `""` for none. */
  readonly comment?: string;
  readonly header?: "present" | "absent";
  /** Names of the columns. The first row is then no header unless `header` says so. */
  readonly names?: readonly string[];
  /** Types by the names of columns; the others are found out. */
  readonly types?: Readonly<Record<string, CsvType>>;
  /** Texts that stand for NULL; `[""]` by default. */
  readonly nulls?: readonly string[];
  /** Lines above the header that are no rows. */
  readonly skipLines?: number;
  /** What to do with a row that cannot be read; `error` by default. */
  readonly badRows?: "error" | "skip";
  /** What a row with too few fields is: a bad row, by default, or one that ends in NULLs. */
  readonly shortRows?: "bad" | "nulls";
  /** Told of each row that is skipped. */
  readonly onBadRow?: (row: BadRow) => void;
  readonly compression?: Compression;
  readonly encoding?: TextEncoding;
}

/**
 * What the sniffer is given.
 *
 * @throws {UsageError} for options that cannot be
 */
export function sniffGiven(options: CsvOptions): SniffGiven {
  const { delimiter, quote, escape, comment, names, types, header, skipLines } = options;
  const encoder = new TextEncoder();
  for (const [name, type] of Object.entries(types ?? {})) {
    if (CSV_TYPES.includes(type)) continue;
    throw new UsageError(`the column "${name}" cannot be read as ${type}`, {
      hint: `The types are ${CSV_TYPES.join(", ")}.`,
    });
  }
  return {
    ...(delimiter === undefined ? {} : { delimiter: character("delimiter", delimiter) }),
    ...(quote === undefined ? {} : { quote: quote === "" ? "none" : character("quote", quote) }),
    ...(escape === undefined ? {} : { escape: character("escape", escape) }),
    ...(comment === undefined
      ? {}
      : { comment: comment === "" ? "none" : character("comment", comment) }),
    ...(names === undefined ? {} : { names }),
    ...(types === undefined ? {} : { types }),
    ...(header === undefined ? {} : { header }),
    ...(skipLines === undefined ? {} : { skipLines }),
    shortRows: options.shortRows ?? "bad",
    nulls: (options.nulls ?? [""]).map((text) => encoder.encode(text)),
  };
}

function character(name: string, text: string): number {
  const byte = byteOf(text);
  if (text.length === 1 && byte < 128 && byte !== 10 && byte !== 13) return byte;
  throw new UsageError(`the ${name} is ${JSON.stringify(text)}`, {
    hint: "One ASCII character, and no line break.",
  });
}

/**
 * The formats that a result can have, and how one is chosen.
 *
 * @module
 */
import { UsageError } from "../errors.ts";

/** Formats of `--format`. */
export const FORMATS = [
  "table",
  "csv",
  "tsv",
  "json",
  "ndjson",
  "markdown",
  "parquet",
  "arrow",
] as const;

/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

const BY_EXTENSION: Readonly<Record<string, Format>> = {
  txt: "table",
  csv: "csv",
  tsv: "tsv",
  json: "json",
  ndjson: "ndjson",
  jsonl: "ndjson",
  md: "markdown",
  parquet: "parquet",
  pq: "parquet",
  arrow: "arrow",
  arrows: "arrow",
};

/** What decides the format. */
export interface FormatChoice {
  /** `--format`. */
  readonly format: Format | undefined;
  /** `-o` with a local file. */
  readonly file: string | undefined;
  readonly json: boolean;
  readonly isTerminal: boolean;
}

/**
 * `--format`, else the file's extension, else JSON under `--json`, else a table for a person and
 * CSV for a program.
 *
 * @throws {UsageError} when a file's extension says nothing
 */
export function chooseFormat(choice: FormatChoice): Format {
  if (choice.format !== undefined) return choice.format;
  if (choice.file !== undefined) return formatOfFile(choice.file);
  if (choice.json) return "json";
  return choice.isTerminal ? "table" : "csv";
}

function formatOfFile(path: string): Format {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  const format = BY_EXTENSION[extension];
  if (format === undefined) {
    throw new UsageError(`the name ${path} does not say which format to write`, {
      hint: `Add --format (${FORMATS.join(", ")}), or end the name in one of ${
        Object.keys(BY_EXTENSION).map((known) => `.${known}`).join(" ")
      }.`,
    });
  }
  return format;
}

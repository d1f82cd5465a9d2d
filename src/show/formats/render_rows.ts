/**
 * Picks a text format by its name and runs rows through it.
 *
 * @module
 */
import { csvFormat } from "./csv.ts";
import { jsonFormat, ndjsonFormat } from "./json.ts";
import { markdownFormat } from "./markdown.ts";
import type { RowFormat, RowFormatInput } from "./row_format.ts";
import type { ShownRow } from "../rows.ts";
import { tsvFormat } from "./tsv.ts";

const FORMATS = {
  csv: csvFormat,
  tsv: tsvFormat,
  markdown: markdownFormat,
  ndjson: ndjsonFormat,
  json: jsonFormat,
} as const satisfies Record<string, (input: RowFormatInput) => RowFormat>;

/** A text format for results of any size. */
export type RowFormatName = keyof typeof FORMATS;

/** The names of the formats. */
export const ROW_FORMATS = Object.keys(FORMATS) as readonly RowFormatName[];

/** The format `name` for the result that `input` describes. */
export function rowFormat(name: RowFormatName, input: RowFormatInput): RowFormat {
  return FORMATS[name](input);
}

/**
 * The text of a result, piece by piece: one piece a batch, so that memory holds one batch at a time.
 * What the source of batches throws is thrown on; nothing is written after it.
 */
export async function* renderRows(
  name: RowFormatName,
  input: RowFormatInput,
  batches: AsyncIterable<readonly ShownRow[]> | Iterable<readonly ShownRow[]>,
): AsyncGenerator<string, void, undefined> {
  const format = rowFormat(name, input);
  yield format.begin();
  for await (const batch of batches) {
    if (batch.length > 0) yield format.rows(batch);
  }
  yield format.end();
}

/**
 * Finds the type of each column of a CSV file from its first rows.
 *
 * @module
 */
import { CSV_TYPES, type CsvType, parseBigint, parseBoolean, parseDouble } from "./cell.ts";
import {
  DATE_FORMS,
  type DateForm,
  parseDateCell,
  parseTimeCell,
  parseTimestampCell,
  TIMESTAMP_FORMS,
} from "./date_cell.ts";
import { type CellContext, eachCell } from "./column.ts";

/** A column's type, and how its dates are written. */
export interface FoundType {
  readonly type: CsvType;
  readonly form?: DateForm;
}

/**
 * Where a date may be read in two ways, the way that more columns of the file are written in is taken.
 * Of two that as many are written in, the first that DuckDB prefers.
 */
export function agreeOnForms(context: CellContext, found: readonly FoundType[]): FoundType[] {
  const agreed = [...found];
  for (const type of ["DATE", "TIMESTAMP"] as const) {
    const forms = type === "DATE" ? DATE_FORMS : TIMESTAMP_FORMS;
    let open = found.flatMap((each, i) => each.type === type ? [i] : []);
    if (open.length < 2) continue;
    const fitting = new Map(
      open.map((i) => [i, forms.filter((form) => check(context, i, type, form) === "fits")]),
    );
    while (open.length > 0) {
      const votes = forms.map((form) => open.filter((i) => fitting.get(i)!.includes(form)));
      const winner = votes.reduce((best, each) => each.length > best.length ? each : best);
      const form = forms[votes.indexOf(winner)];
      for (const i of winner) agreed[i] = { type, form };
      open = open.filter((i) => !winner.includes(i));
    }
  }
  return agreed;
}

/** The first type that every value of a column has. A column without values is text. */
export function typeOf(context: CellContext, index: number): FoundType {
  let tried = 0;
  while (tried < CSV_TYPES.length - 1) {
    const type = CSV_TYPES[tried];
    const forms = type === "DATE"
      ? DATE_FORMS
      : type === "TIMESTAMP"
      ? TIMESTAMP_FORMS
      : [undefined];
    let hasValues = false;
    for (const form of forms) {
      const outcome = check(context, index, type, form);
      if (outcome === "fits") return form === undefined ? { type } : { type, form };
      if (outcome !== "empty") hasValues = true;
      else break;
    }
    if (!hasValues) return { type: "VARCHAR" };
    tried++;
  }
  return { type: "VARCHAR" };
}

/** Whether every value of a column has the type. */
export function fits(context: CellContext, index: number, type: CsvType, form?: DateForm): boolean {
  return check(context, index, type, form) !== "misfit";
}

class Misfit extends Error {}

function check(
  context: CellContext,
  index: number,
  type: CsvType,
  form: DateForm | undefined,
): "fits" | "misfit" | "empty" {
  const parses = parserOf(type, form);
  let any = false;
  try {
    eachCell(context, index, (bytes, start, end) => {
      if (start === -1) return;
      any = true;
      if (!parses(bytes, start, end)) throw new Misfit();
    });
  } catch (error) {
    if (error instanceof Misfit) return "misfit";
    throw error;
  }
  return any ? "fits" : "empty";
}

const scratch = new BigInt64Array(1);
const scratchSink = { values: scratch, halves: new Int32Array(scratch.buffer) };

function parserOf(
  type: CsvType,
  form: DateForm = DATE_FORMS[0],
): (bytes: Uint8Array, start: number, end: number) => boolean {
  switch (type) {
    case "BOOLEAN":
      return (bytes, start, end) => parseBoolean(bytes, start, end) !== undefined;
    case "TIME":
      return (bytes, start, end) => parseTimeCell(bytes, start, end) !== undefined;
    case "DATE":
      return (bytes, start, end) => parseDateCell(bytes, start, end, form) !== undefined;
    case "TIMESTAMP":
      return (bytes, start, end) =>
        parseTimestampCell(bytes, start, end, form)?.hasOffset === false;
    case "TIMESTAMP WITH TIME ZONE":
      return (bytes, start, end) => parseTimestampCell(bytes, start, end, form) !== undefined;
    case "BIGINT":
      return (bytes, start, end) => parseBigint(bytes, start, end, scratchSink, 0);
    case "DOUBLE":
      return (bytes, start, end) => parseDouble(bytes, start, end) !== undefined;
    case "VARCHAR":
      return () => true;
  }
}

/**
 * What notebooks show: MIME bundles for results, and a `display` that loses none.
 *
 * @module
 */
import type { Report } from "../engine/report.ts";
import { renderHtmlTable } from "./html.ts";
import { JUPYTER_DISPLAY, type MimeBundle } from "./mime.ts";
import { renderReportLine } from "./report_line.ts";
import type { ShownColumn, ShownRow } from "./rows.ts";
import { renderTable } from "./table.ts";

/** The part of a query's result that is shown: only as many rows as are shown are taken. */
export interface TableSource extends Iterable<ShownRow> {
  readonly columns: readonly ShownColumn[];
  readonly rowCount: number;
  readonly report?: Report;
}

const HTML_ROWS = 50;
const TEXT_ROWS = 20;

/** A result as a notebook shows it: text, and HTML in which all data is escaped. */
export function tableBundle(source: TableSource): MimeBundle {
  const input = {
    columns: source.columns,
    rows: first(source, HTML_ROWS),
    totalRows: source.rowCount,
  };
  const note = source.report === undefined ? undefined : renderReportLine(source.report);
  return {
    "text/plain": renderTable({ ...input, width: 100, maxRows: TEXT_ROWS }) +
      (note === undefined ? "" : `${note}\n`),
    "text/html": renderHtmlTable({ ...input, maxRows: HTML_ROWS, note }),
  };
}

/** Makes notebooks show every instance of a result's class by {@link tableBundle}. */
export function installTableDisplay(resultClass: { readonly prototype: TableSource }): void {
  Object.defineProperty(resultClass.prototype, JUPYTER_DISPLAY, {
    configurable: true,
    value(this: TableSource): MimeBundle {
      return tableBundle(this);
    },
  });
}

/** The kernel's own display. */
export interface Notebook {
  display(bundle: unknown, options: { raw: true }): Promise<void>;
}

/** Where `display` shows things; defaults are what is there. */
export interface DisplayOptions {
  /** Default: Deno's kernel, if this runs in one. */
  readonly notebook?: Notebook;
  /** Takes the text where there is no notebook; default: standard output. */
  readonly write?: (text: string) => void;
  /** Milliseconds to wait after showing; default 50: without it the kernel loses outputs. */
  readonly settle?: number;
}

/**
 * Shows `value` (a result, a chart, a map, text) below the cell; outside of a notebook its text goes
 * to standard output. Await it, and end the cell with it: the kernel loses what a cell's last
 * expression returns.
 */
export async function display(value: unknown, options: DisplayOptions = {}): Promise<void> {
  const { notebook = kernel(), write = writeLine, settle = 50 } = options;
  const bundle = await bundleOf(value);
  if (notebook === undefined) return write(String(bundle["text/plain"] ?? value));
  await notebook.display(bundle, { raw: true });
  await new Promise((resolve) => setTimeout(resolve, settle));
}

function first(rows: Iterable<ShownRow>, count: number): ShownRow[] {
  const taken: ShownRow[] = [];
  for (const row of rows) {
    if (taken.length === count) break;
    taken.push(row);
  }
  return taken;
}

async function bundleOf(value: unknown): Promise<MimeBundle> {
  if (typeof value === "object" && value !== null && JUPYTER_DISPLAY in value) {
    const show = value[JUPYTER_DISPLAY];
    if (typeof show === "function") return await show.call(value) as MimeBundle;
  }
  const isText = typeof value === "string" || typeof value !== "object";
  return { "text/plain": isText ? String(value) : Deno.inspect(value) };
}

function kernel(): Notebook | undefined {
  try {
    return (Deno as unknown as { jupyter?: Notebook }).jupyter;
  } catch {
    // Outside of a notebook some versions of Deno throw here.
    return undefined;
  }
}

function writeLine(text: string): void {
  // deno-lint-ignore no-console -- the text form of a notebook's output
  console.log(text.replace(/\n$/, ""));
}

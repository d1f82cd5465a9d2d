/**
 * Writes the result of one statement in one format, in memory that does not grow with it.
 *
 * @module
 */
import type { Report } from "../engine/report.ts";
import type { ResultStream, Session } from "../mod.ts";
import type { Invocation } from "./invocation.ts";
import type { Format } from "./output_format.ts";
import { type CommandProgress, showProgress } from "./progress.ts";
import type { RunnableStatement } from "./statements.ts";

/** What to write and where. */
export interface WriteOptions {
  readonly format: Format;
  /** Rows at most. */
  readonly limit: number | undefined;
  /** Resolves when the data is taken. */
  readonly write: (data: string | Uint8Array) => Promise<void>;
  /** Whether to forecast first. */
  readonly forecast?: boolean;
  /** The local file that is written to, if it is one; DuckDB writes Parquet there itself. */
  readonly file?: string;
}

/** Rows that a table shows when no limit was given. */
const TABLE_ROWS = 40;
/** Rows that are made into text at a time. */
const BATCH_ROWS = 1000;

/** Runs the statement and writes its result. */
export async function writeResult(
  invocation: Invocation,
  session: Session,
  statement: RunnableStatement,
  options: WriteOptions,
): Promise<Report> {
  using progress = showProgress(invocation);
  switch (options.format) {
    case "table":
      return await writeTable(invocation, session, statement, options, progress);
    case "parquet":
      return await writeParquet(invocation, session, statement, options, progress);
    case "arrow":
      return await writeArrow(invocation, session, statement, options, progress);
    default:
      return await writeText(invocation, session, statement, options, progress);
  }
}

async function writeTable(
  { host, style, signal }: Invocation,
  session: Session,
  { text, params }: RunnableStatement,
  { limit, write, forecast }: WriteOptions,
  progress: CommandProgress,
): Promise<Report> {
  const { renderTable } = await import("../show/table.ts");
  const maxRows = limit ?? TABLE_ROWS;
  const result = await session.query(text, params, {
    signal,
    onProgress: progress.fraction,
    limit: maxRows + 1,
    forecast,
  });
  const rows = result.rows();
  progress.clear();
  const table = renderTable({
    columns: result.columns,
    rows: rows.slice(0, maxRows),
    width: host.stdout.columns,
    maxRows,
    color: style.enabled,
  });
  const isCut = limit === undefined && rows.length > maxRows;
  await write(isCut ? sayCut(table) + style.dim(MORE) + "\n" : table);
  return { ...result.report, rows: Math.min(rows.length, maxRows) };
}

const MORE = "--limit N shows N rows, --format csv all of them";

/** The table's last line counts rows, of which there are more. */
function sayCut(table: string): string {
  return table.replace(new RegExp(`(${TABLE_ROWS} rows[^\\n]*\\n)$`), "the first $1");
}

async function writeText(
  { signal }: Invocation,
  session: Session,
  { text, params }: RunnableStatement,
  { format, limit, write, forecast }: WriteOptions,
  progress: CommandProgress,
): Promise<Report> {
  const { renderRows } = await import("../show/formats/render_rows.ts");
  const options = { signal, onProgress: progress.fraction, limit, forecast };
  const isJson = format === "json" || format === "ndjson";
  const stream: ResultStream<Record<string, unknown>> = isJson
    ? session.streamJson(text, params, options)
    : session.streamRows(text, params, options);
  const input = { columns: await stream.columns(), toJsonValue: (value: unknown) => value };
  const name = format as Exclude<Format, "table" | "parquet" | "arrow">;
  for await (const piece of renderRows(name, input, batched(stream))) {
    if (piece === "") continue;
    progress.clear();
    await write(piece);
  }
  return stream.report!;
}

async function* batched<T>(items: AsyncIterable<T>): AsyncGenerator<T[], void, undefined> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function writeArrow(
  { signal }: Invocation,
  session: Session,
  { text, params }: RunnableStatement,
  { limit, write, file, forecast }: WriteOptions,
  progress: CommandProgress,
): Promise<Report> {
  const { arrowIpc } = await import("./arrow_ipc.ts");
  const options = { signal, onProgress: progress.fraction, limit, forecast };
  const stream = session.stream(text, params, options);
  for await (const piece of arrowIpc(file === undefined ? "stream" : "file", stream)) {
    await write(piece);
  }
  return stream.report!;
}

/** DuckDB writes Parquet to files only; for a pipe it goes through a temporary one. */
async function writeParquet(
  { signal }: Invocation,
  session: Session,
  statement: RunnableStatement,
  { limit, write, file, forecast }: WriteOptions,
  progress: CommandProgress,
): Promise<Report> {
  const { quoteLiteral } = await import("../engine/sql/quote.ts");
  const path = file ?? await Deno.makeTempFile({ prefix: "dipper-", suffix: ".parquet" });
  try {
    const target = `TO ${quoteLiteral(path)} (FORMAT parquet, COMPRESSION zstd)`;
    const copy = limit === undefined
      ? statement.wrap("COPY (", `\n) ${target}`)
      : statement.wrap("COPY (FROM (", `\n) LIMIT ${limit}) ${target}`);
    try {
      const options = { signal, onProgress: progress.fraction, forecast };
      const result = await session.query(copy.text, copy.params, options);
      const count = Number(result.rows()[0]?.[result.columns[0].name] ?? 0);
      if (file === undefined) await pour(path, write);
      return { ...result.report, rows: count };
    } catch (error) {
      throw copy.relocate(error);
    }
  } finally {
    if (file === undefined) await Deno.remove(path);
  }
}

async function pour(path: string, write: WriteOptions["write"]): Promise<void> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(256 * 1024);
  for (;;) {
    const length = await file.read(buffer);
    if (length === null) return;
    await write(buffer.slice(0, length));
  }
}

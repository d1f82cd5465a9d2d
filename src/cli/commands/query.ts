/**
 * `dipper query`: SQL over `s3://`, its result to the screen, a file or a bucket.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../errors.ts";
import type { CopyOptions, Session } from "../../mod.ts";
import type { Report, Transport } from "../../engine/report.ts";
import { parseSize } from "../../settings.ts";
import { isS3Uri } from "../../store/uri.ts";
import { examples, type Run } from "../command.ts";
import { type ImmutableFlags, immutableOption, immutableStores } from "../immutable.ts";
import type { Invocation } from "../invocation.ts";
import { writeWhole } from "../local_file.ts";
import { chooseFormat, type Format, FORMATS } from "../output_format.ts";
import { collectParam, type ParamFlag } from "../params.ts";
import { readSql } from "../sql_source.ts";
import { type RunnableStatement, runnableStatements } from "../statements.ts";
import { showProgress } from "../progress.ts";
import { writeReport } from "../report_file.ts";
import { type WriteOptions, writeResult } from "../result_writer.ts";

interface QueryFlags extends ImmutableFlags {
  readonly file?: string;
  readonly param: readonly ParamFlag[];
  readonly format?: Format;
  readonly output?: string;
  readonly ifExists?: "error" | "overwrite" | "append";
  readonly partitionBy?: readonly string[];
  readonly limit?: number;
  readonly report?: string;
  readonly forecast: boolean;
  readonly maxBytes?: number;
  readonly maxRequests?: number;
  readonly transport: Transport;
}

/** Adds the command. */
export function registerQuery(program: Command, run: Run): void {
  program.command("query")
    .summary("run SQL over files in buckets")
    .description(
      "Runs SQL (DuckDB's) over files in buckets, and prints the result: a table on a terminal, " +
        "CSV into a pipe, or what --format or the name of the output says. Several statements are " +
        "separated by ; and share one session; as tables all their results are printed, in every " +
        "other format the last one.",
    )
    .argument("[sql]", "SQL text; without it, or as -, it is read from standard input")
    .option("-f, --file <path>", "read the SQL from a file")
    .option(
      "-p, --param <name=value>",
      "value for $name, again for each; bound, never spliced in. Numbers, true and false are " +
        "seen as such; name:TYPE=value names a type, as in day:DATE=2026-01-31",
      collectParam,
      [],
    )
    .addOption(new Option("--format <format>", "format of the result").choices([...FORMATS]))
    .option(
      "-o, --output <target>",
      "write to a local FILE, which appears whole or not at all, or to s3://BUCKET/KEY",
    )
    .addOption(
      new Option(
        "--if-exists <what>",
        "what to do when the output exists; unless told, a file is replaced and s3 is left",
      ).choices(["error", "overwrite", "append"]),
    )
    .option(
      "--partition-by <columns>",
      "folders by the values of these columns, for -o s3://…/",
      (text: string) => text.split(",").map((name) => name.trim()).filter((name) => name !== ""),
    )
    .option("--limit <rows>", "rows of the result at most", parseLimit)
    .option(
      "--report <file>",
      "write what it cost as JSON: requests, bytes, seconds (- for standard error)",
    )
    .option(
      "--forecast",
      "say beside what it cost what was forecast, as dipper explain does; asks for footers first",
      false,
    )
    .option(
      "--max-bytes <size>",
      "end the query when it has read this much from the stores, as in 500MB",
      parseBytes,
    )
    .option(
      "--max-requests <count>",
      "end the query when it has sent this many requests",
      parseCount,
    )
    .addOption(immutableOption())
    .addOption(
      new Option(
        "--transport <transport>",
        "gateway: read ahead and cached; direct: DuckDB asks the store itself",
      ).choices(["gateway", "direct"]).default("gateway"),
    )
    .addHelpText(
      "after",
      examples(
        `dipper query "SELECT * FROM 's3://demo/nycflights13/airlines.csv'"`,
        `dipper query 'FROM "s3://demo/nycflights13/airports.csv" WHERE faa = $code' -p code=JFK`,
        `dipper query "FROM 's3://demo/nycflights13/flights.parquet'" --limit 5 --format json`,
        `dipper query --forecast "SELECT avg(dep_delay) FROM 's3://demo/nycflights13/flights.parquet'"`,
        `dipper query -f delays.sql -p day:DATE=2013-02-14 -o delays.csv`,
        `dipper query "FROM 's3://demo/nycflights13/flights.parquet'" \\\n` +
          `      -o s3://demo/out/ --partition-by month`,
      ),
    )
    .action(run(async (invocation, argument: string | undefined, flags: QueryFlags) => {
      const target = targetOf(invocation, flags);
      const sql = await readSql(argument, flags.file, invocation.host.stdin);
      invocation.sql = sql;
      const statements = runnableStatements(sql.text, flags.param);
      const { connect } = await import("../../engine/connect.ts");
      await using session = await connect({
        ...invocation.storeOptions(),
        ...immutableStores(flags),
        signal: invocation.signal,
        transport: flags.transport,
        maxBytes: flags.maxBytes,
        maxRequests: flags.maxRequests,
      });
      const reports = await runAll(invocation, session, statements, target, flags);
      await finish(invocation, reports, flags.report);
    }));
}

/** Where the result goes, all of it checked before anything runs. */
type Target =
  | { readonly to: "stdout"; readonly format: Format }
  | {
    readonly to: "file";
    readonly format: Format;
    readonly path: string;
    readonly ifExists: "error" | "overwrite";
  }
  | { readonly to: "s3"; readonly uri: string; readonly options: CopyOptions };

function targetOf(invocation: Invocation, flags: QueryFlags): Target {
  const { output, format, ifExists, partitionBy } = flags;
  if (output !== undefined && isS3Uri(output)) {
    if (flags.limit !== undefined) {
      throw new UsageError("--limit is for results that are shown or written to a file", {
        hint: "Write LIMIT in the SQL.",
      });
    }
    return {
      to: "s3",
      uri: output,
      options: {
        ...(format === undefined ? {} : { format: s3Format(format) }),
        ...(ifExists === undefined ? {} : { ifExists }),
        ...(partitionBy === undefined ? {} : { partitionBy: [...partitionBy] }),
      },
    };
  }
  if (partitionBy !== undefined) {
    throw new UsageError("--partition-by needs -o s3://BUCKET/PREFIX/");
  }
  const { host, flags: { json } } = invocation;
  const isTerminal = host.stdout.isTerminal;
  const chosen = chooseFormat({ format, file: output, json, isTerminal });
  if (output === undefined) {
    if (ifExists !== undefined) throw new UsageError("--if-exists needs -o");
    if (isTerminal && (chosen === "parquet" || chosen === "arrow")) {
      throw new UsageError(`${chosen} is bytes, which a terminal cannot show`, {
        hint: `Write it to a file: -o result.${chosen}`,
      });
    }
    return { to: "stdout", format: chosen };
  }
  if (ifExists === "append") {
    throw new UsageError("a local file can be replaced, not appended to", {
      hint: "Use --format csv and >> of the shell.",
    });
  }
  return { to: "file", format: chosen, path: output, ifExists: ifExists ?? "overwrite" };
}

function s3Format(format: Format): NonNullable<CopyOptions["format"]> {
  if (format === "parquet" || format === "csv" || format === "json") return format;
  if (format === "ndjson") return "json";
  throw new UsageError(`${format} cannot be written to s3`, {
    hint: "Use --format parquet, csv or json, or write a local file.",
  });
}

/** How one statement is run. */
type HowToRun = Pick<WriteOptions, "limit" | "forecast">;

async function runAll(
  invocation: Invocation,
  session: Session,
  statements: readonly RunnableStatement[],
  target: Target,
  flags: Pick<QueryFlags, "limit" | "forecast">,
): Promise<Report[]> {
  const showsAll = target.to === "stdout" &&
    (target.format === "table" || target.format === "markdown");
  const last = statements.findLast(({ kind }) => kind === "rows");
  if (last === undefined && target.to !== "stdout") {
    throw new UsageError("no statement gives rows to write", { hint: "End with a SELECT." });
  }
  const reports: Report[] = [];
  let shown = 0;
  for (const statement of statements) {
    const how = { limit: flags.limit, forecast: flags.forecast && statement.isPlannable };
    try {
      if (statement === last && target.to !== "stdout") {
        reports.push(await writeOut(invocation, session, statement, target, how));
      } else if (statement === last || (showsAll && statement.kind === "rows")) {
        const format = target.to === "stdout" ? target.format : "table";
        if (shown++ > 0) await invocation.print("\n");
        reports.push(
          await writeResult(invocation, session, statement, {
            format,
            ...how,
            write: (data) => invocation.host.stdout.write(data),
          }),
        );
      } else {
        reports.push(await execute(invocation, session, statement, how));
      }
    } catch (error) {
      throw statement.relocate(error);
    }
  }
  return reports;
}

/** Runs a statement for what it does. */
async function execute(
  invocation: Invocation,
  session: Session,
  { text, params }: RunnableStatement,
  { forecast }: HowToRun,
): Promise<Report> {
  using progress = showProgress(invocation);
  const { signal } = invocation;
  const options = { signal, onProgress: progress.fraction, forecast };
  return (await session.query(text, params, options)).report;
}

async function writeOut(
  invocation: Invocation,
  session: Session,
  statement: RunnableStatement,
  target: Exclude<Target, { to: "stdout" }>,
  how: HowToRun,
): Promise<Report> {
  const { signal } = invocation;
  const { formatQuantity, formatBytes } = await import("../../show/human.ts");
  if (target.to === "s3") {
    using progress = showProgress(invocation);
    const { params, text } = statement;
    const copied = await session.copyTo(text, target.uri, {
      ...target.options,
      params,
      signal,
      forecast: how.forecast,
      onProgress: progress.fraction,
    });
    progress.clear();
    if (invocation.flags.json) await invocation.printJson(copied);
    else {
      await say(
        invocation,
        `wrote ${formatQuantity(copied.rows, "row")}, ${formatBytes(copied.bytes)}, ` +
          `${formatQuantity(copied.keys.length, "object")} to ${copied.uri}`,
      );
    }
    return copied.report;
  }
  const { path, format, ifExists } = target;
  const report = await writeWhole(path, ifExists, async (temporary) => {
    using file = await Deno.open(temporary, { write: true, create: true, truncate: true });
    return await writeResult(invocation, session, statement, {
      format,
      ...how,
      file: temporary,
      write: async (data) => {
        const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
        for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      },
    });
  });
  await say(invocation, `wrote ${formatQuantity(report.rows, "row")} to ${path}`);
  return report;
}

async function finish(
  invocation: Invocation,
  reports: readonly Report[],
  file: string | undefined,
): Promise<void> {
  const { sumReports } = await import("../report_file.ts");
  const report = sumReports(reports);
  if (file !== undefined) await writeReport(invocation, report, file);
  const { renderReportLine } = await import("../../show/report_line.ts");
  await say(invocation, renderReportLine(report));
}

/** A line beside the result. */
async function say(invocation: Invocation, text: string): Promise<void> {
  if (invocation.flags.quiet || invocation.flags.json) return;
  const { visible } = await import("../../show/text.ts");
  await invocation.host.stderr.write(invocation.errorStyle.dim(visible(text)) + "\n");
}

function parseLimit(text: string): number {
  const rows = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(rows)) return rows;
  throw new InvalidArgumentError("Write a number of rows.");
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError("Write a whole number above 0.");
}

function parseBytes(text: string): number {
  try {
    return parseSize(text, "--max-bytes");
  } catch {
    throw new InvalidArgumentError("Write a number of bytes, or a size such as 500MB or 2GiB.");
  }
}

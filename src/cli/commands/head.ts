/**
 * `dipper head`: the beginning of an object, as rows, lines or bytes.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { examples, type Run } from "../command.ts";
import type { Invocation } from "../invocation.ts";
import { chooseFormat, type Format, FORMATS } from "../output_format.ts";
import { type CommandTarget, openTarget } from "../target.ts";

interface HeadFlags {
  readonly rows: number;
  readonly lines?: number;
  readonly bytes?: number;
  readonly format?: Format;
  readonly versionId?: string;
}

/** Adds the command. */
export function registerHead(program: Command, run: Run): void {
  program.command("head")
    .summary("the first rows, lines or bytes of an object")
    .description(
      "Shows the first rows of a file that holds a table (Parquet, CSV, JSON and geospatial ones), " +
        "and the first lines of any other.",
    )
    .argument("<uri>", "s3://BUCKET/KEY, or a key in the default bucket")
    .option("-n, --rows <count>", "rows, or lines where there are none", parseCount, 10)
    .addOption(
      new Option("--lines <count>", "lines, whatever the format").argParser(parseCount)
        .conflicts("bytes"),
    )
    .option("-c, --bytes <count>", "bytes, as they are stored", parseCount)
    .addOption(new Option("--format <format>", "format of the rows").choices([...FORMATS]))
    .option("--version-id <id>", "that version, instead of the latest")
    .addHelpText(
      "after",
      examples(
        "dipper head s3://demo/nycflights13/flights.parquet",
        "dipper head s3://demo/nycflights13/airlines.csv --lines 3",
        "dipper head s3://demo/nycflights13/flights.parquet --bytes 4",
      ),
    )
    .action(run(async (invocation, uri: string, flags: HeadFlags) => {
      const target = await openTarget(invocation, uri, "object");
      if (flags.bytes !== undefined) return await printBytes(invocation, target, flags);
      if (flags.lines !== undefined || !TABLES.test(target.key)) {
        await printLines(invocation, target, flags);
      } else await printRows(invocation, target, flags);
    }));
}

const TABLES =
  /\.(parquet|pq|geoparquet|csv|tsv|csv\.gz|tsv\.gz|csv\.zst|json|jsonl|ndjson|(json|jsonl|ndjson)\.gz|geojson|fgb|gpkg|shp|kml|gml)$/i;

/** What only DuckDB's spatial extension reads. */
const SPATIAL = /\.(geojson|fgb|gpkg|shp|kml|gml)$/i;

async function printRows(
  invocation: Invocation,
  { uri }: CommandTarget,
  flags: HeadFlags,
): Promise<void> {
  const { connect } = await import("../../engine/connect.ts");
  const { versionAddress } = await import("../../gateway/version_address.ts");
  const { quoteLiteral } = await import("../../engine/sql/quote.ts");
  const { runnableStatements } = await import("../statements.ts");
  const { writeResult } = await import("../result_writer.ts");
  const { host, flags: { json }, signal } = invocation;
  const { versionId } = flags;
  const address = quoteLiteral(versionId === undefined ? uri : versionAddress(uri, versionId));
  const table = SPATIAL.test(uri) ? `ST_Read(${address})` : address;
  const [statement] = runnableStatements(`FROM ${table} LIMIT ${flags.rows}`, []);
  await using session = await connect({ ...invocation.storeOptions(), signal });
  await writeResult(invocation, session, statement, {
    format: chooseFormat({
      format: flags.format,
      file: undefined,
      json,
      isTerminal: host.stdout.isTerminal,
    }),
    limit: flags.rows,
    write: (data) => host.stdout.write(data),
  });
}

async function printBytes(
  invocation: Invocation,
  { store, signal, ...location }: CommandTarget,
  { bytes = 0, versionId }: HeadFlags,
): Promise<void> {
  const { readObject } = await import("../../objects/browse/read.ts");
  const { bounded } = await import("../../range/range.ts");
  const range = bounded(0, bytes);
  for await (const chunk of readObject(store, location, { range, versionId, signal })) {
    await invocation.host.stdout.write(chunk);
  }
}

const LINE_FEED = 10;

async function printLines(
  invocation: Invocation,
  { store, signal, ...location }: CommandTarget,
  { lines, rows, versionId }: HeadFlags,
): Promise<void> {
  const { readObject } = await import("../../objects/browse/read.ts");
  let left = lines ?? rows;
  if (left === 0) return;
  for await (const chunk of readObject(store, location, { versionId, signal })) {
    let end = 0;
    while (left > 0 && end < chunk.length) {
      const at = chunk.indexOf(LINE_FEED, end);
      if (at < 0) end = chunk.length;
      else {
        end = at + 1;
        left--;
      }
    }
    await invocation.host.stdout.write(chunk.subarray(0, end));
    if (left === 0) return;
  }
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError("Write a whole number.");
}

/**
 * The steps of the demo. Each runs what it shows.
 *
 * @module
 */
import { join, relative } from "node:path";
import { listObjects } from "../../objects/list.ts";
import type { Figure } from "../../show/figure.ts";
import { formatBytes, formatCount, formatQuantity } from "../../show/human.ts";
import { saveFigure } from "../../show/save_figure.ts";
import type { QueryResult, Session } from "../../mod.ts";
import type { LoadedDataset } from "../../../datasets/loader.ts";
import { localFileError } from "../errno.ts";
import type { Ledger } from "./ledger.ts";
import { type Narrator, TIED } from "./narrator.ts";
import type { Section } from "./page.ts";
import { quakeMap, rainChart } from "./pictures.ts";
import * as questions from "./questions.ts";

/** What the steps share. */
export interface Demo {
  readonly narrator: Narrator;
  readonly session: Session;
  readonly bucket: string;
  /** Folder for the pictures. */
  readonly folder: string;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
  /** What goes on the page. */
  readonly sections: Section[];
}

/** Numbers that must be the same in the question, in what was written, and read back. */
export interface Agreement {
  readonly what: string;
  readonly uri: string;
  readonly asked: bigint;
  readonly written: bigint;
  readonly readBack: bigint;
  /** A sum over a column: rows alone could be the right number of wrong ones. */
  readonly sum: { readonly of: string; readonly asked: bigint; readonly readBack: bigint };
}

/** Whether it all agrees. */
export function isAgreed({ asked, written, readBack, sum }: Agreement): boolean {
  return asked === written && written === readBack && sum.asked === sum.readBack;
}

/** Lists the bucket, and says what the files are. */
export async function listBucket(demo: Demo, loaded: readonly LoadedDataset[]): Promise<void> {
  const { narrator, session, bucket, signal } = demo;
  await narrator.step("List the bucket");
  const about = new Map(loaded.map(({ key, dataset }) => [key, dataset.description]));
  const store = await session.stores.storeFor(bucket, signal);
  const entries = await Array.fromAsync(listObjects(store, bucket, { signal }));
  const objects = entries.flatMap((entry) => entry.kind === "object" ? [entry] : []);
  const widest = Math.max(...objects.map(({ key }) => key.length));
  await narrator.listing(objects.map(({ key, size }) => ({
    left: `${key.padEnd(widest)}  ${formatBytes(size).padStart(7)}`,
    right: about.get(key) ?? "",
  })));
}

/** Describes a Parquet file: only its footer is read. */
export async function describeFile({ narrator, session, bucket, ledger, signal }: Demo) {
  await narrator.step("Describe a file");
  const uri = `s3://${bucket}/nycflights13/flights.parquet`;
  const found = await session.describe(uri, { signal });
  ledger.add(found.report);
  const facts = [
    found.format,
    ...(found.rows === undefined ? [] : [formatQuantity(found.rows, "row")]),
    formatQuantity(found.columns.length, "column"),
    ...(found.rowGroups === undefined ? [] : [formatQuantity(found.rowGroups, "row group")]),
    ...(found.bytes === undefined ? [] : [formatBytes(found.bytes)]),
  ];
  await narrator.say(`${uri}: ${facts.join(", ")}.`);
  await narrator.say(
    found.columns.map(({ name, type }) => `${name} ${type}`.replaceAll(" ", TIED)).join(" · "),
  );
  await narrator.cost(found.report, `only the footer of ${formatBytes(found.bytes ?? 0)}`);
}

/** Joins a CSV file with a Parquet file. */
export async function joinFiles(demo: Demo): Promise<void> {
  const { narrator, bucket } = demo;
  await narrator.step("Join a CSV file with a Parquet file", "Which airlines left late?");
  const sql = questions.airlines(bucket);
  const result = await ask(demo, sql);
  await narrator.table(result, 12);
  await narrator.cost(
    result.report,
    "2 of 19 columns fetched",
  );
  demo.sections.push({ title: "Which airlines left late?", sql, content: result });
}

/** Joins a Parquet file with a compressed CSV file, and draws a chart. */
export async function chartRain(demo: Demo): Promise<void> {
  const { narrator, bucket } = demo;
  await narrator.step("Draw a chart", "What does rain do to departures? Flights meet the weather.");
  const sql = questions.rain(bucket);
  const result = await ask(demo, sql);
  await draw(demo, "rain-delays", rainChart(result.rows()));
  await narrator.cost(result.report);
  demo.sections.push({ title: "What does rain do?", sql, content: rainChart(result.rows()) });
}

/** Which countries had earthquakes: points in polygons. */
export async function pointsInPolygons(demo: Demo): Promise<void> {
  const { narrator, bucket } = demo;
  await narrator.step(
    "Ask a geospatial question",
    "Which countries shook? Points of a GeoJSON file in polygons of a GeoParquet file.",
  );
  const sql = questions.quakesByCountry(bucket);
  const result = await ask(demo, sql);
  await narrator.table(result, 8);
  await narrator.cost(result.report);
  demo.sections.push({ title: "Which countries shook?", sql, content: result });
}

/** Writes two results, reads them back, and compares. */
export async function writeBack(demo: Demo): Promise<Agreement[]> {
  const { narrator, session, bucket, ledger, signal } = demo;
  await narrator.step("Write results back", "Flights with their weather, a folder a month.");
  const flights = questions.flightsWithWeather(bucket);
  await narrator.sql(flights);
  const folder = await session.copyTo(flights, `s3://${bucket}/results/flights/`, {
    partitionBy: ["month"],
    signal,
  });
  await narrator.lines([
    `→ ${folder.uri}  ${formatQuantity(folder.keys.length, "Parquet file")}, ` +
    `${formatCount(folder.rows)} rows, ${formatBytes(folder.bytes)}`,
  ]);
  await narrator.cost(ledger.add(folder.report));
  await narrator.lines([""]);
  await narrator.say("Earthquakes with their country, as GeoParquet.");
  const quakes = questions.quakesWithCountry(bucket);
  await narrator.sql(quakes);
  const file = await session.copyTo(quakes, `s3://${bucket}/results/earthquakes.parquet`, {
    format: "geoparquet",
    signal,
  });
  await narrator.lines([
    `→ ${file.uri}  ${formatCount(file.rows)} rows, ${formatBytes(file.bytes)}`,
  ]);
  await narrator.cost(ledger.add(file.report));
  await narrator.step("Read it back and compare");
  return [
    await compare(demo, "flights", folder, {
      sumOf: "minutes of delay",
      asked: questions.flightTotals(`(${flights})`),
      readBack: questions.flightTotals(`'${folder.uri}*/*.parquet'`),
    }),
    await compare(demo, "earthquakes", file, {
      sumOf: "of them on land",
      asked: questions.quakeTotals(`(${quakes})`),
      readBack: questions.quakeTotals(`'${file.uri}'`),
    }),
  ];
}

/** Draws what was written, read back from the bucket. */
export async function mapQuakes(demo: Demo): Promise<void> {
  const { narrator, session, bucket, ledger, signal } = demo;
  await narrator.step(
    "Draw a map",
    "The GeoParquet file just written, on borders from FlatGeobuf.",
  );
  const sql = questions.quakePoints(`s3://${bucket}/results/earthquakes.parquet`);
  const points = await ask(demo, sql);
  const outlines = await session.query(questions.outlines(bucket), [], { signal });
  const figure = quakeMap(points.rows(), outlines.rows());
  await draw(demo, "earthquakes", figure);
  await narrator.cost(points.report);
  await narrator.cost(ledger.add(outlines.report));
  demo.sections.push({ title: "A week of earthquakes", sql, content: figure });
}

async function ask(demo: Demo, sql: string): Promise<QueryResult> {
  await demo.narrator.sql(sql);
  const result = await demo.session.query(sql, [], { signal: demo.signal });
  demo.ledger.add(result.report);
  return result;
}

async function compare(
  { narrator, session, ledger, signal }: Demo,
  what: string,
  written: { readonly uri: string; readonly rows: number },
  sql: { readonly sumOf: string; readonly asked: string; readonly readBack: string },
): Promise<Agreement> {
  const totals = async (text: string): Promise<[bigint, bigint]> => {
    const result = await session.query(text, [], { signal });
    ledger.add(result.report);
    return result.columns.map(({ name }) => result.rows()[0][name]) as [bigint, bigint];
  };
  await narrator.sql(sql.readBack);
  const asked = await totals(sql.asked);
  const readBack = await totals(sql.readBack);
  const agreement: Agreement = {
    what,
    uri: written.uri,
    asked: asked[0],
    written: BigInt(written.rows),
    readBack: readBack[0],
    sum: { of: sql.sumOf, asked: asked[1], readBack: readBack[1] },
  };
  await narrator.verdict(isAgreed(agreement), agreement);
  return agreement;
}

async function draw({ narrator, folder }: Demo, name: string, figure: Figure): Promise<void> {
  const paths = [`${name}.png`, `${name}.svg`].map((file) => join(folder, file));
  for (const path of paths) {
    try {
      await saveFigure(figure, path);
    } catch (error) {
      throw localFileError(error, "write", path);
    }
  }
  await narrator.lines([`→ ${shownPath(paths[0])}  (and .svg)`]);
}

/** The shorter of the two: from here, or from the root. */
export function shownPath(path: string): string {
  const near = relative(Deno.cwd(), path);
  return near.startsWith("..") ? path : near;
}

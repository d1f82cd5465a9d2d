/**
 * The report as a person reads it in a terminal.
 *
 * @module
 */
import type { BenchQuery } from "../queries.ts";
import { CONFIGURATIONS, type Series } from "../run/contender.ts";
import type { Line, Summary } from "./summary.ts";
import { fastestRival, isNoSlower, isOfTheRun, type Verdict } from "./targets.ts";
import { textTable } from "./text_table.ts";

const SERIES: readonly Series[] = [
  "dipper",
  "again",
  "restarted",
  "httpfs-64",
  "polars",
  "httpfs",
  "direct",
  "download",
];

/** Who took part. */
export function configurations(): string {
  return textTable(["series", "configuration"], SERIES.map((name) => [name, CONFIGURATIONS[name]]));
}

/** Seconds of every series, and the ratio that the targets are about. */
export function secondsTable(
  summary: Summary,
  queries: readonly BenchQuery[],
  delay: number,
): string {
  const present = SERIES.filter((series) =>
    summary.lines.some((line) => line.delay === delay && line.series === series)
  );
  const rows = queries.flatMap(({ name }) => {
    const lines = present.map((series) => summary.find(name, delay, series));
    if (lines.every((line) => line === undefined)) return [];
    const cells = lines.map((line) => line === undefined ? "–" : line.seconds.toFixed(3));
    return [[name, ratio(summary, name, delay), ...cells]];
  });
  const against = delay === 0 ? "÷ httpfs" : "÷ fastest";
  return textTable([`seconds, ${delay} ms`, against, ...present], rows);
}

function ratio(summary: Summary, query: string, delay: number): string {
  const ours = summary.find(query, delay, "dipper");
  const rival = delay === 0
    ? summary.find(query, delay, "httpfs")
    : fastestRival(summary, query, delay);
  if (ours === undefined || rival === undefined) return "–";
  const value = ours.seconds / rival.seconds;
  const isMet = delay === 0 ? value <= 1.2 : isNoSlower(ours.seconds, rival.seconds);
  return `${value.toFixed(2)} ${isMet ? "✓" : "✗"}`;
}

/** What it cost: requests, bytes, most in flight, peak memory, CPU. */
export function costTable(
  summary: Summary,
  queries: readonly BenchQuery[],
  delay: number,
): string {
  const shown: readonly Series[] = ["dipper", "restarted", "httpfs-64", "polars"];
  const rows = queries.flatMap(({ name }) =>
    shown.flatMap((series, index) => {
      const line = summary.find(name, delay, series);
      return line === undefined ? [] : [[index === 0 ? name : "", series, ...costs(line)]];
    })
  );
  return textTable(
    [
      `cost, ${delay} ms`,
      "series",
      "seconds",
      "requests",
      "MB",
      "in flight",
      "peak MiB",
      "CPU s",
      "origin's",
      "n",
    ],
    rows,
  );
}

function costs(line: Line): string[] {
  return [
    line.seconds.toFixed(3),
    `${line.requests}`,
    (line.dataBytes / 1e6).toFixed(2),
    `${line.mostInFlight}`,
    (line.peak / 2 ** 20).toFixed(0),
    line.cpu.toFixed(2),
    line.originCpu.toFixed(2),
    `${line.count}`,
  ];
}

/** The targets of the whole run, each question that misses one, and how many are met. */
export function targetsTable(all: readonly Verdict[]): string {
  const shown = all.filter((verdict) => verdict.outcome === "missed" || isOfTheRun(verdict));
  const count = (outcome: Verdict["outcome"]) =>
    all.filter((verdict) => verdict.outcome === outcome).length;
  const line = `${count("met")} targets met, ${count("missed")} missed, ${
    count("not measured")
  } not measured`;
  if (shown.length === 0) return line;
  const rows = shown.map((
    { outcome, target, where, measured },
  ) => [outcome, target, where, measured]);
  return `${textTable(["", "target", "where", "measured"], rows)}\n\n${line}`;
}

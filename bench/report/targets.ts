/**
 * The targets, and what a run says of each.
 *
 * @module
 */
import type { CaseResults } from "../cases/results.ts";
import type { BenchQuery, Suite } from "../queries.ts";
import { geometricMean } from "./statistics.ts";
import type { Line, Summary } from "./summary.ts";

/** One target and what was measured. */
export interface Verdict {
  readonly target: string;
  /** Where it was measured: a question, a suite or a case, and the delay. */
  readonly where: string;
  readonly measured: string;
  readonly outcome: "met" | "missed" | "not measured";
}

/** Whether a verdict is about more than one question. */
export function isOfTheRun({ target }: Verdict): boolean {
  return /^(cold: (geo|bytes|requests|GeoPackage)|memory|tail|readers)/.test(target);
}

/** The delays that the targets are about, in milliseconds. */
const DELAYS = [30, 100];
const SUITE_BOUNDS: Readonly<Record<Suite, number>> = { parquet: 0.8, text: 0.5, geospatial: 0.4 };

/** No slower: at most 1.05 times, or 20 ms more. */
export function isNoSlower(seconds: number, than: number): boolean {
  return seconds <= than * 1.05 || seconds <= than + 0.02;
}

/** The fastest rival of a question: httpfs with 64 threads, or polars. */
export function fastestRival(summary: Summary, query: string, delay: number): Line | undefined {
  return (["httpfs-64", "polars"] as const)
    .flatMap((series) => summary.find(query, delay, series) ?? [])
    .sort((a, b) => a.seconds - b.seconds)[0];
}

/** Every target, in the order of their list. */
export function verdicts(
  summary: Summary,
  asked: readonly BenchQuery[],
  cases: CaseResults,
): Verdict[] {
  const queries = asked.filter(({ isExtra }) => isExtra === undefined);
  const delays = DELAYS.filter((delay) => summary.lines.some((line) => line.delay === delay));
  return [
    ...delays.flatMap((delay) => queries.flatMap((query) => cold(summary, query, delay))),
    ...delays.flatMap((delay) => geometricMeans(summary, queries, delay)),
    ...delays.flatMap((delay) => download(summary, delay)),
    ...delays.flatMap((delay) => queries.flatMap((query) => restarted(summary, query, delay))),
    ...delays.flatMap((delay) => economy(summary, queries, delay)),
    ...ofCases(cases),
    ...queries.flatMap((query) => withoutDelay(summary, query)),
  ];
}

function cold(summary: Summary, { name }: BenchQuery, delay: number): Verdict[] {
  const ours = summary.find(name, delay, "dipper");
  const rival = fastestRival(summary, name, delay);
  const where = `${name}, ${delay} ms`;
  const target = "cold: no slower than the fastest of httpfs threads=64 and polars";
  if (ours === undefined || rival === undefined) return [unmeasured(target, where)];
  const measured = `${seconds(ours)} / ${rival.series} ${seconds(rival)} = ${
    (ours.seconds / rival.seconds).toFixed(2)
  }`;
  return [verdict(target, where, measured, isNoSlower(ours.seconds, rival.seconds))];
}

function geometricMeans(
  summary: Summary,
  queries: readonly BenchQuery[],
  delay: number,
): Verdict[] {
  return Object.entries(SUITE_BOUNDS).flatMap(([suite, bound]) => {
    const all = queries.filter((query) => query.suite === suite);
    const ratios = all.flatMap(({ name }) => {
      const ours = summary.find(name, delay, "dipper");
      const rival = fastestRival(summary, name, delay);
      return ours === undefined || rival === undefined ? [] : [ours.seconds / rival.seconds];
    });
    const target = `cold: geometric mean of ${suite} at most ${bound}`;
    const where = `${ratios.length} of ${all.length} questions, ${delay} ms`;
    if (ratios.length === 0) return [unmeasured(target, where)];
    const mean = geometricMean(ratios);
    return [verdict(target, where, mean.toFixed(2), mean <= bound)];
  });
}

function download(summary: Summary, delay: number): Verdict[] {
  const target = "cold: GeoPackage at most 1.5 times a download by one connection";
  const where = `geopackage, ${delay} ms`;
  const ours = summary.find("geopackage", delay, "dipper");
  const plain = summary.find("geopackage", delay, "download");
  if (ours === undefined || plain === undefined) return [unmeasured(target, where)];
  const ratio = ours.seconds / plain.seconds;
  const measured = `${seconds(ours)} / ${seconds(plain)} = ${ratio.toFixed(2)}`;
  return [verdict(target, where, measured, ratio <= 1.5)];
}

function restarted(summary: Summary, query: BenchQuery, delay: number): Verdict[] {
  const ours = summary.find(query.name, delay, "restarted");
  const where = `${query.name}, ${delay} ms`;
  const quiet = `restarted: no data, at most ${query.validations} validating requests`;
  const fast = "restarted: at most 1.3 times httpfs cold without delay and bound, and a round trip";
  if (ours === undefined) return [unmeasured(quiet, where), unmeasured(fast, where)];
  const isQuiet = ours.dataBytes === 0 && ours.requests <= query.validations;
  const asked = `${ours.requests} requests, ${megabytes(ours.dataBytes)} MB`;
  const free = summary.find(query.name, 0, "httpfs");
  if (free === undefined) {
    return [verdict(quiet, where, asked, isQuiet), unmeasured(fast, where)];
  }
  const bound = free.seconds * 1.3 + delay / 1000;
  const measured = `${seconds(ours)}, bound ${bound.toFixed(3)} s`;
  return [
    verdict(quiet, where, asked, isQuiet),
    verdict(fast, where, measured, isNoSlower(ours.seconds, bound)),
  ];
}

function economy(summary: Summary, queries: readonly BenchQuery[], delay: number): Verdict[] {
  const pairs = queries.filter(({ suite }) => suite === "parquet").flatMap(({ name }) => {
    const ours = summary.find(name, delay, "dipper");
    const theirs = summary.find(name, delay, "httpfs-64");
    return ours === undefined || theirs === undefined ? [] : [{ ours, theirs }];
  });
  const where = `${pairs.length} Parquet questions, ${delay} ms`;
  return ([["dataBytes", "bytes", 1.05], ["requests", "requests", 1]] as const).map(
    ([field, word, bound]) => {
      const target = `cold: ${word} over the Parquet questions at most ${bound} times httpfs's`;
      if (pairs.length === 0) return unmeasured(target, where);
      const ours = pairs.reduce((sum, pair) => sum + pair.ours[field], 0);
      const theirs = pairs.reduce((sum, pair) => sum + pair.theirs[field], 0);
      const measured = `${ours.toLocaleString("en")} / ${theirs.toLocaleString("en")} = ${
        (ours / theirs).toFixed(3)
      }`;
      return verdict(target, where, measured, ours <= bound * theirs);
    },
  );
}

function ofCases({ memory, tail, rivalTail, readers }: CaseResults): Verdict[] {
  return [
    memory === undefined
      ? unmeasured("memory of the gateway at most 256 MiB over idle", "large object")
      : verdict(
        "memory of the gateway at most 256 MiB over idle",
        `object of ${memory.gibibytes} GiB`,
        `${mebibytes(memory.over)} MiB over ${mebibytes(memory.idle)}, ${
          memory.seconds.toFixed(0)
        } s`,
        memory.over <= 256 * 2 ** 20,
      ),
    tail === undefined
      ? unmeasured("tail: 99 % of the questions in at most twice the median", "tail")
      : verdict(
        "tail: 99 % of the questions in at most twice the median",
        `${tail.questions} questions, 5 % of answers ten times as late`,
        `${tail.p99.toFixed(3)} s / ${tail.p50.toFixed(3)} s = ${
          (tail.p99 / tail.p50).toFixed(2)
        }, ${tail.requests} requests${
          rivalTail === undefined
            ? ""
            : `; httpfs-64 ${rivalTail.p99.toFixed(3)} s / ${
              rivalTail.p50.toFixed(3)
            } s, ${rivalTail.requests} requests`
        }`,
        tail.p99 <= 2 * tail.p50,
      ),
    ...(readers === undefined
      ? [unmeasured("readers: Parquet and CSV", "30 ms")]
      : readers.map(({ name, rival, ours, theirs, bound }) =>
        verdict(
          `readers: ${name} at most ${bound} times ${rival}`,
          "30 ms",
          `${ours.toFixed(2)} s / ${theirs.toFixed(2)} s = ${(ours / theirs).toFixed(2)}`,
          ours <= bound * theirs,
        )
      )),
  ];
}

function withoutDelay(summary: Summary, { name }: BenchQuery): Verdict[] {
  const ours = summary.find(name, 0, "dipper");
  const theirs = summary.find(name, 0, "httpfs");
  if (ours === undefined || theirs === undefined) return [];
  const ratio = ours.seconds / theirs.seconds;
  const measured = `${seconds(ours)} / ${seconds(theirs)} = ${ratio.toFixed(2)}`;
  return [
    verdict("cold, no delay: at most 1.2 times httpfs as it comes", name, measured, ratio <= 1.2),
  ];
}

function verdict(target: string, where: string, measured: string, isMet: boolean): Verdict {
  return { target, where, measured, outcome: isMet ? "met" : "missed" };
}

function unmeasured(target: string, where: string): Verdict {
  return { target, where, measured: "–", outcome: "not measured" };
}

function seconds(line: Line): string {
  return `${line.seconds.toFixed(3)} s`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

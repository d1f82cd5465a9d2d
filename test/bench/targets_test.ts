import assert from "node:assert/strict";
import type { BenchQuery } from "../../bench/queries.ts";
import { disagreements, type Line, Summary } from "../../bench/report/summary.ts";
import { isNoSlower, verdicts } from "../../bench/report/targets.ts";
import type { Sample } from "../../bench/run/sample.ts";

const QUERY: BenchQuery = {
  name: "count",
  suite: "parquet",
  title: "count",
  sql: "",
  validations: 1,
};

function line(series: Line["series"], seconds: number, more: Partial<Line> = {}): Line {
  return {
    query: "count",
    delay: 30,
    series,
    count: 5,
    seconds,
    range: [seconds, seconds],
    requests: 2,
    dataBytes: 100,
    listBytes: 0,
    mostInFlight: 1,
    cpu: 0,
    originCpu: 0,
    peak: 0,
    idle: 0,
    ...more,
  };
}

function outcomes(lines: Line[], start: string): string[] {
  return verdicts(new Summary(lines), [QUERY], {})
    .filter(({ target }) => target.startsWith(start)).map(({ outcome }) => outcome);
}

Deno.test("no slower is 5 % or 20 ms", () => {
  assert.ok(isNoSlower(0.119, 0.1));
  assert.ok(!isNoSlower(0.121, 0.1));
  assert.ok(isNoSlower(10.4, 10));
  assert.ok(!isNoSlower(10.6, 10));
});

Deno.test("a cold question is judged against the faster of the two rivals", () => {
  const rivals = [line("httpfs-64", 1), line("polars", 0.5)];
  const cold = "cold: no slower";
  assert.deepEqual(outcomes([line("dipper", 0.5), ...rivals], cold), ["met"]);
  assert.deepEqual(outcomes([line("dipper", 0.9), ...rivals], cold), ["missed"]);
  assert.deepEqual(outcomes([line("dipper", 0.9), rivals[0]], cold), ["met"]);
  assert.deepEqual(outcomes([line("dipper", 0.9)], cold), ["not measured"]);
});

Deno.test("the mean of a suite has its own bound", () => {
  const rival = line("httpfs-64", 1);
  const mean = "cold: geometric mean of parquet";
  assert.deepEqual(outcomes([line("dipper", 0.79), rival], mean), ["met"]);
  assert.deepEqual(outcomes([line("dipper", 0.81), rival], mean), ["missed"]);
});

Deno.test("a restart may ask once for each object and fetch nothing", () => {
  const free = line("httpfs", 0.1, { delay: 0 });
  const restarted = (more: Partial<Line>) =>
    outcomes([line("restarted", 0.15, { requests: 1, dataBytes: 0, ...more }), free], "restarted");
  assert.deepEqual(restarted({}), ["met", "met"]);
  assert.deepEqual(restarted({ dataBytes: 1 }), ["missed", "met"]);
  assert.deepEqual(restarted({ requests: 2 }), ["missed", "met"]);
  assert.deepEqual(restarted({ seconds: 0.3 }), ["met", "missed"]);
});

Deno.test("bytes and requests are summed over the questions", () => {
  const economy = (more: Partial<Line>) =>
    outcomes([line("dipper", 1, more), line("httpfs-64", 1)], "cold: bytes")
      .concat(outcomes([line("dipper", 1, more), line("httpfs-64", 1)], "cold: requests"));
  assert.deepEqual(economy({ dataBytes: 105, requests: 2 }), ["met", "met"]);
  assert.deepEqual(economy({ dataBytes: 106, requests: 3 }), ["missed", "missed"]);
});

Deno.test("cases are judged by their numbers", () => {
  const judged = (over: number, p99: number, ours: number) =>
    verdicts(new Summary([]), [], {
      memory: { gibibytes: 20, idle: 0, over, seconds: 1 },
      tail: { questions: 200, p50: 1, p99, requests: 1 },
      readers: [{ name: "CSV rows", rival: "csv-parse", ours, theirs: 1, bound: 1 }],
    }).filter(({ outcome }) => outcome !== "not measured").map(({ outcome }) => outcome);
  assert.deepEqual(judged(2 ** 28, 2, 1), ["met", "met", "met"]);
  assert.deepEqual(judged(2 ** 28 + 1, 2.1, 1.1), ["missed", "missed", "missed"]);
});

Deno.test("a summary takes medians, and other answers are found", () => {
  const sample = (series: Line["series"], seconds: number, answer: unknown): Sample => ({
    query: "count",
    delay: 30,
    series,
    repetition: 0,
    seconds,
    cpu: 0,
    peak: seconds * 10,
    idle: 0,
    answer: [[answer]],
    origin: {
      requests: { get: 1, head: 1, list: 0, other: 0 },
      dataBytes: 5,
      listBytes: 0,
      mostInFlight: 2,
      inFlight: 0,
      distinct: 1,
      cpu: 0,
    },
  });
  const samples = [
    sample("dipper", 3, 7),
    sample("dipper", 1, 7),
    sample("dipper", 2, 7),
    sample("polars", 2, 8),
    sample("download", 2, 100),
  ];
  const found = Summary.of(samples).find("count", 30, "dipper")!;
  assert.deepEqual(
    [found.seconds, found.range, found.requests, found.peak, found.count],
    [2, [1, 3], 2, 30, 3],
  );
  assert.equal(disagreements(samples).length, 1);
  assert.match(disagreements(samples)[0], /dipper and polars/);
});

import assert from "node:assert/strict";
import { OptionsError, parseOptions } from "../../bench/options.ts";
import { QUERIES } from "../../bench/queries.ts";
import { CONTENDERS } from "../../bench/run/contender.ts";
import { conditionsOf, plan } from "../../bench/run/plan.ts";
import { SampleFile } from "../../bench/run/sample.ts";

Deno.test("nothing said is everything, five times", () => {
  const options = parseOptions([])!;
  assert.equal(options.queries.length, QUERIES.length);
  assert.deepEqual(options.delays, [30, 100, 0]);
  assert.equal(options.repetitions, 5);
  assert.deepEqual(options.contenders, CONTENDERS);
});

Deno.test("quick is less of everything, and what is said goes before it", () => {
  const quick = parseOptions(["--quick"])!;
  assert.ok(quick.queries.length < QUERIES.length && quick.queries.length > 5);
  assert.deepEqual([quick.delays, quick.repetitions], [[30], 1]);
  const said = parseOptions(["--quick", "--delay", "0,100", "--only", "top,tail", "--reps", "2"])!;
  assert.deepEqual(said.queries.map(({ name }) => name), ["top"]);
  assert.deepEqual([said.delays, said.cases, said.repetitions], [[0, 100], ["tail"], 2]);
  assert.equal(parseOptions(["--help"]), undefined);
});

Deno.test("what cannot be understood is said", () => {
  for (const args of [["--only", "none"], ["--reps", "0"], ["--delay", "x"], ["--what"]]) {
    assert.throws(() => parseOptions(args), OptionsError);
  }
});

Deno.test("every question is asked of the main contenders each time, of the others once", () => {
  const measurements = plan({
    queries: QUERIES,
    delays: [30, 0],
    contenders: CONTENDERS,
    repetitions: 3,
    scope: "all",
  });
  const times = (contender: string, query: string, delay: number) =>
    measurements.filter((one) =>
      one.contender === contender && one.query.name === query && one.conditions.delay === delay
    ).length;
  assert.equal(times("dipper", "wide", 30), 3);
  assert.equal(times("httpfs-64", "wide", 30), 3);
  assert.equal(times("httpfs", "wide", 30), 1);
  assert.equal(times("httpfs", "wide", 0), 3);
  assert.equal(times("polars", "geopackage", 30), 0);
  assert.equal(times("download", "geopackage", 30), 3);
  assert.equal(times("download", "wide", 30), 0);
  const firsts = [0, 1, 2].map((repetition) =>
    measurements.find((one) => one.repetition === repetition && one.query.name === "wide")!
      .contender
  );
  assert.equal(new Set(firsts).size, 3);
});

Deno.test("the main scope leaves out what decides no target", () => {
  const contenders = (delay: number) => {
    const measurements = plan({
      queries: QUERIES,
      delays: [delay],
      contenders: CONTENDERS,
      repetitions: 1,
      scope: "main",
    });
    return [...new Set(measurements.map(({ contender }) => contender))].sort();
  };
  assert.deepEqual(contenders(30), ["dipper", "download", "httpfs-64", "polars"]);
  assert.deepEqual(contenders(0), ["dipper", "httpfs"]);
});

Deno.test("without delay there is no bound of bandwidth", () => {
  assert.deepEqual(conditionsOf(0), { delay: 0, bandwidth: 0 });
  assert.deepEqual(conditionsOf(100), { delay: 100, bandwidth: 90_000_000 });
});

Deno.test("samples outlive an ended run of the same code, and no other", async () => {
  const path = await Deno.makeTempFile();
  const failed = { query: "count", delay: 30, repetition: 0, failure: "none" } as const;
  try {
    const identity = { revision: "a", data: "1" };
    const file = await SampleFile.open(path, identity, "continue");
    await file.add({ ...failed, series: "dipper" });
    await Deno.writeTextFile(path, '{"query":"count","del', { append: true });
    const again = await SampleFile.open(path, identity, "continue");
    assert.equal(again.of("count", 30, "dipper").length, 1);
    await again.add({ ...failed, series: "polars" });
    const third = await SampleFile.open(path, identity, "continue");
    assert.deepEqual(third.samples.map(({ series }) => series), ["dipper", "polars"]);
    assert.equal((await SampleFile.open(path, identity, "fresh")).samples.length, 0);
    await again.add({ ...failed, series: "dipper" });
    const other = await SampleFile.open(path, { revision: "b", data: "1" }, "continue");
    assert.equal(other.samples.length, 0);
  } finally {
    await Deno.remove(path);
  }
});

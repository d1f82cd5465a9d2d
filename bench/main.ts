/**
 * `deno task bench`: Dipper beside its peers.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a bench prints what it measured
import { join } from "node:path";
import { saveFigure } from "../src/show/save_figure.ts";
import { runCases } from "./cases/run.ts";
import { dataVersion } from "./data/files.ts";
import { provideData } from "./data/make.ts";
import { benchFolders } from "./folders.ts";
import { type BenchOptions, HELP, OptionsError, parseOptions } from "./options.ts";
import { plotSeconds } from "./report/plot.ts";
import { disagreements, Summary } from "./report/summary.ts";
import { verdicts } from "./report/targets.ts";
import { configurations, costTable, secondsTable, targetsTable } from "./report/terminal.ts";
import { CONFIGURATIONS } from "./run/contender.ts";
import { OriginProcess } from "./run/origin_process.ts";
import { plan } from "./run/plan.ts";
import { revision } from "./run/revision.ts";
import { runPlan, skipped } from "./run/run.ts";
import { SampleFile } from "./run/sample.ts";
import { provideExtensions, providePolars } from "./run/surroundings.ts";

/** The object of the memory case. */
const LARGE = "pattern.bin";

async function bench(options: BenchOptions): Promise<number> {
  const say = (text: string) => console.error(text);
  const folders = await benchFolders(options.output);
  await provideData({ folder: folders.data, manifest: folders.manifest, say });
  await provideExtensions(folders);
  const python = options.contenders.includes("polars") ? await providePolars(folders, say) : "";
  const identity = { revision: await revision(), data: dataVersion() };
  const file = await SampleFile.open(
    join(folders.results, "samples.jsonl"),
    identity,
    options.mode,
  );
  const measurements = plan(options);
  console.log(`Dipper ${identity.revision}, Deno ${Deno.version.deno}\n\n${configurations()}\n`);
  for (const line of skipped(measurements, options.contenders)) console.log(`skipped: ${line}`);
  await using origin = await OriginProcess.start({
    bucket: "bench",
    folder: folders.data,
    patterns: { [LARGE]: options.gibibytes * 2 ** 30 },
  });
  const laboratory = { origin, folders, python };
  await runPlan(laboratory, measurements, file, { slow: options.slow, say });
  const { results: cases, failures: failedCases } = await runCases(laboratory, options, {
    large: LARGE,
    identity,
    say,
  });

  const asked = new Set(options.queries.map(({ name }) => name));
  const samples = file.samples.filter(({ query, delay }) =>
    asked.has(query) && options.delays.includes(delay)
  );
  const summary = Summary.of(samples);
  const judged = verdicts(summary, options.queries, cases);
  for (const delay of options.delays) {
    console.log(`\n${secondsTable(summary, options.queries, delay)}`);
    console.log(`\n${costTable(summary, options.queries, delay)}`);
  }
  console.log(`\n${targetsTable(judged)}`);
  const failures = samples.filter((sample) => "failure" in sample);
  for (const { series, query, delay, failure } of failures) {
    console.log(`\nFAILED: ${series}, ${query}, ${delay} ms\n${failure}`);
  }
  for (const [name, reason] of Object.entries(failedCases)) {
    console.log(`\nFAILED: case ${name}\n${reason}`);
  }
  const wrong = disagreements(samples);
  for (const line of wrong) console.log(`DIFFERENT ANSWERS: ${line}`);

  await Deno.writeTextFile(
    join(folders.results, "bench.json"),
    JSON.stringify(
      {
        ...identity,
        date: new Date().toISOString(),
        deno: Deno.version.deno,
        cores: navigator.hardwareConcurrency,
        configurations: CONFIGURATIONS,
        lines: summary.lines,
        cases,
        verdicts: judged,
        failures,
        disagreements: wrong,
      },
      null,
      1,
    ),
  );
  const drawn = options.delays.filter((delay) => delay > 0);
  if (drawn.length > 0 && summary.lines.length > 0) {
    const figure = plotSeconds(summary, options.queries, drawn);
    for (const ending of ["svg", "png"]) {
      await saveFigure(figure, join(folders.results, `bench.${ending}`));
    }
  }
  console.log(`\nJSON and pictures: ${folders.results}`);
  await Deno.remove(folders.scratch, { recursive: true });
  const failed = failures.length + Object.keys(failedCases).length;
  return wrong.length + failed > 0 ? 1 : 0;
}

try {
  const options = parseOptions(Deno.args);
  if (options === undefined) console.log(HELP);
  else Deno.exitCode = await bench(options);
} catch (error) {
  if (!(error instanceof OptionsError)) throw error;
  console.error(`${error.message}\n\n${HELP}`);
  Deno.exitCode = 2;
}

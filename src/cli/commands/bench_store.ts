/**
 * `dipper bench-store`: how fast a bucket takes and gives objects.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";
import { UsageError } from "../../errors.ts";
import type { BenchProgress, BenchRow, StoreBench } from "../../objects/store_bench/measure.ts";
import type { BenchPlan } from "../../objects/store_bench/plan.ts";
import type { Measured } from "../../objects/store_bench/statistics.ts";
import { parseSize } from "../../settings.ts";
import { agreed, say } from "../careful.ts";
import { examples, type Run } from "../command.ts";
import { localFileError } from "../errno.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import type { Invocation } from "../invocation.ts";
import { columns } from "../lines.ts";
import { patientSignal } from "../patient_signal.ts";
import { openTarget } from "../target.ts";

interface BenchStoreFlags {
  readonly sizes?: readonly number[];
  readonly large: boolean;
  readonly repeat: number;
  readonly plot?: string;
  readonly yes: boolean;
}

/** Bytes that go up and down without a question. */
const UNASKED = 2 ** 30;

/** Adds the command. */
export function registerBenchStore(program: Command, run: Run): void {
  program.command("bench-store")
    .summary("measure how fast a bucket takes and gives objects")
    .description(
      "Copies random bytes of several sizes to a bucket and back, as dipper cp does, and prints the " +
        "median times and rates: as they are, and without the time that a copy of a few bytes takes " +
        "(net). What comes back is compared with what was sent, and all of it is removed again, also " +
        "after Ctrl-C. More than 1 GiB in all is moved only after a question.",
    )
    .argument("[uri]", "s3://BUCKET[/PREFIX]; else the default bucket")
    .option("--sizes <list>", "sizes to measure: 1KiB,10MiB,2GB", sizes)
    .option("--large", "also 1 GiB and 10 GiB", false)
    .option("--repeat <n>", "times that each goes up and down; small ones more", count, 3)
    .option("--plot <file>", "draw the rates: .svg, .png or .html")
    .option("-y, --yes", "do not ask", false)
    .addHelpText(
      "after",
      examples(
        "dipper bench-store s3://demo --sizes 1KiB,1MiB --repeat 1",
        "dipper bench-store s3://demo/tmp --sizes 100KiB,4MiB --plot rates.svg",
      ),
    )
    .action(run(benchStoreCommand));
}

async function benchStoreCommand(
  invocation: Invocation,
  uri: string | undefined,
  flags: BenchStoreFlags,
): Promise<ExitCode> {
  const { BENCH_SIZES, benchPlan, LARGE_BENCH_SIZES, sizeText } = await import(
    "../../objects/store_bench/plan.ts"
  );
  const { benchStore } = await import("../../objects/store_bench/measure.ts");
  const { Progress } = await import("../../show/progress.ts");
  const { formatBytes } = await import("../../show/human.ts");
  const { host } = invocation;
  if (flags.plot !== undefined && !/\.(svg|png|html)$/i.test(flags.plot)) {
    throw new UsageError(`a plot cannot be written as ${flags.plot}`, {
      hint: "End the name with .svg, .png or .html.",
    });
  }
  const wanted = [...flags.sizes ?? BENCH_SIZES, ...flags.large ? LARGE_BENCH_SIZES : []];
  const plan = benchPlan(wanted, flags.repeat);
  const { stores, uri: where } = await openTarget(invocation, uri, "any");
  try {
    const moves = `move ${formatBytes(plan.traffic)} to and from ${where}`;
    if (plan.traffic > UNASKED && !flags.yes) await agreed(invocation, moves, flags);
    else await say(invocation, `This will ${moves}.`);
    using progress = new Progress({
      isTerminal: host.stderr.isTerminal && !invocation.flags.quiet && !invocation.flags.json,
      write: (text) => void host.stderr.write(text).catch(() => {}), // nobody watches any more
      width: () => host.stderr.columns,
    });
    using patient = patientSignal(invocation);
    const bench = await benchStore(stores, where, {
      plan,
      signal: patient.signal,
      onNotice: invocation.notice,
      onProgress: ({ direction, size, repetition, times, bytes, totalBytes }: BenchProgress) =>
        progress.update({
          label: `${sizeText(size)} ${direction}, ${repetition} of ${times}`,
          bytes,
          fraction: bytes / totalBytes,
        }),
    });
    progress.done();
    if (invocation.flags.json) await invocation.printJson(bench);
    else await invocation.print(table(bench, sizeText));
    for (const line of remarks(bench, plan, sizeText)) await say(invocation, line);
    if (flags.plot !== undefined) await plot(bench, flags.plot);
    return bench.isClean ? EXIT.done : EXIT.partial;
  } finally {
    stores.close();
  }
}

function remarks(
  { endpoint, overhead, checked, isClean }: StoreBench,
  { steps }: BenchPlan,
  sizeText: (bytes: number) => string,
): string[] {
  const few = sizeText(steps[0].bytes);
  const checksums = Object.keys(checked).join(", ");
  return [
    `${endpoint}: a call takes ${milliseconds(overhead.up)} up and ` +
    `${milliseconds(overhead.down)} down (${few}); net is without it, - where no more is left ` +
    "than noise.",
    `Medians of ${steps.at(-1)!.times} times, ${
      steps[0].times
    } up to 1 MiB. Every byte came back ` +
    `as it was sent; checksums of the service: ${checksums}.` +
    (isClean ? " What was made is removed." : ""),
  ];
}

function table({ rows }: StoreBench, sizeText: (bytes: number) => string): string {
  const cells = ({ median, mibPerSecond, netMibPerSecond }: Measured) => [
    milliseconds(median),
    rate(mibPerSecond),
    netMibPerSecond === undefined ? "-" : rate(netMibPerSecond),
  ];
  return columns(
    [
      ["size", "up", "MiB/s", "net MiB/s", "down", "MiB/s", "net MiB/s"],
      ...rows.map((row) => [sizeText(row.bytes), ...cells(row.up), ...cells(row.down)]),
    ],
    ["right", "right", "right", "right", "right", "right", "right"],
  );
}

async function plot({ rows, endpoint, uri }: StoreBench, path: string): Promise<void> {
  const { chart } = await import("../../show/chart.ts");
  const { saveFigure } = await import("../../show/save_figure.ts");
  const lines = (["up", "down"] as const).flatMap((direction) =>
    rows.filter(({ bytes }) => bytes >= 1024).flatMap((row) => pointsOf(row, direction))
  );
  const figure = chart(lines, {
    kind: "line",
    title: `Rates of ${uri}`,
    subtitle: `${endpoint}; net: without the time of a call`,
    x: { column: "size", unit: "MiB" },
    y: { column: "rate", unit: "MiB/s" },
    color: "what",
    xScale: "log",
    yScale: "log",
  });
  try {
    await saveFigure(figure, path);
  } catch (error) {
    throw localFileError(error, "write", path);
  }
}

function pointsOf({ bytes, ...row }: BenchRow, direction: "up" | "down") {
  const { mibPerSecond, netMibPerSecond } = row[direction];
  const size = bytes / 2 ** 20;
  return [
    { size, rate: mibPerSecond, what: direction },
    { size, rate: netMibPerSecond ?? null, what: `${direction}, net` },
  ];
}

/** `8.3 ms`, `412 ms`, `12.4 s`. */
function milliseconds(seconds: number): string {
  if (seconds >= 1) return `${seconds.toFixed(seconds < 100 ? 1 : 0)} s`;
  const amount = seconds * 1000;
  return `${amount.toFixed(amount < 100 ? 1 : 0)} ms`;
}

/** Three digits, however small. */
function rate(mibPerSecond: number): string {
  return mibPerSecond >= 100
    ? String(Math.round(mibPerSecond))
    : mibPerSecond >= 0.01
    ? mibPerSecond.toPrecision(3)
    : mibPerSecond.toFixed(4);
}

function sizes(text: string): readonly number[] {
  try {
    return text.split(",").map((size) => parseSize(size, "--sizes"));
  } catch {
    throw new InvalidArgumentError("Write sizes with commas: 1KiB,10MiB,2GB.");
  }
}

function count(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("Write a whole number above 0.");
}

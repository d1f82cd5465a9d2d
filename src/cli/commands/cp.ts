/**
 * `dipper cp`: files and objects, copied.
 *
 * @module
 */
import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import type { TransferSummary } from "../../objects/transfer/events.ts";
import type { StoreSet } from "../../store/store_set.ts";
import { examples, type Run } from "../command.ts";
import type { ExitCode } from "../exit_codes.ts";
import type { Invocation } from "../invocation.ts";
import {
  addTransferFlags,
  copyOptions,
  readFailed,
  type TransferFlags,
  writeSummary,
} from "../transfer_flags.ts";

interface CpFlags extends TransferFlags {
  readonly recursive: boolean;
  readonly versionId?: string;
  readonly retry?: string;
}

/** Adds the command. */
export function registerCp(program: Command, run: Run): void {
  const command = program.command("cp")
    .summary("copy files to buckets, from buckets and between them")
    .description(
      "Copies a file, an object, or with --recursive or a glob (in quotes) all of many. Addresses " +
        "begin with s3://; a name without it is a file if there is one, else a key of the default " +
        "bucket (DIPPER_BUCKET, or dipper_bucket in the profile). - is standard input or output. " +
        "Large objects go in parts side by side, every byte is held against a checksum, and a copy " +
        "that was cut short goes on where it was when it is begun again.",
    )
    .argument("[source...]", "files or addresses; the last name is the target")
    .option("-r, --recursive", "all under a folder or a prefix", false)
    .option("--version-id <id>", "this version of the source")
    .option("--retry <file>", "only what failed by this summary file");
  addTransferFlags(command)
    .addHelpText(
      "after",
      examples(
        "dipper cp s3://demo/nycflights13/airlines.csv airlines.csv",
        "dipper cp s3://demo/nycflights13/airlines.csv - | head -3",
        "dipper cp airlines.csv s3://demo/copies/ --metadata project=flights",
        "dipper cp 's3://demo/nycflights13/*.csv' tables/",
        "dipper cp --recursive s3://demo/nycflights13 s3://demo/backup --dry-run",
      ),
    )
    .action(run(copyCommand));
}

async function copyCommand(
  invocation: Invocation,
  names: readonly string[],
  flags: CpFlags,
): Promise<ExitCode> {
  const { TransferReport } = await import("../transfer_report.ts");
  const { StoreSet } = await import("../../store/store_set.ts");
  if (flags.retry === undefined && names.length === 0) {
    throw new UsageError("there is nothing to copy", { hint: "See dipper cp --help" });
  }
  const stores = await StoreSet.resolve(invocation.storeOptions());
  using report = new TransferReport(
    invocation,
    flags.dryRun || flags.verbose ? "each" : "failures",
    names.length > 1 && names.at(-1) === "-" && !flags.dryRun ? "stderr" : "stdout",
  );
  try {
    const jobs = flags.retry === undefined ? jobsOf(names) : await retries(flags.retry);
    const summaries: TransferSummary[] = [];
    for (const job of jobs) {
      summaries.push(await copyOne(invocation, stores, job, flags, report.take));
    }
    const summary = summaries.length === 1 ? summaries[0] : together(summaries);
    await writeSummary(flags.summary, summary);
    return await report.end(summary);
  } finally {
    stores.close();
  }
}

interface Job {
  readonly from: string;
  readonly to: string | undefined;
  readonly isLiteral: boolean;
}

/** One name goes to the default place; of several the last is the target, a folder or prefix. */
function jobsOf(names: readonly string[]): Job[] {
  const job = (from: string, to: string | undefined): Job => ({ from, to, isLiteral: false });
  if (names.length === 1) return [job(names[0], undefined)];
  const target = names.at(-1)!;
  if (names.length === 2) return [job(names[0], target)];
  const into = target.endsWith("/") || /^s3:\/\/[^/]+$/.test(target) ? target : `${target}/`;
  return names.slice(0, -1).map((from) => job(from, into));
}

async function retries(path: string): Promise<Job[]> {
  return (await readFailed(path)).filter(({ action }) => action !== "delete")
    .map(({ from, to }) => ({ from, to, isLiteral: true }));
}

async function copyOne(
  invocation: Invocation,
  stores: StoreSet,
  { from, to, isLiteral }: Job,
  flags: CpFlags,
  onEvent: (event: import("../../objects/transfer/events.ts").TransferEvent) => void,
): Promise<TransferSummary> {
  const { copy } = await import("../../objects/transfer/copy.ts");
  const { host } = invocation;
  return await copy(stores, from, to, {
    ...copyOptions(flags, invocation),
    recursive: flags.recursive,
    versionId: flags.versionId,
    literal: flags.raw || isLiteral,
    onEvent,
    input: inputOf(invocation),
    output: (bytes) => host.stdout.write(bytes),
  });
}

async function* inputOf({ host }: Invocation): AsyncGenerator<Uint8Array, void, undefined> {
  for (let bytes; (bytes = await host.stdin.read()) !== undefined;) yield bytes;
}

/** Several summaries as one. */
function together(summaries: readonly TransferSummary[]): TransferSummary {
  const sum = (field: "done" | "deleted" | "skipped" | "bytes" | "seconds") =>
    summaries.reduce((total, each) => total + each[field], 0);
  const checked: Record<string, number> = {};
  for (const each of summaries) {
    for (const [by, count] of Object.entries(each.checked)) {
      checked[by] = (checked[by] ?? 0) + count;
    }
  }
  return {
    done: sum("done"),
    deleted: sum("deleted"),
    skipped: sum("skipped"),
    bytes: sum("bytes"),
    seconds: sum("seconds"),
    failed: summaries.flatMap(({ failed }) => failed),
    checked,
  };
}

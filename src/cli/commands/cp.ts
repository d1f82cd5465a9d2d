/**
 * `dipper cp`: files and objects, copied.
 *
 * @module
 */
import type { Command } from "commander";
import { DipperError, UsageError } from "../../errors.ts";
import type { Action, TransferEvent, TransferSummary } from "../../objects/transfer/events.ts";
import type { StoreSet } from "../../store/store_set.ts";
import { isS3Uri } from "../../store/uri.ts";
import { runTransfer } from "../run_transfer.ts";
import { examples, type Run } from "../command.ts";
import type { ExitCode } from "../exit_codes.ts";
import type { Invocation } from "../invocation.ts";
import { unlessAborted } from "../patient_signal.ts";
import type { TransferReport } from "../transfer_report.ts";
import {
  addTransferFlags,
  copyOptions,
  readFailed,
  type TransferFlags,
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
  if ((flags.retry === undefined) === (names.length === 0)) {
    throw new UsageError(
      names.length === 0 ? "there is nothing to copy" : "--retry takes the names from its file",
      { hint: "See dipper cp --help" },
    );
  }
  const hasBytes = names.length > 1 && names.at(-1) === "-" && !flags.dryRun;
  return await runTransfer(invocation, flags, async (stores, report) => {
    const jobs = flags.retry === undefined ? jobsOf(names, flags) : await retries(flags.retry);
    return await copyAll(
      jobs,
      report.take,
      (job) => copyOne(invocation, stores, job, flags, report),
    );
  }, {
    lines: hasBytes ? "stderr" : "stdout",
    hint: "Keep the list with --summary FILE, and try those again with --retry FILE.",
  });
}

interface Job {
  readonly action: Action;
  readonly from: string;
  readonly to: string | undefined;
  readonly isLiteral: boolean;
  readonly isRecursive: boolean;
}

/** One name goes to the default place; of several the last is the target, a folder or prefix. */
function jobsOf(names: readonly string[], { raw, recursive }: CpFlags): Job[] {
  const job = (from: string, to: string | undefined): Job => {
    const action = !isS3Uri(from) ? "upload" : to?.startsWith("s3://") ? "copy" : "download";
    return { action, from, to, isLiteral: raw, isRecursive: recursive };
  };
  if (names.length === 1) return [job(names[0], undefined)];
  const target = names.at(-1)!;
  if (names.length === 2) return [job(names[0], target)];
  const into = target.endsWith("/") || /^s3:\/\/[^/]+$/.test(target) ? target : `${target}/`;
  return names.slice(0, -1).map((from) => job(from, into));
}

async function retries(path: string): Promise<Job[]> {
  return (await readFailed(path)).filter(({ action }) => action !== "delete")
    .map(({ action, from, to }) => ({ action, from, to, isLiteral: true, isRecursive: false }));
}

/** Does all jobs; of several, one that cannot begin is a failure among others, unless none can. */
async function copyAll(
  jobs: readonly Job[],
  take: (event: TransferEvent) => void,
  copyJob: (job: Job) => Promise<TransferSummary>,
): Promise<TransferSummary> {
  const { isFatal } = await import("../../objects/transfer/run.ts");
  const { Tally } = await import("../../objects/transfer/events.ts");
  const summaries: TransferSummary[] = [];
  const refusals: DipperError[] = [];
  for (const job of jobs) {
    try {
      summaries.push(await copyJob(job));
    } catch (error) {
      if (jobs.length === 1 || !(error instanceof DipperError) || isFatal(error)) throw error;
      refusals.push(error);
      const tally = new Tally(take);
      const { action, from, to } = job;
      tally.add({ kind: "failed", action, from, ...(to === undefined ? {} : { to }), error });
      summaries.push(tally.summary());
    }
  }
  if (jobs.length > 0 && refusals.length === jobs.length) throw refusals[0];
  return summaries.length === 1 ? summaries[0] : together(summaries);
}

async function copyOne(
  invocation: Invocation,
  stores: StoreSet,
  { from, to, isLiteral, isRecursive }: Job,
  flags: CpFlags,
  report: TransferReport,
): Promise<TransferSummary> {
  const { copy } = await import("../../objects/transfer/copy.ts");
  const { host } = invocation;
  return await copy(stores, from, to, {
    ...copyOptions(flags, invocation),
    recursive: isRecursive,
    versionId: flags.versionId,
    literal: isLiteral,
    onEvent: report.take,
    input: inputOf(invocation),
    output: (bytes) => host.stdout.write(bytes),
  });
}

async function* inputOf(
  { host, signal }: Invocation,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let bytes; (bytes = await unlessAborted(host.stdin.read(), signal)) !== undefined;) {
    yield bytes;
  }
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

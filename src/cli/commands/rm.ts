/**
 * `dipper rm`: objects, removed.
 *
 * @module
 */
import type { Command } from "commander";
import { runTransfer } from "../run_transfer.ts";
import { examples, type Run } from "../command.ts";
import type { ExitCode } from "../exit_codes.ts";
import type { Invocation } from "../invocation.ts";
import { collect } from "../transfer_flags.ts";

interface RmFlags {
  readonly recursive: boolean;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly dryRun: boolean;
  readonly verbose: boolean;
  readonly raw: boolean;
  readonly yes: boolean;
  readonly all: boolean;
  readonly versionId?: string;
  readonly summary?: string;
}

/** Adds the command. */
export function registerRm(program: Command, run: Run): void {
  program.command("rm")
    .summary("remove objects")
    .description(
      "Removes objects: one, those that a glob (in quotes) matches, or with --recursive all under a " +
        "prefix. Removing many says first how many and how much, and asks.",
    )
    .argument("<uri...>", "s3://BUCKET/KEY, or a key of the default bucket")
    .option("-r, --recursive", "all under a prefix", false)
    .option("--include <glob>", "only names that match; again for more", collect, [])
    .option("--exclude <glob>", "not names that match; again for more", collect, [])
    .option("-n, --dry-run", "print what would be removed, remove nothing", false)
    .option("-v, --verbose", "print each name that is removed", false)
    .option("--raw", "names are no globs: * ? [ { stand for themselves", false)
    .option("-y, --yes", "do not ask", false)
    .option("--all", "also a whole bucket", false)
    .option("--version-id <id>", "this version, for good")
    .option("--summary <file>", "write what was done and what failed to a JSON file")
    .addHelpText(
      "after",
      examples(
        "dipper rm --recursive s3://demo/nycflights13 --dry-run",
        "dipper cp s3://demo/nycflights13/airlines.csv s3://demo/scratch/airlines.csv",
        "dipper rm s3://demo/scratch/airlines.csv",
        "dipper rm 's3://demo/scratch/*' --yes",
      ),
    )
    .action(run(removeCommand));
}

async function removeCommand(
  invocation: Invocation,
  uris: readonly string[],
  flags: RmFlags,
): Promise<ExitCode> {
  const { remove } = await import("../../objects/transfer/remove.ts");
  return await runTransfer(
    invocation,
    flags,
    (stores, report) =>
      remove(stores, uris, {
        signal: invocation.signal,
        recursive: flags.recursive,
        include: flags.include,
        exclude: flags.exclude,
        dryRun: flags.dryRun,
        literal: flags.raw,
        all: flags.all,
        versionId: flags.versionId,
        confirm: report.confirm(flags.yes, "remove"),
        onEvent: report.take,
      }),
  );
}

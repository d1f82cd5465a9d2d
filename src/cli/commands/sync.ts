/**
 * `dipper sync`: a folder or a prefix made like another.
 *
 * @module
 */
import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { runTransfer } from "../run_transfer.ts";
import { examples, type Run } from "../command.ts";
import type { ExitCode } from "../exit_codes.ts";
import type { Invocation } from "../invocation.ts";
import { addTransferFlags, copyOptions, type TransferFlags } from "../transfer_flags.ts";

interface SyncFlags extends TransferFlags {
  readonly delete: boolean;
  readonly yes: boolean;
  readonly all: boolean;
  readonly checksum: boolean;
  readonly sizeOnly: boolean;
}

/** Adds the command. */
export function registerSync(program: Command, run: Run): void {
  const command = program.command("sync")
    .summary("send what is new or changed between a folder and a bucket, or buckets")
    .description(
      "Sends what is at the source and not at the target, of another size, or newer. With --delete " +
        "it also removes what is only at the target: it says first how many and how much, and asks.",
    )
    .argument("<source>", "a folder or s3://BUCKET/PREFIX")
    .argument("[target]", "a folder or s3://BUCKET/PREFIX")
    .option("--delete", "remove what is at the target and not at the source", false)
    .option("-y, --yes", "do not ask before that", false)
    .option("--all", "remove even all of the target, when there is nothing at the source", false)
    .option("--checksum", "compare bytes by their checksums, not times", false)
    .option("--size-only", "compare sizes, not times", false);
  addTransferFlags(command)
    .addHelpText(
      "after",
      examples(
        "dipper sync s3://demo/nycflights13 flights",
        "dipper sync flights s3://demo/mirror --exclude '*.parquet'",
        "dipper sync flights s3://demo/mirror --delete --dry-run",
      ),
    )
    .action(run(syncCommand));
}

async function syncCommand(
  invocation: Invocation,
  from: string,
  to: string | undefined,
  flags: SyncFlags,
): Promise<ExitCode> {
  if (flags.checksum && flags.sizeOnly) {
    throw new UsageError("--checksum and --size-only exclude each other");
  }
  const { sync } = await import("../../objects/transfer/sync.ts");
  return await runTransfer(
    invocation,
    flags,
    (stores, report) =>
      sync(stores, from, to, {
        ...copyOptions(flags, invocation),
        delete: flags.delete,
        all: flags.all,
        sameness: flags.checksum ? "checksum" : flags.sizeOnly ? "size" : "time",
        confirm: report.confirm(flags.yes, "remove"),
        onEvent: report.take,
      }),
  );
}

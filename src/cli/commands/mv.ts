/**
 * `dipper mv`: files and objects, moved.
 *
 * @module
 */
import type { Command } from "commander";
import { runTransfer } from "../run_transfer.ts";
import { examples, type Run } from "../command.ts";
import type { ExitCode } from "../exit_codes.ts";
import type { Invocation } from "../invocation.ts";
import { addTransferFlags, copyOptions, type TransferFlags } from "../transfer_flags.ts";

interface MvFlags extends TransferFlags {
  readonly recursive: boolean;
  readonly yes: boolean;
  readonly all: boolean;
  readonly versionId?: string;
}

/** Adds the command. */
export function registerMv(program: Command, run: Run): void {
  const command = program.command("mv")
    .summary("move files to buckets, from buckets and between them")
    .description(
      "Copies as dipper cp does, and removes each source when its copy is whole. Moving many says " +
        "first how many and how much, and asks.",
    )
    .argument("<source>", "a file, a folder, s3://BUCKET/KEY or a glob in quotes")
    .argument("<target>", "where to")
    .option("-r, --recursive", "all under a folder or a prefix", false)
    .option("-y, --yes", "do not ask", false)
    .option("--all", "also a whole bucket", false)
    .option("--version-id <id>", "this version of the source, which is gone then");
  addTransferFlags(command)
    .addHelpText(
      "after",
      examples(
        "dipper cp s3://demo/nycflights13/airlines.csv s3://demo/old/airlines.csv",
        "dipper mv s3://demo/old/airlines.csv s3://demo/new/airlines.csv",
        "dipper mv --recursive s3://demo/new s3://demo/newer --yes",
      ),
    )
    .action(run(moveCommand));
}

async function moveCommand(
  invocation: Invocation,
  from: string,
  to: string,
  flags: MvFlags,
): Promise<ExitCode> {
  const { move } = await import("../../objects/transfer/move.ts");
  return await runTransfer(
    invocation,
    flags,
    (stores, report) =>
      move(stores, from, to, {
        ...copyOptions(flags, invocation),
        recursive: flags.recursive,
        all: flags.all,
        versionId: flags.versionId,
        confirm: report.confirm(flags.yes, "move"),
        onEvent: report.take,
      }),
  );
}

/**
 * What `cp`, `mv`, `sync` and `rm` have in common: stores, a report while they work, a summary.
 *
 * @module
 */
import type { TransferSummary } from "../objects/transfer/events.ts";
import type { StoreSet } from "../store/store_set.ts";
import type { ExitCode } from "./exit_codes.ts";
import type { Invocation } from "./invocation.ts";
import { writeSummary } from "./transfer_flags.ts";
import type { TransferReport } from "./transfer_report.ts";

/** Values of flags that all of them have. */
export interface RunFlags {
  readonly dryRun: boolean;
  readonly verbose: boolean;
  readonly summary?: string;
}

/** How the report is made. */
export interface RunTransferOptions {
  /** Where lines go: standard output, unless it has an object's bytes. */
  readonly lines?: "stdout" | "stderr";
  /** What can be done about failures. */
  readonly hint?: string;
}

/** Does `work` and tells what came of it. */
export async function runTransfer(
  invocation: Invocation,
  flags: RunFlags,
  work: (stores: StoreSet, report: TransferReport) => Promise<TransferSummary>,
  { lines, hint }: RunTransferOptions = {},
): Promise<ExitCode> {
  const { TransferReport } = await import("./transfer_report.ts");
  const { StoreSet } = await import("../store/store_set.ts");
  const stores = await StoreSet.resolve(invocation.storeOptions());
  const listing = flags.dryRun || flags.verbose ? "each" : "failures";
  using report = await TransferReport.open(invocation, listing, lines);
  try {
    const summary = await work(stores, report);
    await writeSummary(flags.summary, summary);
    return await report.end(summary, hint);
  } finally {
    stores.close();
  }
}

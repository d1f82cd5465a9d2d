/**
 * `dipper cache`: what the cache on disk holds; checked, cleared, filled.
 *
 * @module
 */
import type { Command } from "commander";
import { examples, type Run } from "../command.ts";

/** Adds the command and what is below it. */
export function registerCache(program: Command, run: Run): void {
  const cache = program.command("cache")
    .summary("show, check, clear or fill the cache on disk")
    .description(
      "Looks after the bytes of objects that are kept on disk (DIPPER_CACHE_DIR). Everything in it " +
        "may be deleted at any time. `pull` fills it with all that is under a prefix, which is then " +
        "read without a network when DIPPER_OFFLINE is on.",
    )
    .addHelpText(
      "after",
      examples(
        "dipper cache show",
        "dipper cache pull s3://demo/nycflights13/",
        "DIPPER_OFFLINE=on dipper exec -- sh -c 'echo a program that needs no network'",
        "dipper cache check",
        "dipper cache clear --bucket demo --prefix nycflights13/ --yes",
      ),
    );
  cache.command("show")
    .summary("what it holds")
    .description("Shows the folder, how full it is, what of which bucket it has, what was pulled.")
    .action(run(async (invocation) => {
      const { showCacheCommand } = await import("../cache/show.ts");
      await showCacheCommand(invocation);
    }));
  cache.command("check")
    .summary("verify every checksum")
    .description(
      "Reads every file and verifies every checksum. What is damaged is named and removed, and " +
        "fetched again when it is needed.",
    )
    .action(run(async (invocation) => {
      const { checkCacheCommand } = await import("../cache/check.ts");
      return await checkCacheCommand(invocation);
    }));
  cache.command("clear")
    .summary("remove what it holds")
    .description(
      "Removes all, or what is of a bucket or under a prefix of it. Asks before it does.",
    )
    .option("--bucket <name>", "only this bucket")
    .option("--prefix <prefix>", "only keys of the bucket that begin so")
    .option("--yes", "do not ask", false)
    .action(run(async (invocation, flags: ClearFlags) => {
      const { clearCacheCommand } = await import("../cache/clear.ts");
      await clearCacheCommand(invocation, flags);
    }));
  cache.command("pull")
    .summary("fetch all under a prefix, for reading it without a network")
    .description(
      "Fetches every object under a prefix that is not in the cache yet, and keeps the list of what " +
        "is under it. What does not fit within DIPPER_CACHE_SIZE is said before anything is " +
        "fetched. A pull that was interrupted goes on where it was.",
    )
    .argument("<uri>", "s3://BUCKET[/PREFIX]")
    .action(run(async (invocation, uri: string) => {
      const { pullCommand } = await import("../cache/pull.ts");
      await pullCommand(invocation, uri);
    }));
}

/** Flags of `dipper cache clear`. */
export interface ClearFlags {
  readonly bucket?: string;
  readonly prefix?: string;
  readonly yes: boolean;
}

/**
 * `dipper cat`: bytes of objects on standard output.
 *
 * @module
 */
import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { examples, type Run } from "../command.ts";
import { openTarget } from "../target.ts";

interface CatFlags {
  readonly range?: string;
  readonly versionId?: string;
}

/** Adds the command. */
export function registerCat(program: Command, run: Run): void {
  program.command("cat")
    .summary("write objects to standard output")
    .description(
      "Writes the bytes of objects to standard output, one after the other, as they are stored. A " +
        "broken connection is resumed; an object that is replaced meanwhile is an error.",
    )
    .argument("<uri...>", "s3://BUCKET/KEY, or keys in the default bucket")
    .option("--range <bytes>", "only these: 0-99 (both included), 100-, or -100 for the last ones")
    .option("--version-id <id>", "that version, instead of the latest")
    .addHelpText(
      "after",
      examples(
        "dipper cat s3://demo/nycflights13/airlines.csv",
        "dipper cat s3://demo/nycflights13/airlines.csv --range 0-19",
        "dipper cat s3://demo/nycflights13/flights.parquet | wc -c",
      ),
    )
    .action(run(async (invocation, uris: string[], { range, versionId }: CatFlags) => {
      const { parseRange, readObject } = await import("../../objects/browse/read.ts");
      if (versionId !== undefined && uris.length > 1) {
        throw new UsageError("--version-id is of one object", { hint: "Name one address." });
      }
      const bytes = range === undefined ? undefined : parseRange(range);
      for (const uri of uris) {
        const { store, signal, ...location } = await openTarget(invocation, uri, "object");
        for await (
          const chunk of readObject(store, location, { range: bytes, versionId, signal })
        ) await invocation.host.stdout.write(chunk);
      }
    }));
}

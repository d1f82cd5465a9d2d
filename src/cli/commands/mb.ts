/**
 * `dipper mb`: makes buckets.
 *
 * @module
 */
import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { isS3Uri } from "../../store/uri.ts";
import { say } from "../careful.ts";
import { examples, type Run } from "../command.ts";

interface MbFlags {
  readonly location?: string;
  readonly objectLock: boolean;
  readonly versions: boolean;
  readonly anyName: boolean;
}

/** Adds the command. */
export function registerMb(program: Command, run: Run): void {
  program.command("mb")
    .summary("make a bucket")
    .description(
      "Makes a bucket. Its name is checked by the rules of AWS before the service is asked; every " +
        "rule that it breaks is named.",
    )
    .argument("<bucket>", "s3://BUCKET, or its name")
    .option(
      "--location <name>",
      "region, or a placement of Ceph's as :NAME; the store's unless told",
    )
    .option("--any-name", "let a service with wider rules decide on the name", false)
    .option("--versions", "keep versions from the beginning", false)
    .option("--object-lock", "allow retention of versions; can only be chosen now", false)
    .addHelpText("after", examples("dipper mb s3://my-data-2026", "dipper mb more-data --json"))
    .action(run(async (invocation, argument: string, flags: MbFlags) => {
      const { makeBucket } = await import("../../objects/buckets/make.ts");
      const { setVersioning } = await import("../../objects/versions/state.ts");
      const { StoreSet } = await import("../../store/store_set.ts");
      const { signal } = invocation;
      const bucket = nameIn(argument);
      const stores = await StoreSet.resolve(invocation.storeOptions());
      const store = stores.default ?? await stores.storeFor(bucket, signal);
      await makeBucket(store, bucket, {
        location: flags.location,
        objectLock: flags.objectLock ? "on" : "off",
        nameRules: flags.anyName ? "service" : "aws",
        signal,
      });
      if (flags.versions) await setVersioning(store, bucket, "enabled", signal);
      if (invocation.flags.json) await invocation.printJson({ bucket, uri: `s3://${bucket}` });
      else await say(invocation, `made s3://${bucket}`);
    }));
}

/** Whatever was written as a name: the rules are explained, not the form of addresses. */
function nameIn(argument: string): string {
  const rest = isS3Uri(argument) ? argument.replace(/^[^:]*:\/\//, "") : argument;
  const name = rest.replace(/\/$/, "");
  if (name.includes("/")) {
    throw new UsageError(`${argument} is not a bucket`, {
      hint: "Folders need not be made: they are there when an object is in them.",
    });
  }
  return name;
}

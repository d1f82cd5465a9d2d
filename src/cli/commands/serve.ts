/**
 * `dipper serve`: a gateway for the S3 clients of this machine.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";
import { examples, type Run } from "../command.ts";
import type { Door } from "../door/door.ts";
import { EXIT } from "../exit_codes.ts";
import { type ImmutableFlags, immutableOption, immutableStores } from "../immutable.ts";
import type { Invocation } from "../invocation.ts";
import { bucketOption, sayActivity } from "./exec.ts";

interface ServeFlags extends ImmutableFlags {
  readonly port?: number;
  readonly bucket: readonly string[];
  readonly write: boolean;
  /** True without a name. */
  readonly writeProfile?: string | true;
}

/** Signals that come within this time are one interruption. */
const ONE_INTERRUPTION_MS = 1000;

/** Adds the command. */
export function registerServe(program: Command, run: Run): void {
  program.command("serve")
    .summary("an S3 endpoint on this machine that caches and reads in parallel")
    .description(
      "Starts an S3 endpoint on 127.0.0.1 for the S3 clients of this machine: they read through " +
        "Dipper's cache and its parallel reads, and never see the real keys. Prints what a shell " +
        "needs to use it, with a random secret that is good until it ends, and runs until Ctrl-C. " +
        "It reads only, unless --write is given.",
    )
    .option("--port <number>", "port to listen on; any free one by default", parsePort)
    .addOption(bucketOption())
    .addOption(immutableOption())
    .option("--write", "let clients change objects and buckets", false)
    .option(
      "--write-profile [name]",
      "an AWS profile for it while it runs, `dipper` by default (aws --profile dipper s3 ls)",
    )
    .addHelpText(
      "after",
      examples(
        "dipper serve",
        "dipper serve --port 9555 --bucket demo --write-profile",
      ),
    )
    .action(run(async (invocation, flags: ServeFlags) => {
      const { openDoor } = await import("../door/door.ts");
      const { profileFor } = await import("../door/profile.ts");
      const ended = Promise.withResolvers<void>();
      // A later Ctrl-C ends the process, as everywhere. Not at once: `timeout` and the like send two.
      const taken = invocation.host.signals.take(() => {
        ended.resolve();
        Deno.unrefTimer(setTimeout(() => taken[Symbol.dispose](), ONE_INTERRUPTION_MS));
      });
      await using door = await openDoor(invocation, {
        access: flags.write ? "read-write" : "read-only",
        buckets: flags.bucket.length === 0 ? undefined : flags.bucket,
        ...immutableStores(flags),
        port: flags.port,
      });
      const name = flags.writeProfile === true ? "dipper" : flags.writeProfile;
      await using profile = name === undefined ? undefined : await profileFor(name, door);
      await sayAddress(invocation, door, profile?.name);
      await ended.promise;
      await sayActivity(invocation, await door.end());
      return EXIT.done;
    }));
}

async function sayAddress(
  invocation: Invocation,
  door: Door,
  profile: string | undefined,
): Promise<void> {
  const { doorVariables, shellLines } = await import("../door/variables.ts");
  const variables = doorVariables(door);
  if (invocation.flags.json) {
    const { endpoint, key, region } = door;
    return await invocation.printJson({ endpoint, ...key, region, profile, ...variables });
  }
  await invocation.print(shellLines(variables));
  invocation.notice(
    `serving at ${door.endpoint} until Ctrl-C; paste these lines into the shell of other tools` +
      (profile === undefined ? "" : `, or use the profile ${profile}`),
  );
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new InvalidArgumentError("Write a number from 1 to 65535.");
}

/**
 * `dipper exec`: any command, with its S3 clients reading through a gateway.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { Activity } from "../../gateway/activity.ts";
import { examples, type Run } from "../command.ts";
import { type ImmutableFlags, immutableOption, immutableStores } from "../immutable.ts";
import type { Invocation } from "../invocation.ts";

interface ExecFlags extends ImmutableFlags {
  readonly write: boolean;
  readonly report: boolean;
  readonly bucket: readonly string[];
}

/** Adds the command. */
export function registerExec(program: Command, run: Run): void {
  program.command("exec")
    .summary("run a program with its S3 clients behind the cache")
    .description(
      "Runs a command whose environment leads S3 clients to a gateway of this process: the AWS " +
        "CLI and SDKs, boto3, s3fs (pandas, Dask), pyarrow, polars, GDAL (rasterio, GeoPandas) and " +
        "rclone, unchanged, read through Dipper's cache and its parallel reads. It reads only, " +
        "unless --write is given. The real keys stay here. Signals go on to the command, and its " +
        "exit code is this one's.",
    )
    .argument("<command...>", "the command and its arguments, after --")
    .option("--write", "let the command change objects and buckets", false)
    .addOption(bucketOption())
    .addOption(immutableOption())
    .option("--report", "say at the end, on standard error, what it cost", false)
    .addHelpText(
      "after",
      examples(
        "dipper exec -- python3 -c \"print('a script that uses boto3, pandas, polars, …')\"",
        "dipper exec --report --bucket demo -- sh -c 'echo $AWS_ENDPOINT_URL_S3'",
      ),
    )
    .action(run(async (invocation, command: readonly string[], flags: ExecFlags) => {
      const { openDoor } = await import("../door/door.ts");
      const { runChild } = await import("../door/child.ts");
      const { writeConfigFiles } = await import("../door/config_files.ts");
      const { doorEnvironment } = await import("../door/variables.ts");
      const { processVariables } = await import("../../store/environment.ts");
      const { host } = invocation;
      await using door = await openDoor(invocation, {
        access: flags.write ? "read-write" : "read-only",
        buckets: flags.bucket.length === 0 ? undefined : flags.bucket,
        ...immutableStores(flags),
      });
      await using files = await writeConfigFiles(door);
      const code = await runChild(command, {
        environment: doorEnvironment(door, processVariables(), files),
        signals: host.signals,
        onTerminal: [host.stdin, host.stdout, host.stderr].some((each) => each.isTerminal),
      });
      const activity = await door.end();
      if (flags.report) await sayActivity(invocation, activity);
      return code;
    }));
}

/** `--bucket`, again for each. */
export function bucketOption(): Option {
  return new Option("--bucket <name>", "only this bucket (or climate-*), again for each")
    .argParser((name: string, before: readonly string[]) => [...before, name])
    .default([]);
}

/** What passed, on standard error: a line, or JSON for programs. */
export async function sayActivity(invocation: Invocation, activity: Activity): Promise<void> {
  const { host, flags, errorStyle } = invocation;
  if (flags.json) return await host.stderr.write(JSON.stringify({ report: activity }) + "\n");
  const { activityLine } = await import("../door/activity_line.ts");
  await host.stderr.write(errorStyle.dim(activityLine(activity)) + "\n");
}

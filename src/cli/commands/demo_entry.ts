/**
 * `dipper demo`: the whole job on real data; its code is loaded when it runs.
 *
 * @module
 */
import type { Command } from "commander";
import { examples, type Run } from "../command.ts";
import type { DemoFlags } from "./demo.ts";

/** Adds the command. */
export function registerDemoCommand(program: Command, run: Run): void {
  program.command("demo")
    .summary("the whole job on real data, no account needed")
    .description(
      "Starts an S3 server in this process, puts real datasets into a bucket, then lists, " +
        "describes, joins, maps, writes back and reads again, saying what each step read.",
    )
    .option("--out <folder>", "where its chart, map and page go", "dipper-demo")
    .addHelpText("after", examples("dipper demo", "dipper demo --out /tmp/dipper-demo"))
    .action(run(async (invocation, flags: DemoFlags) => {
      const { runDemo } = await import("./demo.ts");
      return await runDemo(invocation, flags);
    }));
}

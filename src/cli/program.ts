/**
 * The command line: commands, flags, help.
 *
 * @module
 */
import { Command } from "commander";
import { type Action, type Run, VERSION } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import type { RegisterCommand } from "./commands.ts";
import { addGlobalFlags, type GlobalFlags } from "./globals.ts";
import { HELP } from "./help.ts";
import { Invocation } from "./invocation.ts";
import type { Host } from "./host.ts";

/** A program for one run, and where the run leaves its traces. */
export interface Program {
  readonly command: Command;
  /** The run's state, once a command's code has started. */
  readonly invocation: () => Invocation | undefined;
  /** What the command's code returned; 0 when it said nothing. */
  readonly exitCode: () => number;
  /** Resolves when help or version is written. */
  readonly helpWritten: () => Promise<void>;
}

/** Builds the command line of `commands`. Nothing heavy is loaded before a command's code runs. */
export function buildProgram(
  host: Host,
  signal: AbortSignal,
  commands: readonly RegisterCommand[],
): Program {
  const command = new Command("dipper");
  let invocation: Invocation | undefined;
  let exitCode: number = EXIT.done;
  let helpWritten = Promise.resolve();

  command
    .description("Query, look into and check datasets in S3 buckets, with SQL.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .exitOverride()
    .configureHelp(HELP)
    .configureOutput({
      writeOut: (text) => void (helpWritten = host.stdout.write(text)),
      writeErr: () => {}, // usage errors are written with all the others
      getOutHelpWidth: () => Math.min(host.stdout.columns, 100),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText("after", OVERVIEW);
  addGlobalFlags(command);

  const run: Run = <Args extends unknown[]>(action: Action<Args>) => async (...args) => {
    const self = args.at(-1) as Command;
    invocation = new Invocation(host, self.optsWithGlobals<GlobalFlags>(), signal);
    exitCode = await action(invocation, ...args.slice(0, -1) as unknown[] as Args) ?? EXIT.done;
  };

  for (const register of commands) register(command, run);
  return {
    command,
    invocation: () => invocation,
    exitCode: () => exitCode,
    helpWritten: () => helpWritten,
  };
}

const OVERVIEW = `
Start here:
  $ dipper demo                     the whole job on real data, no account needed
  $ dipper configure                keys and address of your own service
  $ dipper check s3://BUCKET        prove the connection, step by step
  $ dipper query "SELECT 42"

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 no permission or bad
credentials, 5 network, 6 partial, 130 interrupted.`;

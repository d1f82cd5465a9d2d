/**
 * Runs one command line from its arguments to its exit code.
 *
 * @module
 */
import { CommanderError } from "commander";
import { isDipperError, UsageError } from "../errors.ts";
import { errorJson, errorText } from "./error_text.ts";
import { EXIT, exitCodeFor } from "./exit_codes.ts";
import { helpText } from "./help.ts";
import { type Host, OutputClosed } from "./host.ts";
import { commandsFor } from "./commands.ts";
import { buildProgram, type Program } from "./program.ts";
import { Style } from "./style.ts";

/**
 * Runs the command that `args` name. Never throws: what goes wrong is written to standard error.
 *
 * @param signal aborted by Ctrl-C
 */
export async function runCommandLine(
  args: readonly string[],
  host: Host,
  signal: AbortSignal,
): Promise<number> {
  const program = buildProgram(host, signal, await commandsFor(args));
  try {
    await parse(program, args);
    return program.exitCode();
  } catch (error) {
    if (error instanceof OutputClosed) return EXIT.done;
    const failure = error instanceof CommanderError
      ? usageError(error, program)
      : signal.aborted && !isDipperError(error)
      ? new Interrupted(error)
      : error;
    if (failure instanceof Interrupted) return EXIT.interrupted;
    await writeFailure(failure, args, host, program);
    return exitCodeFor(failure);
  } finally {
    await noticesWritten(host);
  }
}

/** Notices are written beside the work: wait for them before the process ends. */
async function noticesWritten({ stderr }: Host): Promise<void> {
  await stderr.write("").catch(() => {}); // standard error is gone: nobody listens
}

async function parse(program: Program, args: readonly string[]): Promise<void> {
  try {
    await program.command.parseAsync(forCommander(args), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
    await program.helpWritten(); // --help, --version
  }
}

/** What a library threw because its work was cut short: Ctrl-C needs no explanation. */
class Interrupted extends Error {
  constructor(cause: unknown) {
    super("interrupted", { cause });
  }
}

/** What follows `--` is for a command that is run, as it stands. */
function forCommander(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.map((argument, at) => end >= 0 && at > end ? argument : keepSqlComment(argument));
}

/** SQL may begin with a comment, `-- like this`, which is no flag. */
function keepSqlComment(argument: string): string {
  return /^--?\s/.test(argument) ? ` ${argument}` : argument;
}

const NO_COMMAND = "no command was given";

function usageError(error: CommanderError, program: Program): UsageError {
  const [first, ...rest] = error.message.replace(/^error: /, "").split("\n");
  if (error.code === "commander.help") {
    return new UsageError(NO_COMMAND, { hint: "See what there is: dipper --help" });
  }
  const name = commandIn(program);
  return new UsageError(first, {
    hint: [...rest.map((line) => line.replace(/^\((.*)\)$/, "$1")), `See dipper ${name}--help`]
      .join(" "),
  });
}

function commandIn(program: Program): string {
  const named = program.command.args[0];
  return program.command.commands.some((command) => command.name() === named) ? `${named} ` : "";
}

async function writeFailure(
  failure: unknown,
  args: readonly string[],
  host: Host,
  program: Program,
): Promise<void> {
  const invocation = program.invocation();
  const flags = invocation?.flags ?? {
    json: args.includes("--json"),
    debug: args.includes("--debug"),
    color: !args.includes("--no-color"),
  };
  const detail = flags.debug ? "stack" : "message";
  if (failure instanceof UsageError && failure.message === NO_COMMAND && !flags.json) {
    await host.stderr.write(helpText(program.command)).catch(() => {});
    return;
  }
  const text = flags.json ? errorJson(failure, detail) : errorText(failure, {
    style: new Style(flags.color && host.settings.colour && host.stderr.isTerminal),
    columns: host.stderr.columns,
    sql: invocation?.sql,
    detail,
  });
  await host.stderr.write(text).catch(() => {}); // standard error is gone: the exit code is left
}

/**
 * A command that is run in this one's place: its input, its output, its signals and its exit code.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";
import type { EndSignal, SignalSource } from "../end_signals.ts";

/** What to run, and with what. */
export interface ChildOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly signals: SignalSource;
  /** Whether it shares a terminal with this process, which then gives Ctrl-C to both. */
  readonly onTerminal: boolean;
}

/** Signals besides those that end a process, which go on to the command. */
const PASSED_ON = ["SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

/**
 * Runs a command to its end and returns its exit code: 128 and the signal's number when a signal ended
 * it, as shells say it.
 *
 * @throws {UsageError} when there is no such command
 */
export async function runChild(
  [program, ...args]: readonly string[],
  { environment, signals, onTerminal }: ChildOptions,
): Promise<number> {
  const child = spawn(program, args, environment);
  const send = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended in this moment.
    }
  };
  using _taken = signals.take((signal: EndSignal) => {
    if (signal !== "SIGINT" || !onTerminal) send(signal);
  });
  using _passed = passOn(send);
  return (await child.status).code;
}

function spawn(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args: [...args],
      clearEnv: true,
      env: { ...environment },
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (error) {
    const isThere = !(error instanceof Deno.errors.NotFound);
    throw new UsageError(`${program} ${isThere ? "cannot be run" : "is not there"}`, {
      hint: isThere ? "See that it is a program and that you may run it." : "Check its name.",
      cause: error,
    });
  }
}

function passOn(send: (signal: Deno.Signal) => void): Disposable {
  if (Deno.build.os === "windows") return { [Symbol.dispose]: () => {} };
  const listeners = PASSED_ON.map((signal) => [signal, () => send(signal)] as const);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]: () => {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

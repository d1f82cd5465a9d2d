/**
 * The progress line of a command.
 *
 * @module
 */
import { Progress } from "../show/progress.ts";
import type { Invocation } from "./invocation.ts";

/** A progress line on standard error; gone when it is disposed of. */
export interface CommandProgress extends Disposable {
  /** Takes a fraction from 0 to 1. */
  readonly fraction: (fraction: number) => void;
  /** Takes the line away, for something else to be written. */
  clear(): void;
}

/** Starts one; it writes nothing when nobody watches, or wants quiet. */
export function showProgress({ host, flags }: Invocation): CommandProgress {
  const progress = new Progress({
    isTerminal: host.stderr.isTerminal && !flags.quiet && !flags.json,
    write: (text) => void host.stderr.write(text).catch(() => {}),
    width: () => host.stderr.columns,
  });
  return {
    fraction: (fraction) => progress.update({ fraction }),
    clear: () => progress.clear(),
    [Symbol.dispose]: () => progress.done(),
  };
}

/**
 * What the modules in `commands/` are made with.
 *
 * @module
 */
import type { Command } from "commander";
import manifest from "../../deno.json" with { type: "json" };
import type { Invocation } from "./invocation.ts";

/** Version of Dipper. */
export const VERSION: string = manifest.version;

/**
 * What a command's code is given, besides its own arguments and flags. It returns an exit code, its own
 * or that of a command that it ran; 0 when it says nothing.
 */
export type Action<Args extends unknown[]> = (
  invocation: Invocation,
  ...args: Args
) => Promise<number | void>;

/** Wraps a command's code for commander: `.action(run(async (invocation, uri, flags) => …))`. */
export type Run = <Args extends unknown[]>(
  action: Action<Args>,
) => (...args: [...Args, Command]) => Promise<void>;

/** Help on examples, under a command's help. */
export function examples(...lines: string[]): string {
  return "\nExamples:\n" + lines.map((line) => `  $ ${line}`).join("\n");
}

/**
 * A command, timed, with the most memory that it took.
 *
 * @module
 */
import { usageOf } from "../contenders/peak_memory.ts";

/** What a command took. */
export interface Timed {
  /** Start of the program included. */
  readonly seconds: number;
  /** Most bytes resident, all its processes together. */
  readonly peak: number;
  readonly cpu: number;
}

/** Between two looks at the process, in milliseconds. */
const LOOK = 25;

/** Runs a command to its end. @throws with what it said when it fails */
export async function timed(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Timed> {
  const began = performance.now();
  const process = new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = new Response(process.stderr).text();
  let seconds: number | undefined;
  const ended = process.status.then((status) => {
    seconds = (performance.now() - began) / 1000;
    return status;
  });
  let peak = 0;
  let cpu = 0;
  while (seconds === undefined) {
    const usage = await usageOf(process.pid);
    peak = Math.max(peak, usage.peak);
    cpu = Math.max(cpu, usage.cpu);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, LOOK))]);
  }
  const { success } = await ended;
  const text = await said;
  if (!success) throw new Error(text.trim().split("\n").slice(-8).join("\n"));
  return { seconds, peak, cpu };
}

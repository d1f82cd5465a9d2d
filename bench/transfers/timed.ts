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
  /** That it wrote to standard output. */
  readonly lines: number;
}

/** Between two looks at the process, in milliseconds. */
const LOOK = 25;

/**
 * Runs a command to its end.
 *
 * @param patience milliseconds after which it is ended
 * @throws with what it said when it fails
 */
export async function timed(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  patience: number,
): Promise<Timed> {
  const began = performance.now();
  const process = new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = new Response(process.stderr).text();
  const counted = linesIn(process.stdout);
  let seconds: number | undefined;
  const ended = process.status.then((status) => {
    seconds = (performance.now() - began) / 1000;
    return status;
  });
  let peak = 0;
  let cpu = 0;
  while (seconds === undefined) {
    const usage = await usageOf(process.pid);
    if (performance.now() - began > patience) process.kill("SIGKILL");
    peak = Math.max(peak, usage.peak);
    cpu = Math.max(cpu, usage.cpu);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, LOOK))]);
  }
  const { success, code, signal } = await ended;
  const text = (await said).trim().split("\n").slice(-8).join("\n");
  const lines = await counted;
  if (signal === "SIGKILL") throw new Error(`not done after ${patience / 1000} s`);
  if (!success) throw new Error(`exit code ${code}, ${signal ?? "no signal"}: ${text}`);
  return { seconds, peak, cpu, lines };
}

async function linesIn(stream: ReadableStream<Uint8Array>): Promise<number> {
  let lines = 0;
  for await (const bytes of stream) {
    for (let at = -1; (at = bytes.indexOf(10, at + 1)) >= 0;) lines++;
  }
  return lines;
}

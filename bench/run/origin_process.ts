/**
 * The origin as the bench has it: a process of its own.
 *
 * @module
 */
import type { Conditions } from "../origin/conditions.ts";
import type { OriginCounts } from "../origin/counts.ts";
import type { OriginAddresses, OriginArguments } from "../origin/main.ts";
import { LineReader } from "./line_reader.ts";

/** How long requests that nobody waits for any more may go on before counts are read, in ms. */
const SETTLE = 2000;

/** An origin that runs. Dispose of it to end it. */
export class OriginProcess implements AsyncDisposable {
  readonly endpoint: string;
  readonly #control: string;
  readonly #process: Deno.ChildProcess;
  readonly #lines: LineReader;

  private constructor(
    { endpoint, control }: OriginAddresses,
    process: Deno.ChildProcess,
    lines: LineReader,
  ) {
    this.endpoint = endpoint;
    this.#control = control;
    this.#process = process;
    this.#lines = lines;
  }

  /** Starts one. */
  static async start(options: OriginArguments): Promise<OriginProcess> {
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        new URL("../origin/main.ts", import.meta.url).pathname,
        JSON.stringify(options),
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const lines = new LineReader(process.stdout);
    return new OriginProcess(JSON.parse(await lines.next()), process, lines);
  }

  /** Sets how it answers from now on, and begins to count. */
  async begin(conditions: Conditions): Promise<void> {
    await this.#settled();
    const answer = await fetch(this.#control, {
      method: "POST",
      body: JSON.stringify(conditions),
    });
    await answer.body?.cancel();
  }

  /** What it was asked for since, when it has answered all. */
  async counts(): Promise<OriginCounts> {
    return await this.#settled();
  }

  async #settled(): Promise<OriginCounts> {
    const began = performance.now();
    while (true) {
      const counts: OriginCounts = await (await fetch(this.#control)).json();
      if (counts.inFlight === 0 || performance.now() - began > SETTLE) return counts;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.close();
    await this.#lines.close();
    await this.#process.status;
  }
}

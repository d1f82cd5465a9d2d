/**
 * A contender's process: prepared, asked, measured, ended.
 *
 * @module
 */
import type { Ask, Told } from "../contenders/protocol.ts";
import { type Usage, usageOf } from "../contenders/peak_memory.ts";
import { LineReader } from "./line_reader.ts";

/** How to start one. */
export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds that preparing, or one answer, may take. */
  readonly patience: number;
}

/** An answer and what it cost the process. */
export interface Answered extends Told {
  /** CPU-seconds for this answer. */
  readonly cpu: number;
  /** Most bytes resident since the process began. */
  readonly peak: number;
  /** Bytes resident before the first question. */
  readonly idle: number;
}

/** A process that waits for questions. */
export class ContenderProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: LineReader;
  readonly #errors: Promise<string>;
  readonly #patience: number;
  #idle: Usage | undefined;

  private constructor(process: Deno.ChildProcess, patience: number) {
    this.#process = process;
    this.#lines = new LineReader(process.stdout);
    this.#errors = new Response(process.stderr).text();
    this.#patience = patience;
  }

  /** Starts one and waits until it is prepared. */
  static async start(options: ProcessOptions): Promise<ContenderProcess> {
    const { command, args, environment, patience } = options;
    const child = new Deno.Command(command, {
      args: [...args],
      env: { ...environment },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const process = new ContenderProcess(child, patience);
    try {
      await process.#line();
      process.#idle = await usageOf(child.pid);
      return process;
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @throws when it fails or takes too long; it has then ended */
  async ask(question: Ask): Promise<Answered> {
    const before = await usageOf(this.#process.pid);
    const writer = this.#process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${JSON.stringify(question)}\n`));
    writer.releaseLock();
    const told: Told = JSON.parse(await this.#line());
    const after = await usageOf(this.#process.pid);
    return {
      ...told,
      cpu: after.cpu - before.cpu,
      peak: after.peak,
      idle: this.#idle!.resident,
    };
  }

  async #line(): Promise<string> {
    const timer = setTimeout(() => this.#kill(), this.#patience * 1000);
    const began = performance.now();
    try {
      return await this.#lines.next();
    } catch (cause) {
      this.#kill();
      if (performance.now() - began >= this.#patience * 1000) {
        throw new Error(`no answer in ${this.#patience} s`, { cause });
      }
      const text = (await this.#errors).trim().split("\n").slice(-12).join("\n");
      throw new Error(text === "" ? "it ended without an answer" : text, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  #kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Lets it end in its own way: a cache is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.close().catch(() => {
      // It has gone already.
    });
    const timer = setTimeout(() => this.#kill(), 20_000);
    await this.#process.status;
    clearTimeout(timer);
    await this.#lines.close();
    await this.#errors;
  }
}

/**
 * Questions to a person: a line, a line that is not shown, yes or no.
 *
 * Questions go to standard error, so that standard output has results only. Lines also come from a
 * pipe (`printf 'key\nsecret\n' | dipper configure`).
 *
 * @module
 */
import { cancelled, type CancelledError, UsageError } from "../errors.ts";
import type { Host } from "./host.ts";
import { unlessAborted } from "./patient_signal.ts";

const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_U = "\x15";
const BACKSPACE = "\x7f";

/** Asks questions of one host, keeping what was typed ahead. */
export class Prompt {
  readonly #host: Host;
  readonly #signal: AbortSignal;
  readonly #decoder = new TextDecoder();
  #ahead = "";
  #ended = false;

  constructor(host: Host, signal: AbortSignal) {
    this.#host = host;
    this.#signal = signal;
  }

  /** Whether a person sits there. */
  get interactive(): boolean {
    return this.#host.stdin.isTerminal && this.#host.stderr.isTerminal;
  }

  /**
   * Asks for a line; an empty one means `preset`.
   *
   * @throws {CancelledError} on Ctrl-C or the end of the input
   */
  async line(question: string, preset = ""): Promise<string> {
    await this.#say(preset === "" ? `${question}: ` : `${question} [${preset}]: `);
    return (await this.#nextLine(question)).trim() || preset;
  }

  /**
   * Asks for a line that is not shown while it is typed.
   *
   * @throws {CancelledError} on Ctrl-C or the end of the input
   */
  async secret(question: string): Promise<string> {
    await this.#say(`${question}: `);
    if (!this.#host.stdin.isTerminal) return (await this.#nextLine(question)).trim();
    this.#host.stdin.setRaw(true);
    try {
      return (await this.#unseenLine(question)).trim();
    } finally {
      this.#host.stdin.setRaw(false);
      await this.#say("\n");
    }
  }

  /** Asks for yes or no; an empty line means no. */
  async confirm(question: string): Promise<boolean> {
    return /^y(es)?$/i.test(await this.line(`${question} [y/N]`));
  }

  async #nextLine(question: string): Promise<string> {
    while (!this.#ahead.includes("\n")) {
      if (!await this.#more()) {
        if (this.#ahead !== "") break;
        throw this.#noAnswer(question);
      }
    }
    const end = this.#ahead.indexOf("\n");
    const line = end < 0 ? this.#ahead : this.#ahead.slice(0, end);
    this.#ahead = end < 0 ? "" : this.#ahead.slice(end + 1);
    return line.replace(/\r$/, "");
  }

  async #unseenLine(question: string): Promise<string> {
    let typed = "";
    for (;;) {
      if (this.#ahead === "" && !await this.#more()) throw this.#noAnswer(question);
      const characters = [...this.#ahead];
      this.#ahead = "";
      for (const [index, character] of characters.entries()) {
        if (character === "\r" || character === "\n") {
          this.#ahead = characters.slice(index + 1).join("");
          return typed;
        }
        if (character === CTRL_C) throw cancelled(this.#signal);
        if (character === CTRL_D) throw this.#noAnswer(question);
        if (character === BACKSPACE || character === "\b") typed = [...typed].slice(0, -1).join("");
        else if (character === CTRL_U) typed = "";
        else if (character >= " ") typed += character;
      }
    }
  }

  /** Reads ahead; false at the end of the input. */
  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const bytes = await unlessAborted(this.#host.stdin.read(), this.#signal);
    this.#ended = bytes === undefined;
    this.#ahead += this.#decoder.decode(bytes, { stream: bytes !== undefined });
    return !this.#ended;
  }

  #noAnswer(question: string): CancelledError | UsageError {
    return this.interactive ? cancelled() : new UsageError(`no answer to: ${question}`, {
      hint: "Standard input ended. Give one line for each question, or use the command's options.",
    });
  }

  /** Asks aloud only where somebody types: lines from a pipe need no questions. */
  async #say(text: string): Promise<void> {
    if (this.#host.stdin.isTerminal) await this.#host.stderr.write(text);
  }
}

/**
 * What a command sees of the process it runs in; tests give their own.
 *
 * @module
 */
import { readSettings, type Settings } from "../settings.ts";
import { ResourceError } from "../errors.ts";
import { processSignals, type SignalSource } from "./end_signals.ts";
import { isErrno } from "./errno.ts";

/** Where text or bytes go: standard output, standard error. */
export interface Sink {
  readonly isTerminal: boolean;
  /** Width in characters; 80 when nothing says otherwise. */
  readonly columns: number;
  /**
   * Resolves when the reader has taken the data, which is what bounds the memory of a long result.
   *
   * @throws {OutputClosed} when the reader has gone
   */
  write(data: string | Uint8Array): Promise<void>;
}

/** Where answers and SQL come from: standard input. */
export interface Input {
  readonly isTerminal: boolean;
  /** The next bytes, or undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Takes characters one by one and unseen (true) or by lines and echoed (false). */
  setRaw(raw: boolean): void;
}

/** A process, as far as commands need one. */
export interface Host {
  readonly stdin: Input;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly settings: Settings;
  readonly signals: SignalSource;
}

/** The reader of standard output has gone (`dipper query … | head -1`): end without a word. */
export class OutputClosed extends Error {
  constructor() {
    super("standard output was closed");
    this.name = "OutputClosed";
  }
}

/** The real process. */
export function processHost(): Host {
  const settings = readSettings();
  return {
    stdin: new ProcessInput(),
    stdout: new ProcessSink(Deno.stdout, "standard output", settings.columns),
    stderr: new ProcessSink(Deno.stderr, "standard error", settings.columns),
    settings,
    signals: processSignals(),
  };
}

class ProcessInput implements Input {
  readonly isTerminal = Deno.stdin.isTerminal();
  readonly #buffer = new Uint8Array(64 * 1024);

  async read(): Promise<Uint8Array | undefined> {
    const length = await Deno.stdin.read(this.#buffer);
    return length === null ? undefined : this.#buffer.slice(0, length);
  }

  setRaw(raw: boolean): void {
    if (this.isTerminal) Deno.stdin.setRaw(raw);
  }
}

class ProcessSink implements Sink {
  readonly isTerminal: boolean;
  readonly #stream: typeof Deno.stdout;
  readonly #name: string;
  readonly #columns: number | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(stream: typeof Deno.stdout, name: string, columns: number | undefined) {
    this.#stream = stream;
    this.#name = name;
    this.#columns = columns;
    this.isTerminal = stream.isTerminal();
  }

  get columns(): number {
    if (this.#columns !== undefined) return this.#columns;
    try {
      return Deno.consoleSize().columns || 80;
    } catch {
      return 80; // no terminal at all
    }
  }

  write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    const written = this.#last.then(() => this.#writeAll(bytes));
    this.#last = written.catch(() => {});
    return written;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#stream.write(bytes.subarray(at));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosed();
      if (isErrno(error, "ENOSPC")) {
        throw new ResourceError("disk_full", `no space left for ${this.#name}`, { cause: error });
      }
      throw error;
    }
  }
}

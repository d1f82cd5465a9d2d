/**
 * A process for tests: what is typed is given, what is written is kept.
 *
 * @module
 */
import { SignalTakers } from "../../src/cli/end_signals.ts";
import type { Host, Sink } from "../../src/cli/host.ts";

/** What a {@link FakeHost} is made of. */
export interface FakeHostOptions {
  /** Standard input, in the pieces in which it arrives. */
  readonly input?: readonly string[];
  readonly isTerminal?: boolean;
  readonly columns?: number;
}

/** A {@link Host} in memory. */
export class FakeHost implements Host {
  readonly written = { stdout: "", stderr: "" };
  /** Each change of the terminal's mode. */
  readonly rawModes: boolean[] = [];
  readonly signals = new SignalTakers();
  readonly stdin: Host["stdin"];
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly settings = {
    cacheDirectory: "/nonexistent",
    cacheSize: 1,
    cacheEnabled: false,
    offline: false,
    colour: false,
    columns: undefined,
    jupyterDirectories: [],
  };

  constructor({ input = [], isTerminal = false, columns = 80 }: FakeHostOptions = {}) {
    const pieces = input.map((piece) => new TextEncoder().encode(piece));
    this.stdin = {
      isTerminal,
      read: () => Promise.resolve(pieces.shift()),
      setRaw: (raw) => void this.rawModes.push(raw),
    };
    const sink = (name: "stdout" | "stderr"): Sink => ({
      isTerminal,
      columns,
      write: (data) => {
        this.written[name] += typeof data === "string" ? data : new TextDecoder().decode(data);
        return Promise.resolve();
      },
    });
    this.stdout = sink("stdout");
    this.stderr = sink("stderr");
  }
}

/**
 * One run of one command: its flags, where its output goes, and how it is stopped.
 *
 * @module
 */
import { type GlobalFlags, type StoreSelection, storeSelection } from "./globals.ts";
import type { Host } from "./host.ts";
import { Prompt } from "./prompt.ts";
import { Style } from "./style.ts";
import { visibleLines } from "./visible.ts";

/** What a command works with. */
export class Invocation {
  readonly host: Host;
  readonly flags: GlobalFlags;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Colour for standard output. */
  readonly style: Style;
  /** Colour for standard error. */
  readonly errorStyle: Style;
  readonly prompt: Prompt;
  /** The SQL that runs, for the place of an error in it. */
  sql: { readonly text: string; readonly name: string } | undefined;

  constructor(host: Host, flags: GlobalFlags, signal: AbortSignal) {
    this.host = host;
    this.flags = flags;
    this.signal = signal;
    const colour = flags.color && host.settings.colour;
    this.style = new Style(colour && host.stdout.isTerminal);
    this.errorStyle = new Style(colour && host.stderr.isTerminal);
    this.prompt = new Prompt(host, signal);
  }

  /** The stores to use, and how to tell or ask a person about them. */
  storeOptions(): StoreSelection & { readonly notice: (text: string) => void } {
    const mfaCode = (serial: string) => this.prompt.line(`Code of the MFA device ${serial}`);
    return {
      ...storeSelection(this.flags, this.prompt.interactive ? mfaCode : undefined),
      notice: this.notice,
    };
  }

  /** Writes text of a result, whole lines. */
  readonly print = (text: string): Promise<void> => this.host.stdout.write(text);

  /** Writes a value as JSON: on several lines for a terminal, on one for a program. */
  printJson(value: unknown): Promise<void> {
    const indent = this.host.stdout.isTerminal ? 2 : undefined;
    return this.print(JSON.stringify(value, undefined, indent) + "\n");
  }

  /** Tells a person something beside the result, unless they want quiet. */
  readonly notice = (text: string): void => {
    if (this.flags.quiet) return;
    const line = this.flags.json
      ? JSON.stringify({ notice: text })
      : `${this.errorStyle.yellow("note:")} ${visibleLines(text)}`;
    this.host.stderr.write(line + "\n").catch(() => {}); // nobody listens: the result still counts
  };
}

/**
 * What a person sees of a transfer: progress with rate and time left, failures, one line at the end; or
 * events as JSON, a line each.
 *
 * @module
 */
import { type DipperError, isDipperError, PartialError, UsageError } from "../errors.ts";
import type {
  TransferEvent,
  TransferProgress,
  TransferSummary,
} from "../objects/transfer/events.ts";
import type { Confirm } from "../objects/transfer/options.ts";
import { formatBytes, formatCount, formatQuantity, formatSeconds } from "../show/human.ts";
import type { Progress } from "../show/progress.ts";
import { visible } from "../show/visible.ts";
import { errorText } from "./error_text.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import type { Invocation } from "./invocation.ts";

/** Failures that are shown one by one; the summary has them all. */
const SHOWN_FAILURES = 20;

/** What a person can do about what failed. */
const RUN_AGAIN = "Run it again: what is done is not done twice.";

/** Takes a transfer's events and shows them. */
export class TransferReport implements Disposable {
  readonly #invocation: Invocation;
  /** Undefined when nobody watches. */
  readonly #progress: Progress | undefined;
  readonly #began = performance.now();
  readonly #pending: Promise<void>[] = [];
  readonly #isListing: boolean;
  /** Where lines go: standard output, unless it has an object's bytes. */
  readonly #lines: "stdout" | "stderr";
  #failures = 0;
  #isDryRun = false;
  #lastFailure: DipperError | undefined;

  private constructor(
    invocation: Invocation,
    listing: "each" | "failures",
    lines: "stdout" | "stderr",
    progress: Progress | undefined,
  ) {
    this.#invocation = invocation;
    this.#lines = lines;
    this.#isListing = listing === "each";
    this.#progress = progress;
  }

  /**
   * Begins one; progress is shown on a terminal.
   *
   * @param listing whether each thing that is done is told, as with --dry-run
   * @param lines `stderr` where an object's bytes go to standard output: both on one would be neither
   */
  static async open(
    invocation: Invocation,
    listing: "each" | "failures",
    lines: "stdout" | "stderr" = "stdout",
  ): Promise<TransferReport> {
    const { host: { stderr }, flags } = invocation;
    const isWatched = stderr.isTerminal && !flags.quiet && !flags.json;
    const progress = isWatched
      ? new (await import("../show/progress.ts")).Progress({
        isTerminal: true,
        write: (text) => void stderr.write(text).catch(() => {}), // nobody watches any more
        width: () => stderr.columns,
      })
      : undefined;
    return new TransferReport(invocation, listing, lines, progress);
  }

  /** The transfer's `onEvent`. */
  readonly take = (event: TransferEvent): void => {
    if (event.kind === "progress") {
      return this.#progress?.update(progressState(event, this.#seconds));
    }
    if (event.kind === "failed") {
      this.#failures++;
      this.#lastFailure = event.error;
    }
    if (event.kind === "done") this.#isDryRun ||= event.dryRun === true;
    const { flags, host } = this.#invocation;
    if (flags.json) return this.#write(JSON.stringify(jsonOf(event)) + "\n");
    if (event.kind === "failed" && this.#failures <= SHOWN_FAILURES) {
      this.#progress?.clear();
      const name = visible(event.from);
      host.stderr.write(
        `${this.#invocation.errorStyle.red("failed:")} ${name}: ` +
          `${visible(event.error.message)}\n`,
      ).catch(() => {}); // the exit code is left
    }
    if (this.#isListing && event.kind !== "failed") this.#write(lineOf(event));
  };

  /** Asks a person before something is removed; a script says --yes. */
  confirm(isYes: boolean, verb: string): Confirm {
    return async ({ where, count, bytes, examples }) => {
      const what = `${verb} ${formatQuantity(count, "object")}, ${formatBytes(bytes)}, of ${where}`;
      const { prompt, host, flags } = this.#invocation;
      if (isYes) {
        if (!flags.quiet && !flags.json) this.#invocation.notice(what);
        return true;
      }
      if (!prompt.interactive) {
        throw new UsageError(`this would ${what}`, {
          hint: "Say --yes to do it without a question, or --dry-run to see what it is.",
        });
      }
      this.#progress?.clear();
      const names = examples.map((name) => `  ${visible(name)}\n`).join("");
      const more = count > examples.length
        ? `  … and ${formatCount(count - examples.length)} more\n`
        : "";
      await host.stderr.write(names + more);
      return await prompt.confirm(`${what[0].toUpperCase()}${what.slice(1)}?`);
    };
  }

  /**
   * Writes the end of it; gives the exit code. A single failure is thrown as it is.
   *
   * @param hint what to do about what failed
   */
  async end(summary: TransferSummary, hint: string = RUN_AGAIN): Promise<ExitCode> {
    this.#progress?.done();
    await Promise.all(this.#pending);
    const { flags, host, errorStyle } = this.#invocation;
    if (flags.json) {
      await host[this.#lines].write(JSON.stringify({ kind: "summary", ...summary }) + "\n");
    } else if (!flags.quiet) {
      await host.stderr.write(
        errorStyle.dim(summaryText(summary, this.#isDryRun ? "would" : "did")) + "\n",
      );
    }
    if (summary.failed.length === 0) return EXIT.done;
    const alone = summary.failed.length === 1 &&
      summary.done + summary.skipped + summary.deleted === 0;
    if (alone && this.#lastFailure !== undefined && !isDipperError(this.#lastFailure, "partial")) {
      throw this.#lastFailure;
    }
    const error = new PartialError(
      `${formatQuantity(summary.failed.length, "object")} failed, the first ` +
        `${summary.failed[0].from}: ${summary.failed[0].message}`,
      { hint },
    );
    const text = flags.json
      ? JSON.stringify({ error: error.toJSON() }) + "\n"
      : errorText(error, { style: errorStyle, columns: host.stderr.columns, detail: "message" });
    await host.stderr.write(text);
    return EXIT.partial;
  }

  [Symbol.dispose](): void {
    this.#progress?.done();
  }

  get #seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  #write(text: string): void {
    const written = this.#invocation.host[this.#lines].write(text);
    written.catch(() => {}); // told of at the end
    this.#pending.push(written);
    if (this.#pending.length > 1000) this.#pending.splice(0, 900);
  }
}

/** The state of the progress line: part, count, rate, time left. */
export function progressState(
  { bytes, items, totalBytes, totalItems, isListed }: TransferProgress,
  seconds: number,
) {
  const rate = seconds > 0 ? bytes / seconds : 0;
  const parts = [
    ...(totalItems > 1
      ? [`${formatCount(items)} of ${formatCount(totalItems)}${isListed ? "" : "+"} objects`]
      : []),
    `${formatBytes(rate)}/s`,
    ...(isListed && rate > 0 && totalBytes > bytes
      ? [`${formatSeconds((totalBytes - bytes) / rate)} left`]
      : []),
  ];
  return {
    label: parts.join(" · "),
    bytes,
    ...(isListed && totalBytes > 0 ? { fraction: bytes / totalBytes } : {}),
  };
}

/** `2,000 copied · 512 MB · 1.2 s · 426 MB/s · 3 skipped`. */
export function summaryText(summary: TransferSummary, mood: "did" | "would"): string {
  const { done, deleted, skipped, failed, bytes, seconds } = summary;
  const parts = [
    ...(done > 0 || deleted === 0
      ? [`${formatQuantity(done, "object")} ${mood === "did" ? "transferred" : "to transfer"}`]
      : []),
    ...(done > 0 ? [formatBytes(bytes)] : []),
    ...(deleted > 0
      ? [`${formatQuantity(deleted, "object")} ${mood === "did" ? "removed" : "to remove"}`]
      : []),
    ...(skipped > 0 ? [`${formatCount(skipped)} skipped`] : []),
    ...(failed.length > 0 ? [`${formatCount(failed.length)} failed`] : []),
    formatSeconds(seconds),
    ...(bytes > 0 && seconds > 0.5 ? [`${formatBytes(bytes / seconds)}/s`] : []),
  ];
  return parts.join(" · ");
}

function jsonOf(event: TransferEvent): unknown {
  return event.kind === "failed" ? { ...event, error: event.error.toJSON() } : event;
}

function lineOf(event: Exclude<TransferEvent, { kind: "progress" | "failed" }>): string {
  const to = event.to === undefined ? "" : ` -> ${visible(event.to)}`;
  if (event.kind === "skipped") return `skip ${visible(event.from)}${to} (${event.why})\n`;
  return `${event.dryRun ? "would " : ""}${event.action} ${visible(event.from)}${to} ` +
    `(${formatBytes(event.size)})\n`;
}

/**
 * Tells a person what the demo does: steps, SQL, tables, costs.
 *
 * @module
 */
import type { QueryResult, Report } from "../../mod.ts";
import { renderReportLine } from "../../show/report_line.ts";
import { renderTable } from "../../show/table.ts";
import { formatCount } from "../../show/human.ts";
import { cutToWidth, displayWidth } from "../../show/text.ts";
import type { Invocation } from "../invocation.ts";
import { paintSql } from "./sql_paint.ts";
import type { Agreement } from "./steps.ts";

/** Everything of a step stands this far in. */
const INDENT = "   ";
/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 110;

/** A space at which {@link wrap} does not break. */
export const TIED = "\u00a0";

/** What to type next, and what it is for. */
const NEXT: readonly (readonly [string, string])[] = [
  ["dipper configure", "keys and address of your service"],
  ["dipper check s3://BUCKET", "prove the connection, step by step"],
  ["dipper ls s3://BUCKET", "see what is in it"],
  ["dipper describe s3://BUCKET/data.parquet", "columns, rows, bytes"],
  [`dipper query "FROM 's3://BUCKET/data.parquet' LIMIT 10"`, ""],
];

/** Writes the story, or under `--json` nothing. */
export class Narrator {
  readonly #invocation: Invocation;
  readonly #width: number;
  #steps = 0;

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
    this.#width = Math.min(invocation.host.stdout.columns, WIDEST);
  }

  /** The line above everything. */
  async title(text: string): Promise<void> {
    await this.#write(`${this.#invocation.style.bold(text)}\n`);
  }

  /** Begins a step: `2  List the bucket`, and a line or two on what it is about. */
  async step(title: string, about?: string): Promise<void> {
    const { style } = this.#invocation;
    const number = style.cyan(String(++this.#steps).padEnd(INDENT.length));
    await this.#write(`\n${number}${style.bold(title)}\n`);
    if (about !== undefined) await this.say(about);
  }

  /** A heading without a number. */
  async heading(title: string): Promise<void> {
    await this.#write(`\n${this.#invocation.style.bold(title)}\n`);
  }

  /** A sentence, wrapped to the terminal. */
  async say(text: string): Promise<void> {
    await this.#lines(wrap(text, this.#width - INDENT.length));
  }

  /** Lines as they are. */
  async lines(lines: readonly string[]): Promise<void> {
    await this.#lines(lines);
  }

  /** Two columns; the right one is quiet, and cut to the terminal. */
  async listing(entries: readonly { left: string; right: string }[]): Promise<void> {
    const { style } = this.#invocation;
    await this.#lines(entries.map(({ left, right }) => {
      const room = this.#width - INDENT.length - displayWidth(left) - 2;
      return right === "" || room < 12 ? left : `${left}  ${style.dim(cutToWidth(right, room))}`;
    }));
  }

  /** Whether written and read agree. */
  async verdict(agrees: boolean, agreement: Agreement): Promise<void> {
    const { style } = this.#invocation;
    const { what, asked, written, readBack, sum } = agreement;
    const sign = agrees ? "=" : "/";
    const counts = [
      `${formatCount(asked)} rows computed`,
      `${formatCount(written)} written`,
      `${formatCount(readBack)} read back`,
    ];
    const line = `${agrees ? "✓" : "✗"} ${what}: ${counts.join(` ${sign} `)}`;
    const sums = `${sum.of}: ${formatCount(sum.asked)} ${sign} ${formatCount(sum.readBack)}`;
    await this.#lines([agrees ? style.green(line) : style.red(line), `  ${sums}`]);
  }

  /** SQL as one would type it. */
  async sql(text: string): Promise<void> {
    const { style } = this.#invocation;
    await this.#write("\n");
    await this.#lines(text.split("\n").map((line) => "  " + paintSql(line, style)));
    await this.#write("\n");
  }

  /** The first rows of a result. */
  async table(result: QueryResult, maxRows: number): Promise<void> {
    await this.#lines(
      renderTable({
        columns: result.columns,
        rows: result.rows(),
        width: this.#width - INDENT.length,
        maxRows,
        color: this.#invocation.style.enabled,
      }).trimEnd().split("\n"),
    );
  }

  /** What a statement cost; `note` says what to see in it. */
  async cost(report: Report, note?: string): Promise<void> {
    const line = renderReportLine(report) + (note === undefined ? "" : ` · ${note}`);
    await this.#lines(
      wrap(line, this.#width - INDENT.length).map(
        this.#invocation.style.dim,
        this.#invocation.style,
      ),
    );
  }

  /** What to type against one's own bucket. */
  async next(): Promise<void> {
    await this.heading("Now with your own bucket");
    const widest = Math.max(...NEXT.map(([command, about]) => about === "" ? 0 : command.length));
    await this.listing(NEXT.map(([command, about]) => ({
      left: about === "" ? command : command.padEnd(widest),
      right: about,
    })));
    await this.say("In a checkout, deno task comes first: deno task dipper configure");
  }

  async #lines(lines: readonly string[]): Promise<void> {
    await this.#write(lines.map((line) => line === "" ? "\n" : `${INDENT}${line}\n`).join(""));
  }

  async #write(text: string): Promise<void> {
    if (!this.#invocation.flags.json) await this.#invocation.print(text);
  }
}

/** Lines of at most `width` characters, broken between words. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || displayWidth(last) + 1 + displayWidth(word) > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => line.replaceAll(TIED, " "));
}

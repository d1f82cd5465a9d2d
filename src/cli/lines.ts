/**
 * Many lines of output: dates, names and sizes as every command shows them, written in large pieces.
 *
 * @module
 */
import type { Invocation } from "./invocation.ts";

/** A write for each of a million lines is slow. */
const WRITE_AT = 16_384;

/** Gathers lines and writes them in pieces. */
export class Lines {
  readonly #invocation: Invocation;
  #text = "";

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  /** Takes a line, without its line feed. */
  async add(line: string): Promise<void> {
    this.#text += `${line}\n`;
    if (this.#text.length >= WRITE_AT) await this.end();
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text !== "") await this.#invocation.print(text);
  }
}

/** `2026-11-21 10:20Z`, as wide when it is not known. */
export function dateText(date: Date | undefined): string {
  return date === undefined
    ? "-".padEnd(17)
    : `${date.toISOString().slice(0, 16).replace("T", " ")}Z`;
}

/** Rows of text under each other: columns as wide as their widest cell, two spaces between. */
export function columns(
  rows: readonly (readonly string[])[],
  align: readonly ("left" | "right")[],
): string {
  const widths = align.map((_, at) => Math.max(0, ...rows.map((row) => (row[at] ?? "").length)));
  return rows.map((row) =>
    row.map((cell, at) =>
      align[at] === "right" ? cell.padStart(widths[at]) : cell.padEnd(widths[at])
    ).join("  ").trimEnd() + "\n"
  ).join("");
}

/** Names and values under each other, for one thing's properties; absent values are left out. */
export function properties(rows: readonly (readonly [string, string | undefined])[]): string {
  const given = rows.filter((row): row is [string, string] => row[1] !== undefined);
  const width = Math.max(0, ...given.map(([name]) => name.length));
  return given.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

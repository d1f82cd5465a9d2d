/**
 * Commands of the documentation with what they print.
 *
 * @module
 */
import type { Example } from "./examples.ts";
import { readText } from "./source.ts";

/** A block of commands, and what they print one after the other. */
export interface Transcript {
  readonly commands: Example;
  /** Empty when the document shows nothing. */
  readonly printed: string;
}

/** The `sh` blocks of a Markdown file, each with the `text` block that follows it. */
export function transcripts(file: string): Transcript[] {
  const text = readText(file);
  const blocks = [...text.matchAll(/^```(sh|text)\n([^]*?)^```$/gm)].map((match) => ({
    language: match[1],
    code: match[2],
    line: text.slice(0, match.index).split("\n").length + 1,
  }));
  return blocks.flatMap(({ language, code, line }, index) => {
    if (language !== "sh") return [];
    const next = blocks[index + 1];
    const printed = next?.language === "text" ? next.code : "";
    return [{ commands: { file, line, language: "sh", code: code.trimEnd() }, printed }];
  });
}

/**
 * Errors for people, and for programs under `--json`.
 *
 * @module
 */
import { type DipperError, isDipperError } from "../errors.ts";
import { redact } from "../redaction.ts";
import { exitCodeFor } from "./exit_codes.ts";
import type { Style } from "./style.ts";
import { visible } from "../show/visible.ts";
import { visibleLines } from "./visible.ts";

/** How an error is to be written. */
export interface ErrorTextOptions {
  readonly style: Style;
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** SQL text that ran, to show the place of an error in it, and what to call it. */
  readonly sql?: { readonly text: string; readonly name: string };
  /** `stack`: with the stack and its causes, for `--debug`. */
  readonly detail: "message" | "stack";
}

/** SQL that is never repeated to a person: a value in it may be one that nobody registered. */
const MAY_HOLD_SECRET = /secret|token|password/i;

/** `error: …`, the place in the SQL, `hint: …`; ends with a line feed. */
export function errorText(error: unknown, options: ErrorTextOptions): string {
  const { style } = options;
  if (isDipperError(error, "cancelled") && options.detail === "message") return "cancelled\n";
  const tagged = isDipperError(error) ? (error as DipperError) : undefined;
  const lines = [style.red(style.bold("error:")) + " " + visibleLines(messageOf(error))];
  const position = tagged?.context.position;
  if (
    position !== undefined && options.sql !== undefined && !MAY_HOLD_SECRET.test(options.sql.text)
  ) {
    lines.push(...placeInSql(options.sql, position, options));
  }
  const hint = tagged === undefined ? UNEXPECTED : hintOf(tagged);
  if (hint !== undefined) lines.push(style.cyan("hint:") + " " + visibleLines(hint));
  if (options.detail === "stack") lines.push(style.dim(stackOf(error)));
  return lines.join("\n") + "\n";
}

const UNEXPECTED =
  "This was not foreseen and may be a defect of Dipper; the same command with --debug says where.";

/** One JSON object on one line: `{"error": {tag, message, hint, context, exitCode}}`. */
export function errorJson(error: unknown, detail: "message" | "stack"): string {
  const body = isDipperError(error)
    ? (error as DipperError).toJSON()
    : { tag: "internal", message: messageOf(error), hint: UNEXPECTED, context: {} };
  return JSON.stringify({
    error: {
      ...body,
      exitCode: exitCodeFor(error),
      ...(detail === "stack" ? { stack: stackOf(error) } : {}),
    },
  }) + "\n";
}

function messageOf(error: unknown): string {
  return redact(error instanceof Error ? error.message || error.name : String(error));
}

function hintOf(error: DipperError): string | undefined {
  const said = `${error.message} ${error.hint ?? ""}`.split(/[\s,"']+/)
    .map((word) => word.replace(/[.:?]$/, ""));
  const unsaid = (error.context.nearest ?? [])
    .filter((name) => !said.some((word) => word === name || word.endsWith(`/${name}`)));
  const nearest = unsaid.length === 0 ? undefined : `Nearest: ${unsaid.map(visible).join(", ")}.`;
  return [error.hint, nearest].filter((part) => part !== undefined).join(" ") || undefined;
}

/** The line of SQL with a caret below the place, cut to the width of the terminal. */
function placeInSql(
  sql: { readonly text: string; readonly name: string },
  position: { readonly line: number; readonly column: number },
  { style, columns }: ErrorTextOptions,
): string[] {
  const line = sql.text.split(/\r?\n/)[position.line - 1];
  if (line === undefined) return [];
  const gutter = `${position.line} | `;
  const room = Math.max(20, columns - gutter.length - 2);
  const at = Math.min(position.column - 1, line.length);
  const start = line.length <= room
    ? 0
    : Math.max(0, Math.min(at - (room >> 1), line.length - room));
  const shown = line.slice(start, start + room);
  const before = visible(line.slice(start, at).replaceAll("\t", " "));
  return [
    style.dim(`  at ${sql.name}:${position.line}:${position.column}`),
    style.dim("  " + gutter) + visible(shown.replaceAll("\t", " ")),
    " ".repeat(gutter.length + 2 + before.length) + style.red("^"),
  ];
}

function stackOf(error: unknown): string {
  const parts: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    parts.push((depth === 0 ? "" : "caused by ") + visibleLines(redact(at.stack ?? String(at))));
  }
  return parts.join("\n");
}

/**
 * Patterns of keys, as shells and DuckDB write them.
 *
 * | pattern | matches |
 * |---|---|
 * | `*` | any characters but `/` |
 * | `**` | any characters; `**` and a slash also nothing at all |
 * | `?` | one character but `/` |
 * | `[a-z]`, `[!a-z]` | one of these characters, one of the others |
 * | `{csv,parquet}` | one of these |
 * | `\*` | the character itself |
 *
 * @module
 */
import { UsageError } from "../../errors.ts";

/** A pattern, understood. */
export interface Glob {
  readonly pattern: string;
  /** What every match begins with. */
  readonly prefix: string;
  /** The folders of the pattern, from the one where `prefix` ends. */
  readonly levels: readonly GlobLevel[];
  /** Whether a whole key matches. */
  readonly matches: (key: string) => boolean;
}

/** What stands between two slashes. */
export interface GlobLevel {
  /** What every match at this level begins with. */
  readonly head: string;
  /** Whether it reaches over slashes. */
  readonly deep: boolean;
  /** Whether a folder's or an object's own name matches; meaningless for a deep level. */
  readonly matches: (name: string) => boolean;
}

const SPECIAL = /[*?[{\\]/;

/** Whether `text` is a pattern and not a plain key. */
export function isGlob(text: string): boolean {
  return SPECIAL.test(text);
}

/**
 * Understands a pattern.
 *
 * @throws {UsageError} when a bracket or a brace is not closed
 */
export function parseGlob(pattern: string): Glob {
  const levels = splitLevels(pattern);
  const first = levels.findIndex((level) => !isPlain(level));
  const plain = levels.slice(0, first < 0 ? levels.length - 1 : first);
  const folder = plain.map((level) => `${headOf(level)}/`).join("");
  const rest = levels.slice(plain.length);
  const whole = new RegExp(`^${compile(pattern)}$`, "su");
  return {
    pattern,
    prefix: folder + headOf(rest[0]),
    levels: rest.map((level) => {
      const own = new RegExp(`^${compile(level)}$`, "su");
      return {
        head: headOf(level),
        deep: level.includes("**") || /\{[^}]*\//.test(level),
        matches: (name) => own.test(name),
      };
    }),
    matches: (key) => whole.test(key),
  };
}

/** Cuts at slashes, but not inside braces. */
function splitLevels(pattern: string): string[] {
  const levels = [""];
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === "\\" && at + 1 < pattern.length) {
      levels[levels.length - 1] += char + pattern[++at];
      continue;
    }
    if (char === "{") depth++;
    if (char === "}") depth = Math.max(0, depth - 1);
    if (char === "/" && depth === 0) levels.push("");
    else levels[levels.length - 1] += char;
  }
  return levels;
}

/** Whether nothing in it is special, but perhaps escaped. */
function isPlain(level: string): boolean {
  return !/[*?[{]/.test(level.replace(/\\./gs, ""));
}

/** The characters before the first special one, escapes undone. */
function headOf(level: string): string {
  let head = "";
  for (let at = 0; at < level.length; at++) {
    const char = level[at];
    if (char === "\\" && at + 1 < level.length) head += level[++at];
    else if (SPECIAL.test(char)) break;
    else head += char;
  }
  return head;
}

/** The regular expression of a pattern, without anchors. */
function compile(pattern: string): string {
  let text = "";
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === "\\" && at + 1 < pattern.length) text += literal(pattern[++at]);
    else if (char === "*" && pattern[at + 1] === "*") {
      at++;
      const wholeLevel = pattern[at + 1] === "/" && (at < 2 || pattern[at - 2] === "/");
      if (wholeLevel) at++;
      text += wholeLevel ? "(?:.*/)?" : ".*";
    } else if (char === "*") text += "[^/]*";
    else if (char === "?") text += "[^/]";
    else if (char === "[") {
      const end = pattern.indexOf("]", at + 2);
      if (end < 0) throw unclosed(pattern, "[");
      text += characterClass(pattern.slice(at + 1, end));
      at = end;
    } else if (char === "{") {
      depth++;
      text += "(?:";
    } else if (char === "}" && depth > 0) {
      depth--;
      text += ")";
    } else if (char === "," && depth > 0) text += "|";
    else text += literal(char);
  }
  if (depth > 0) throw unclosed(pattern, "{");
  return text;
}

function characterClass(inside: string): string {
  const negated = /^[!^]/.test(inside);
  const members = (negated ? inside.slice(1) : inside).replace(/[\\\]^[&~|]/g, "\\$&");
  return `(?!/)[${negated ? "^" : ""}${members.replace(/^-|-$/g, "\\-")}]`;
}

function literal(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function unclosed(pattern: string, bracket: string): UsageError {
  return new UsageError(`the pattern ${pattern} opens ${bracket} and does not close it`, {
    hint: `Write \\${bracket} for the character itself.`,
  });
}

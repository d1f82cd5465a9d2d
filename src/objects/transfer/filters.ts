/**
 * Which names are meant: globs, and lists of what to take and what to leave.
 *
 * `*` and `?` stay within a folder, `**` crosses folders, `[a-z]` is one of those, `{a,b}` either; a
 * backslash takes the next character as it is.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";

/** What to take of all that is there. */
export interface NameFilter {
  /** Globs; when there are some, only names that one of them matches are taken. */
  readonly include?: readonly string[];
  /** Globs of what is left out; they win. */
  readonly exclude?: readonly string[];
}

/**
 * A test for names, relative to what was asked for. A glob without a slash is held against the last part
 * of the name as well: `*.csv` is every CSV, however deep.
 *
 * @throws {UsageError} when a glob cannot be understood
 */
export function nameFilter({ include = [], exclude = [] }: NameFilter): (name: string) => boolean {
  const takes = include.map(matcher);
  const leaves = exclude.map(matcher);
  return (name) =>
    (takes.length === 0 || takes.some((matches) => matches(name))) &&
    !leaves.some((matches) => matches(name));
}

function matcher(glob: string): (name: string) => boolean {
  const pattern = globPattern(glob);
  if (glob.includes("/")) return (name) => pattern.test(name);
  return (name) => pattern.test(name) || pattern.test(name.slice(name.lastIndexOf("/") + 1));
}

/** Whether `text` has characters that mean more than themselves in a glob. */
export function isGlob(text: string): boolean {
  return /(?<!\\)[*?[{]/.test(text);
}

/** What of `glob` is the same in all it matches: up to the last slash before its first special character. */
export function fixedPrefix(glob: string): { readonly folder: string; readonly prefix: string } {
  const at = glob.search(/(?<!\\)[*?[{]/);
  const prefix = (at < 0 ? glob : glob.slice(0, at)).replace(/\\(.)/g, "$1");
  return { folder: prefix.slice(0, prefix.lastIndexOf("/") + 1), prefix };
}

/**
 * The regular expression of a glob.
 *
 * @throws {UsageError} when a bracket is not closed
 */
export function globPattern(glob: string): RegExp {
  let source = "";
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at];
    if (char === "\\" && at + 1 < glob.length) source += literal(glob[++at]);
    else if (char === "*" && glob[at + 1] === "*") {
      at++;
      // `**/` is any number of folders, none among them.
      if (glob[at + 1] === "/" && (at < 2 || glob[at - 2] === "/")) {
        at++;
        source += "(?:[^]*/)?";
      } else source += "[^]*";
    } else if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "[") {
      const end = glob.indexOf("]", at + 2);
      if (end < 0) throw unclosed(glob, "[");
      const not = glob[at + 1] === "!" || glob[at + 1] === "^";
      const body = glob.slice(at + (not ? 2 : 1), end).replace(/[\\\]^[]/g, "\\$&");
      source += `(?!/)[${not ? "^" : ""}${body}]`;
      at = end;
    } else if (char === "{") {
      depth++;
      source += "(?:";
    } else if (char === "}" && depth > 0) {
      depth--;
      source += ")";
    } else if (char === "," && depth > 0) source += "|";
    else source += literal(char);
  }
  if (depth > 0) throw unclosed(glob, "{");
  try {
    return new RegExp(`^${source}$`, "u");
  } catch (error) {
    throw new UsageError(`${glob} is no glob`, { cause: error });
  }
}

function literal(char: string): string {
  return char.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
}

function unclosed(glob: string, bracket: string): UsageError {
  return new UsageError(`${glob}: a ${bracket} is not closed`, {
    hint: "Write a backslash before it where it means itself.",
  });
}

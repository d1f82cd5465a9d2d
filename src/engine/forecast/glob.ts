/**
 * DuckDB's patterns of file names: `*`, `?`, `[a-z]` within a folder, `**` through folders.
 *
 * @module
 */

/** What stands before the first wildcard of `key`; undefined where it has none. */
export function literalPrefix(key: string): string | undefined {
  const at = key.search(/[*?[]/);
  return at < 0 ? undefined : key.slice(0, at);
}

/** The keys that `pattern` names. */
export function globPattern(pattern: string): RegExp {
  const parts = pattern.matchAll(/\*\*\/|\*\*|\*|\?|\[(!?)([^\]]*)\]|[^*?[]+|\[/g);
  let source = "";
  for (const [part, negation, set] of parts) {
    if (part === "**/") source += "(?:.*/)?";
    else if (part === "**") source += ".*";
    else if (part === "*") source += "[^/]*";
    else if (part === "?") source += "[^/]";
    else if (set !== undefined && part.endsWith("]")) {
      source += `[${negation === "!" ? "^" : ""}${set.replace(/[\\\]^]/g, "\\$&")}]`;
    } else source += part.replace(/[\\^$.|+(){}[\]]/g, "\\$&");
  }
  return new RegExp(`^${source}$`, "s");
}

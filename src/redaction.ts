/**
 * The one place that knows which strings are secret.
 *
 * Credentials are registered the moment they are resolved; every error message, hint and cause, and
 * every text result of a query, passes through {@link redact} before a person or a file sees it.
 *
 * @module
 */

/** What stands in the place of a secret. */
export const REDACTED = "[redacted]";

/** Values shorter than this many characters are never registered: they would match ordinary text. */
const SHORTEST_SECRET = 8;

const known = new Set<string>();
let longestFirst: readonly string[] = [];
let shortest = Infinity;

/** Makes `value` (a secret access key, session token, password) unprintable from now on. */
export function registerSecret(value: string | undefined): void {
  if (value === undefined || value.length < SHORTEST_SECRET || known.has(value)) return;
  known.add(value);
  refresh();
}

/** Replaces every registered secret in `text`, plain or percent-encoded. */
export function redact(text: string): string {
  if (text.length < shortest) return text;
  let clean = text;
  for (const secret of longestFirst) {
    if (clean.includes(secret)) clean = clean.replaceAll(secret, REDACTED);
  }
  return clean;
}

/** Whether `text` holds a registered secret; cheap for short text. */
export function holdsSecret(text: string): boolean {
  if (text.length < shortest) return false;
  return longestFirst.some((secret) => text.includes(secret));
}

function refresh(): void {
  const forms = new Set<string>();
  for (const value of known) {
    forms.add(value);
    forms.add(encodeURIComponent(value));
    forms.add(JSON.stringify(value).slice(1, -1));
    forms.add(value.replaceAll("'", "''"));
    forms.add(blobText(value));
  }
  longestFirst = [...forms].sort((a, b) => b.length - a.length);
  shortest = Math.min(...longestFirst.map((form) => form.length));
}

/** As DuckDB writes a BLOB: quotes, backslashes and what is not ASCII as `\\xNN`. */
function blobText(value: string): string {
  const bytes = new TextEncoder().encode(value);
  return Array.from(bytes, (byte) => {
    const isPlain = byte >= 0x20 && byte < 0x7f && !`'"\\`.includes(String.fromCharCode(byte));
    return isPlain
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

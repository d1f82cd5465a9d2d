/**
 * Patterns of bucket names: `*` is any run of characters, `?` is one; always the whole name, so that
 * `b` is never `b-evil`.
 *
 * @module
 */

/** Whether `pattern` can mean more than one name. */
export function isPattern(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** Whether `bucket` as a whole is what `pattern` says. Runs in time linear in both for one `*`. */
export function matchesBucket(pattern: string, bucket: string): boolean {
  let p = 0;
  let b = 0;
  let star = -1;
  let resume = 0;
  while (b < bucket.length) {
    if (p < pattern.length && pattern[p] === "*") {
      star = p++;
      resume = b;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === bucket[b])) {
      p++;
      b++;
    } else if (star >= 0) {
      p = star + 1;
      b = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** How much a pattern says: exact names above all, then by the count of literal characters. */
export function specificity(pattern: string): number {
  return isPattern(pattern) ? pattern.replace(/[*?]/g, "").length : Infinity;
}

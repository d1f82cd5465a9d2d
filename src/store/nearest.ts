/**
 * Names near one that does not exist, for hints.
 *
 * @module
 */

/** Longest name that distances are computed for; longer ones are compared by their ends alone. */
const LONGEST = 256;

/**
 * The names among `candidates` that `name` may have been meant to be, nearest first: few edits, the
 * same but for case, or one the start of the other.
 */
export function nearestNames(name: string, candidates: Iterable<string>, count = 3): string[] {
  const scored: { candidate: string; score: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const score = distanceScore(name, candidate);
    if (score !== undefined) scored.push({ candidate, score });
  }
  scored.sort((a, b) => a.score - b.score || (a.candidate < b.candidate ? -1 : 1));
  return scored.slice(0, count).map(({ candidate }) => candidate);
}

/** Smaller is nearer; undefined when they have too little in common to be suggested. */
function distanceScore(name: string, candidate: string): number | undefined {
  const a = name.toLowerCase();
  const b = candidate.toLowerCase();
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  const starts = shorter >= 3 && (a.startsWith(b) || b.startsWith(a));
  const limit = Math.max(1, Math.floor(Math.max(a.length, b.length) / 3));
  const edits = a.length > LONGEST || b.length > LONGEST
    ? Infinity
    : editDistance(a, b, Math.max(limit, 1));
  if (edits <= limit) return edits;
  return starts ? limit + Math.abs(a.length - b.length) : undefined;
}

/**
 * Edits (insert, delete, replace, swap of neighbours) from `a` to `b`; Infinity past `limit`.
 * Optimal string alignment, three rows.
 */
export function editDistance(a: string, b: string, limit = Infinity): number {
  if (Math.abs(a.length - b.length) > limit) return Infinity;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      row[j] = Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], before[j - 2] + 1);
      }
    }
    if (Math.min(...row) > limit) return Infinity;
    before = previous;
    previous = row;
  }
  return previous[b.length] <= limit ? previous[b.length] : Infinity;
}

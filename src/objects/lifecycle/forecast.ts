/**
 * What lifecycle rules would remove, from a listing and before they are set.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html times are
 * counted from the moment of writing and rounded up to the next midnight UTC
 * @module
 */
import type { UploadEntry } from "../uploads.ts";
import type { VersionEntry } from "../versions/list.ts";
import type { LifecycleRule } from "./rules.ts";
import { prefixOf, sizesOf, tagsOf } from "./words.ts";

/** A sum of what goes. */
export interface Removal {
  readonly count: number;
  readonly bytes: number;
}

/** What one kind of removal takes, and when. */
export interface Forecast {
  readonly what: "objects" | "old versions" | "delete markers" | "unfinished uploads";
  /** At the next run of the rules. */
  readonly now: Removal;
  /** In the days that were asked for, what goes now included. */
  readonly soon: Removal;
  /** Some of the keys that go first. */
  readonly examples: readonly string[];
}

/** What a rule does to a bucket as it is. */
export interface RuleForecast {
  readonly rule: LifecycleRule;
  readonly removals: readonly Forecast[];
  /** Tags are in no listing: then this is the most that may go. */
  readonly atMost: boolean;
}

/** What is there: versions with the newest of a key first, as a listing gives them. */
export interface BucketListing {
  readonly versions: AsyncIterable<VersionEntry>;
  readonly uploads: AsyncIterable<UploadEntry>;
  /** Whether what expires becomes an older version. */
  readonly keepsVersions: boolean;
}

const DAY = 86_400_000;
const EXAMPLES = 5;

/** Sums what each rule would remove within `days` from `now`. Memory does not grow with the listing. */
export async function forecastLifecycle(
  rules: readonly LifecycleRule[],
  listing: BucketListing,
  { now, days = 30 }: { readonly now: Date; readonly days?: number },
): Promise<RuleForecast[]> {
  const sums = rules.filter(({ Status }) => Status === "Enabled").map((rule) => ({
    rule,
    sums: new Map<Forecast["what"], Sum>(),
  }));
  const take = (at: number, what: Forecast["what"], due: number, key: string, bytes: number) => {
    if (due > now.getTime() + days * DAY) return;
    const own = sums[at].sums;
    const sum = own.get(what) ?? new Sum();
    own.set(what, sum);
    sum.add(due <= now.getTime(), key, bytes);
  };
  let previous: VersionEntry | undefined;
  let newerOld = 0;
  for await (const entry of listing.versions) {
    if (previous?.key !== entry.key) {
      previous = undefined;
      newerOld = 0;
    }
    for (const [at, { rule }] of sums.entries()) {
      if (!applies(rule, entry)) continue;
      const due = dueTime(rule, entry, previous, newerOld);
      if (due !== undefined) take(at, due.what, due.time, entry.key, entry.size);
    }
    if (!entry.isLatest) newerOld++;
    previous = entry;
  }
  for await (const { key, initiated } of listing.uploads) {
    for (const [at, { rule }] of sums.entries()) {
      const after = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
      if (after === undefined || initiated === undefined || !key.startsWith(prefixOf(rule))) {
        continue;
      }
      take(at, "unfinished uploads", midnightAfter(initiated, after), key, 0);
    }
  }
  return sums.map(({ rule, sums: own }) => ({
    rule,
    removals: [...own].map(([what, sum]) => ({ what, ...sum.result() })),
    atMost: tagsOf(rule).length > 0,
  }));
}

function applies(rule: LifecycleRule, { key, size, isMarker }: VersionEntry): boolean {
  const [more, less] = sizesOf(rule);
  return key.startsWith(prefixOf(rule)) && (isMarker || (size > more && size < less));
}

function dueTime(
  rule: LifecycleRule,
  entry: VersionEntry,
  newer: VersionEntry | undefined,
  newerOld: number,
): { what: Forecast["what"]; time: number } | undefined {
  const { Expiration, NoncurrentVersionExpiration: old } = rule;
  if (entry.isLatest && !entry.isMarker) {
    if (Expiration?.Date !== undefined) {
      return { what: "objects", time: new Date(Expiration.Date).getTime() };
    }
    if (Expiration?.Days === undefined || entry.lastModified === undefined) return undefined;
    return { what: "objects", time: midnightAfter(entry.lastModified, Expiration.Days) };
  }
  if (entry.isLatest || old === undefined || newer?.lastModified === undefined) return undefined;
  if (newerOld < (old.NewerNoncurrentVersions ?? 0)) return undefined;
  return {
    what: entry.isMarker ? "delete markers" : "old versions",
    time: midnightAfter(newer.lastModified, old.NoncurrentDays ?? 0),
  };
}

function midnightAfter(date: Date, days: number): number {
  return Math.ceil((date.getTime() + days * DAY) / DAY) * DAY;
}

class Sum {
  #now = { count: 0, bytes: 0 };
  #soon = { count: 0, bytes: 0 };
  readonly #examples: string[] = [];
  readonly #later: string[] = [];

  add(isNow: boolean, key: string, bytes: number): void {
    for (const sum of isNow ? [this.#now, this.#soon] : [this.#soon]) {
      sum.count++;
      sum.bytes += bytes;
    }
    const examples = isNow ? this.#examples : this.#later;
    if (examples.length < EXAMPLES) examples.push(key);
  }

  result(): { now: Removal; soon: Removal; examples: string[] } {
    const examples = [...this.#examples, ...this.#later].slice(0, EXAMPLES);
    return { now: this.#now, soon: this.#soon, examples };
  }
}

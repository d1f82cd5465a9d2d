/**
 * Lifecycle rules in words.
 *
 * @module
 */
import type { LifecycleRule } from "@aws-sdk/client-s3";

/** What a rule does, a sentence a line; the first says to what. */
export function lifecycleWords(rule: LifecycleRule): string[] {
  const what = subject(rule);
  const off = rule.Status === "Enabled" ? [] : ["This rule is switched off: it does nothing."];
  const { Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rule;
  const lines: string[] = [...off];
  for (const { Days, Date: date, StorageClass } of rule.Transitions ?? []) {
    lines.push(`${what} move to ${StorageClass} ${when(Days, date, "they were written")}.`);
  }
  if (Expiration?.Days !== undefined || Expiration?.Date !== undefined) {
    lines.push(
      `${what} are deleted ${when(Expiration.Days, Expiration.Date, "they were written")}; ` +
        "in a bucket that keeps versions they become older versions.",
    );
  }
  if (Expiration?.ExpiredObjectDeleteMarker) {
    lines.push(`Delete markers of ${lower(what)} go when no version is left beneath them.`);
  }
  for (const each of rule.NoncurrentVersionTransitions ?? []) {
    lines.push(
      `Older versions of ${lower(what)} move to ${each.StorageClass} ` +
        `${when(each.NoncurrentDays, undefined, "they were replaced")}.`,
    );
  }
  if (NoncurrentVersionExpiration !== undefined) {
    const { NoncurrentDays, NewerNoncurrentVersions: kept } = NoncurrentVersionExpiration;
    const but = kept === undefined ? "" : `, but the ${kept} newest of each key stay`;
    lines.push(
      `Older versions of ${lower(what)} are deleted for good ` +
        `${when(NoncurrentDays, undefined, "they were replaced")}${but}.`,
    );
  }
  const days = AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  if (days !== undefined) {
    lines.push(
      `Unfinished uploads ${place(rule)} are aborted ${when(days, undefined, "they began")}.`,
    );
  }
  return lines.length > off.length ? lines : [...off, `${what}: nothing is done.`];
}

/** The prefix that a rule is for; empty for all. */
export function prefixOf({ Filter, Prefix }: LifecycleRule): string {
  return Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? "";
}

/** The tags that a rule wants. */
export function tagsOf({ Filter }: LifecycleRule): readonly { Key?: string; Value?: string }[] {
  return Filter?.Tag === undefined ? Filter?.And?.Tags ?? [] : [Filter.Tag];
}

/** The sizes that a rule wants: more than the first, less than the second. */
export function sizesOf({ Filter }: LifecycleRule): readonly [number, number] {
  const size = Filter?.And ?? Filter;
  return [size?.ObjectSizeGreaterThan ?? -1, size?.ObjectSizeLessThan ?? Infinity];
}

function subject(rule: LifecycleRule): string {
  const tags = tagsOf(rule).map(({ Key, Value }) => `${Key}=${Value}`);
  const [more, less] = sizesOf(rule);
  const conditions = [
    ...(tags.length === 0 ? [] : [`tagged ${tags.join(" and ")}`]),
    ...(more < 0 ? [] : [`of more than ${more} bytes`]),
    ...(less === Infinity ? [] : [`of less than ${less} bytes`]),
  ];
  return ["Objects", place(rule), ...conditions].join(" ");
}

function place(rule: LifecycleRule): string {
  const prefix = prefixOf(rule);
  return prefix === "" ? "anywhere in the bucket" : `under ${prefix}`;
}

function when(days: number | undefined, date: Date | undefined, since: string): string {
  if (date !== undefined) return `on ${new Date(date).toISOString().slice(0, 10)}`;
  if (days === undefined) return `at once when ${since}`;
  return `${days} ${days === 1 ? "day" : "days"} after ${since}`;
}

function lower(text: string): string {
  return text[0].toLowerCase() + text.slice(1);
}

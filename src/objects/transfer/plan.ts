/**
 * What to do about a name, from what is known of both ends. No I/O.
 *
 * @module
 */

/** One end, as far as it is known. */
export interface EndFacts {
  /** Bytes. */
  readonly size: number;
  readonly modified: Date | undefined;
  /** Without the quotes; of objects. */
  readonly etag?: string;
}

/** By what two ends count as the same. */
export type Sameness = "time" | "size" | "checksum";

/** What to do. `compare`: the bytes must be looked at first. */
export type Decision =
  | { readonly kind: "transfer"; readonly why: string }
  | { readonly kind: "skip"; readonly why: string }
  | { readonly kind: "compare" };

/** Times of files and services differ in their last digits: milliseconds. */
const SAME_TIME = 1000;

/** Whether `source` must go to where `target` is. */
export function decide(
  source: EndFacts,
  target: EndFacts | undefined,
  sameness: Sameness,
): Decision {
  if (target === undefined) return { kind: "transfer", why: "new" };
  if (source.size !== target.size) return { kind: "transfer", why: "another size" };
  if (sameness === "size") return { kind: "skip", why: "same size" };
  if (sameness === "checksum") {
    if (source.etag !== undefined && source.etag === target.etag) {
      return { kind: "skip", why: "same bytes" };
    }
    return { kind: "compare" };
  }
  if (source.modified === undefined || target.modified === undefined) {
    return { kind: "transfer", why: "its time is not known" };
  }
  return target.modified.getTime() + SAME_TIME > source.modified.getTime()
    ? { kind: "skip", why: "unchanged" }
    : { kind: "transfer", why: "newer" };
}

/** The names of `there` that are not among `wanted`: what a mirror would remove. */
export function surplus<T>(
  there: ReadonlyMap<string, T>,
  wanted: ReadonlySet<string>,
): Map<string, T> {
  return new Map([...there].filter(([name]) => !wanted.has(name)));
}

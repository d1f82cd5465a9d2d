/**
 * Objects by name, size, age and metadata.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";
import { formatS3Uri } from "../../store/uri.ts";
import { headObject } from "../head.ts";
import type { ObjectEntry } from "../pages.ts";
import { isDipperError } from "../../errors.ts";
import { parseGlob } from "./glob.ts";

/** What an object must be; all of it must hold. */
export interface FindConditions {
  /** Pattern of the last part of the key. */
  readonly name?: string;
  /** Pattern of the whole key. */
  readonly path?: string;
  /** Bytes. */
  readonly largerThan?: number;
  readonly smallerThan?: number;
  /** Written before. */
  readonly before?: Date;
  /** Written then or later. */
  readonly since?: Date;
  readonly storageClass?: string;
  /** User metadata by its name without `x-amz-meta-`, values as patterns. Costs a request an object. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** HEAD requests at once. */
const HEADS = 16;

/** The entries of a listing that meet the conditions, in their order. */
export async function* findObjects(
  store: Store,
  bucket: string,
  entries: AsyncIterable<ObjectEntry>,
  conditions: FindConditions,
  signal?: AbortSignal,
): AsyncGenerator<ObjectEntry, void, undefined> {
  const listed = filtered(entries, listingTest(conditions));
  const wanted = Object.entries(conditions.metadata ?? {});
  if (wanted.length === 0) return yield* listed;
  const tests = wanted.map(([name, pattern]) =>
    [name.toLowerCase(), parseGlob(pattern.replaceAll("/", "\\/")).matches] as const
  );
  const holds = async ({ key }: ObjectEntry) => {
    try {
      const { metadata } = await headObject(store, { bucket, key }, { signal });
      return tests.every(([name, matches]) => name in metadata && matches(metadata[name]));
    } catch (error) {
      if (isDipperError(error, "key_not_found")) return false; // removed since it was listed
      throw error;
    }
  };
  const asked: { readonly entry: ObjectEntry; readonly answer: Promise<boolean> }[] = [];
  const next = async () => {
    const { entry, answer } = asked.shift()!;
    return await answer ? [entry] : [];
  };
  for await (const entry of listed) {
    const answer = holds(entry);
    answer.catch(() => {}); // thrown below, in its turn
    asked.push({ entry, answer });
    if (asked.length >= HEADS) yield* await next();
  }
  while (asked.length > 0) yield* await next();
}

async function* filtered(
  entries: AsyncIterable<ObjectEntry>,
  test: (entry: ObjectEntry) => boolean,
): AsyncGenerator<ObjectEntry, void, undefined> {
  for await (const entry of entries) if (test(entry)) yield entry;
}

/** What a listing alone can tell. */
export function listingTest(conditions: FindConditions): (entry: ObjectEntry) => boolean {
  const { name, path, largerThan, smallerThan, before, since, storageClass } = conditions;
  const nameMatches = name === undefined ? undefined : parseGlob(name).matches;
  const pathMatches = path === undefined ? undefined : parseGlob(path).matches;
  return (entry) => {
    const written = entry.lastModified?.getTime();
    return (nameMatches?.(entry.key.slice(entry.key.lastIndexOf("/") + 1)) ?? true) &&
      (pathMatches?.(entry.key) ?? true) &&
      (largerThan === undefined || entry.size > largerThan) &&
      (smallerThan === undefined || entry.size < smallerThan) &&
      (before === undefined || (written !== undefined && written < before.getTime())) &&
      (since === undefined || (written !== undefined && written >= since.getTime())) &&
      (storageClass === undefined || (entry.storageClass ?? "STANDARD") === storageClass);
  };
}

/** What a template of a command can name. */
export function templateValues(bucket: string, entry: ObjectEntry): Record<string, string> {
  return {
    uri: formatS3Uri({ bucket, key: entry.key }),
    bucket,
    key: entry.key,
    name: entry.key.slice(entry.key.lastIndexOf("/") + 1),
    size: String(entry.size),
    etag: entry.etag ?? "",
  };
}

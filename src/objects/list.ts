/**
 * What is in a bucket.
 *
 * @module
 */
import type { Store } from "../store/store.ts";
import { explainFailure } from "./explain.ts";
import {
  type ListOptions,
  type ListPage,
  type ObjectEntry,
  type PrefixEntry,
  rawPages,
} from "./pages.ts";

export { listBuckets } from "./pages.ts";
export type { BucketEntry, ListOptions, ListPage, ObjectEntry, PrefixEntry } from "./pages.ts";

/**
 * The objects of `bucket` under a prefix, and with a delimiter its folders, in the service's order;
 * the next page is asked for when the last is used up.
 *
 * @throws {NotFoundError} naming the nearest buckets when there is no such bucket
 * @throws {PermissionError} without the right to list
 */
export async function* listObjects(
  store: Store,
  bucket: string,
  options: ListOptions = {},
): AsyncGenerator<ObjectEntry | PrefixEntry, void, undefined> {
  for await (const page of listPages(store, bucket, options)) yield* page.entries;
}

/** Like {@link listObjects}, a page at a time. */
export async function* listPages(
  store: Store,
  bucket: string,
  options: ListOptions = {},
): AsyncGenerator<ListPage, void, undefined> {
  const pages = rawPages(store, bucket, options);
  while (true) {
    const page = await nextPage(pages, store, options.signal);
    if (page === undefined) return;
    yield page;
  }
}

/** Only the request's own failure is explained, never one of the caller's loop. */
async function nextPage(
  pages: AsyncGenerator<ListPage, void, undefined>,
  store: Store,
  signal: AbortSignal | undefined,
): Promise<ListPage | undefined> {
  try {
    return (await pages.next()).value ?? undefined;
  } catch (error) {
    throw await explainFailure(store, error, signal);
  }
}

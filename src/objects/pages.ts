/**
 * The requests that list a store and a bucket, their failures as the service told them.
 *
 * @module
 */
import { ListBucketsCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { ConnectionError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { takeListing } from "./list_answer.ts";
import { sendTo } from "./send.ts";

/** A bucket of a store. */
export interface BucketEntry {
  readonly name: string;
  readonly created: Date | undefined;
  readonly region: string | undefined;
}

/** An object in a listing. */
export interface ObjectEntry {
  readonly kind: "object";
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly storageClass: string | undefined;
}

/** What a delimiter cuts off: a folder, as a person would say. */
export interface PrefixEntry {
  readonly kind: "prefix";
  /** With the delimiter at its end. */
  readonly prefix: string;
}

/** What to list. */
export interface ListOptions {
  readonly prefix?: string;
  /** Keys are cut after the first of it past the prefix; usually `/`. */
  readonly delimiter?: string;
  /** Keys up to this one are left out. */
  readonly startAfter?: string;
  /** Entries at most; the listing ends there. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** What one LIST request brought. */
export interface ListPage {
  readonly entries: readonly (ObjectEntry | PrefixEntry)[];
  /** For the next page; undefined after the last. */
  readonly next: string | undefined;
}

/** Keys in a page at most; the protocol's own bound. */
const PAGE_SIZE = 1000;

/** The listing of a bucket, a page at a time; the next is asked for when the last is used up. */
export async function* rawPages(
  store: Store,
  bucket: string,
  options: ListOptions = {},
): AsyncGenerator<ListPage, void, undefined> {
  let left = options.limit ?? Infinity;
  let token: string | undefined;
  while (left > 0) {
    const page = await listPage(store, bucket, options, token, Math.min(left, PAGE_SIZE));
    const entries = page.entries.slice(0, left);
    left -= entries.length;
    yield { ...page, entries };
    if (page.next === undefined) return;
    if (page.next === token) throw looping(store, bucket);
    token = page.next;
  }
}

/** The buckets that the store's credentials own. */
export async function listBuckets(store: Store, signal?: AbortSignal): Promise<BucketEntry[]> {
  const buckets: BucketEntry[] = [];
  let token: string | undefined;
  do {
    const answer = await sendTo(
      store,
      { operation: "ListBuckets" },
      signal,
      (client, options) =>
        client.send(new ListBucketsCommand(token ? { ContinuationToken: token } : {}), options),
    );
    for (const { Name, CreationDate, BucketRegion } of answer.Buckets ?? []) {
      if (Name !== undefined) {
        buckets.push({ name: Name, created: CreationDate, region: BucketRegion });
      }
    }
    if (answer.ContinuationToken !== undefined && answer.ContinuationToken === token) break;
    token = answer.ContinuationToken;
  } while (token);
  return buckets;
}

async function listPage(
  store: Store,
  bucket: string,
  options: ListOptions,
  token: string | undefined,
  size: number,
): Promise<ListPage> {
  const { prefix, delimiter, startAfter, signal } = options;
  const input = {
    Bucket: bucket,
    Prefix: prefix || undefined,
    Delimiter: delimiter,
    StartAfter: token === undefined ? startAfter : undefined,
    ContinuationToken: token,
    MaxKeys: size,
  };
  let taken: () => ListPage | undefined = () => undefined;
  const answer = await sendTo(
    store,
    { bucket, operation: "ListObjectsV2", ...(prefix ? { uri: `s3://${bucket}/${prefix}` } : {}) },
    signal,
    (client, sending) => {
      const command = new ListObjectsV2Command(input);
      taken = takeListing(command);
      return client.send(command, sending);
    },
  );
  const page = taken();
  if (page !== undefined) return page;
  const prefixes = (answer.CommonPrefixes ?? []).map((each): PrefixEntry => ({
    kind: "prefix",
    prefix: each.Prefix ?? "",
  }));
  const objects = (answer.Contents ?? []).map((each): ObjectEntry => ({
    kind: "object",
    key: each.Key ?? "",
    size: each.Size ?? 0,
    etag: each.ETag?.replace(/^"|"$/g, ""),
    lastModified: each.LastModified,
    storageClass: each.StorageClass,
  }));
  return {
    entries: [...prefixes, ...objects],
    next: answer.IsTruncated ? answer.NextContinuationToken || undefined : undefined,
  };
}

function looping(store: Store, bucket: string): ConnectionError {
  return new ConnectionError("wrong_endpoint", `the listing of ${bucket} does not go on`, {
    store: store.name,
    bucket,
    operation: "ListObjectsV2",
    hint: "The service gives the same page again and again: a fault of its own.",
  });
}

/**
 * A HEAD of an object as its store answers it.
 *
 * @module
 */
import type { Account } from "./activity.ts";
import type { Located } from "./exchange.ts";
import { EMPTY_HASH } from "./sigv4.ts";
import type { Upstream } from "./upstream.ts";
import type { QueryPair } from "./uri_text.ts";

/** What a HEAD tells. */
export interface UpstreamHead {
  /** Bytes. */
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks the store; its failures are {@link Upstream.send}'s. */
export async function headUpstream(
  upstream: Upstream,
  { store, bucket, key }: Located & { readonly key: string },
  query: readonly QueryPair[],
  account: Account,
  signal: AbortSignal,
): Promise<UpstreamHead> {
  const head = await upstream.send(
    { store, method: "HEAD", bucket, key, query, headers: {}, hash: EMPTY_HASH, kind: "head" },
    account,
    signal,
  );
  head.drop();
  const { headers } = head;
  const time = Date.parse(headers["last-modified"] ?? "");
  return {
    size: Number(headers["content-length"] ?? 0),
    etag: headers.etag?.replace(/^"|"$/g, "") || undefined,
    lastModified: Number.isNaN(time) ? undefined : new Date(time),
    headers,
  };
}

/**
 * A HEAD of an object as its store answers it.
 *
 * @module
 */
import type { Account } from "./activity.ts";
import type { Located } from "./exchange.ts";
import { keepHead, keptHead } from "./kept_heads.ts";
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

/**
 * What was kept of an object that cannot change; else asks the store, with {@link Upstream.send}'s
 * failures.
 */
export async function headUpstream(
  upstream: Upstream,
  place: Located & { readonly key: string },
  query: readonly QueryPair[],
  account: Account,
  signal: AbortSignal,
): Promise<UpstreamHead> {
  const { store, bucket, key } = place;
  const kept = await keptHead(place, query, signal);
  if (kept !== undefined) return factsOf(kept);
  const head = await upstream.send(
    { store, method: "HEAD", bucket, key, query, headers: {}, hash: EMPTY_HASH, kind: "head" },
    account,
    signal,
  );
  head.drop();
  if (head.status === 200) await keepHead(place, query, head.headers, signal);
  return factsOf(head.headers);
}

function factsOf(headers: Readonly<Record<string, string>>): UpstreamHead {
  const time = Date.parse(headers["last-modified"] ?? "");
  return {
    size: Number(headers["content-length"] ?? 0),
    etag: headers.etag?.replace(/^"|"$/g, "") || undefined,
    lastModified: Number.isNaN(time) ? undefined : new Date(time),
    headers,
  };
}

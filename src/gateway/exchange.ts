/**
 * One request as the gateway's operations see it.
 *
 * @module
 */
import type { MessageHeaders } from "../range/http/headers.ts";
import type { RangeReader } from "../range/reader.ts";
import type { Store } from "../store/store.ts";
import type { BucketFilter } from "./allowed_buckets.ts";
import type { Authenticated } from "./authenticate.ts";
import type { Client } from "./client.ts";
import type { OfflineCatalogue } from "./offline/catalogue.ts";
import type { Upstream } from "./upstream.ts";
import type { QueryPair } from "./uri_text.ts";

/** Where a bucket is. */
export interface Located {
  readonly store: Store;
  /** The bucket's own name. */
  readonly bucket: string;
}

/** Finds buckets; as a StoreSet does. */
export interface Locator {
  readonly all: readonly Store[];
  readonly default: Store | undefined;
  locate(bucket: string, signal?: AbortSignal): Promise<Located>;
}

/** What operations work with. */
export interface GatewayParts {
  readonly stores: Locator;
  /** Whether a bucket is served. */
  readonly allows: BucketFilter;
  readonly reader: RangeReader;
  readonly upstream: Upstream;
  /** What is answered from, where no request may be sent to a store. */
  readonly offline: OfflineCatalogue | undefined;
  readonly mode: "read-only" | "read-write";
  /** An object is not what it was, through `client`. */
  readonly changed: (client: Client, bucket: string, key: string) => void;
}

/** A request whose signature is right. */
export interface Exchange {
  readonly parts: GatewayParts;
  readonly method: string;
  /** As the client names it; empty for the service. */
  readonly bucket: string;
  readonly key: string;
  /** Without what belongs to the signature. */
  readonly query: readonly QueryPair[];
  readonly headers: MessageHeaders;
  readonly body: ReadableStream<Uint8Array> | null;
  readonly client: Client;
  readonly authenticated: Authenticated;
  readonly requestId: string;
  /**
   * Aborted when the gateway is closed and, for reads, when the client's statement is over. When a
   * connection is closed from the other side, its body's stream is cancelled.
   */
  readonly signal: AbortSignal;
}

/** The value of a parameter; undefined when it is not there. */
export function parameter(exchange: Pick<Exchange, "query">, name: string): string | undefined {
  return exchange.query.find(([each]) => each === name)?.[1];
}

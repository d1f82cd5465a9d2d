/**
 * What passes between the gateway and a store: a request goes up, an answer comes down.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { Store } from "../store/store.ts";
import type { KindCounts } from "./activity.ts";
import type { QueryPair } from "./uri_text.ts";

/** A request for a store. */
export interface UpstreamRequest {
  readonly store: Store;
  readonly method: string;
  /** Empty for the service itself. */
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: readonly QueryPair[];
  /** Names in lower case; without host, length and signature. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | StreamedBody;
  /** For `x-amz-content-sha256`. */
  readonly hash: string;
  readonly kind: keyof KindCounts;
}

/** A body that is sent while it comes. */
export interface StreamedBody {
  readonly length: number;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** `anew`: each iteration begins at the first byte, so that the request can be repeated. `once` by default. */
  readonly comes?: "once" | "anew";
}

/** An answer's head; its body is still to be read, or to be let go with {@link UpstreamAnswer.drop}. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: IncomingMessage;
  drop(): void;
}

/** An answer that has been read. */
export interface UpstreamMessage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

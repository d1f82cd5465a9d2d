/**
 * What passes between a session's thread and the gateway's.
 *
 * @module
 */
import {
  BudgetError,
  CancelledError,
  ConfigurationError,
  ConnectionError,
  CredentialsError,
  DipperError,
  type ErrorContext,
  type ErrorTag,
  InternalError,
  NotFoundError,
  ObjectChangedError,
  PartialError,
  PermissionError,
  ResourceError,
  ServiceError,
  StoreMappingError,
  UnsupportedError,
  UsageError,
} from "../errors.ts";
import type { CacheOptions } from "../range/cache/open_cache.ts";
import type { ReadSettings } from "../range/settings.ts";
import type { Settings } from "../settings.ts";
import type { Credentials, Store } from "../store/store.ts";
import type { Activity } from "./activity.ts";
import type { ReadHint } from "./ahead/hint.ts";
import type { KeyOptions } from "./client.ts";
import type { CommittedWrites } from "./held_writes.ts";
import type { IssuedKey } from "./keys.ts";

/** A store without what only its own thread can do. */
export interface StoreFacts extends Omit<Store, "endpoint" | "proxy" | "notice" | "credentials"> {
  readonly endpoint: string | undefined;
  readonly proxy: string | undefined;
  /** The cache folder, for the heads of its immutable objects; undefined: they are not kept. */
  readonly heads: string | undefined;
}

/** The part of the cache's options that can be sent. */
export type SentCacheOptions = Pick<
  CacheOptions,
  "directory" | "size" | "disk" | "memory" | "queue"
>;

/** What the gateway starts with. */
export interface StartOptions {
  readonly stores: readonly StoreFacts[];
  /** Index of the default store. */
  readonly fallback: number | undefined;
  readonly mode: "read-only" | "read-write";
  readonly buckets: readonly string[] | undefined;
  readonly port: number;
  readonly cache: SentCacheOptions;
  readonly cacheSettings: Settings;
  readonly settings: Partial<ReadSettings>;
}

/** What can be asked of the gateway. */
export interface GatewayCalls {
  start(options: StartOptions): { readonly endpoint: string };
  issueKey(request: { readonly name: string; readonly options: KeyOptions }): IssuedKey;
  revokeKey(name: string): Activity;
  forget(name: string): void;
  hint(request: { readonly name: string; readonly hint: ReadHint }): void;
  hold(name: string): void;
  commit(name: string): CommittedWrites;
  abort(name: string): void;
  counts(name: string): Activity;
  close(none: undefined): void;
}

/** What the gateway asks of the session's thread. */
export interface SessionCalls {
  locate(bucket: string): { readonly store: number; readonly bucket: string };
  credentials(
    request: { readonly store: number; readonly refused: Credentials | undefined },
  ): Credentials | undefined;
  notice(notice: { readonly store: number | undefined; readonly text: string }): void;
}

/** A message: a call, or the answer to one. */
export type Message =
  | { readonly kind: "call"; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly kind: "done"; readonly id: number; readonly output: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: PackedError };

/** An error as it is sent. */
export interface PackedError {
  readonly tag: ErrorTag;
  readonly message: string;
  readonly hint?: string;
  readonly context: ErrorContext;
}

/** An error for sending. */
export function packError(error: unknown): PackedError {
  if (error instanceof DipperError) return error.toJSON();
  const message = error instanceof Error ? error.message : String(error);
  return new InternalError(message).toJSON();
}

/** The error that was sent, of its own class. */
export function unpackError({ tag, message, hint, context }: PackedError): DipperError {
  const init = { ...context, hint };
  switch (tag) {
    case "usage":
      return new UsageError(message, init);
    case "bucket_not_found":
      return new NotFoundError("bucket", message, init);
    case "key_not_found":
      return new NotFoundError("key", message, init);
    case "no_credentials":
    case "bad_credentials":
    case "expired_token":
      return new CredentialsError(tag, message, init);
    case "permission":
      return new PermissionError(message, init);
    case "wrong_region":
    case "wrong_endpoint":
    case "network":
    case "timeout":
    case "tls":
    case "clock_skew":
      return new ConnectionError(tag, message, init);
    case "store_mapping":
      return new StoreMappingError(message, init);
    case "configuration":
      return new ConfigurationError(message, init);
    case "object_changed":
      return new ObjectChangedError(message, init);
    case "unsupported":
      return new UnsupportedError(message, init);
    case "disk_full":
    case "out_of_memory":
      return new ResourceError(tag, message, init);
    case "cancelled":
      return new CancelledError(message, init);
    case "partial":
      return new PartialError(message, init);
    case "budget":
      return new BudgetError(message, init);
    case "service":
      return new ServiceError(message, init);
    default:
      return new InternalError(message, init);
  }
}

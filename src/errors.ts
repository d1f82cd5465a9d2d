/**
 * Tagged errors: every failure a person can act on has a class, a tag, a hint and typed context.
 *
 * Messages, hints and causes are cleaned of registered secrets when the error is made, so an error
 * may be printed, logged or serialised as it is.
 *
 * @module
 */
import { redact } from "./redaction.ts";

/** The kind of failure, stable across versions: branch on this, never on the message. */
export type ErrorTag =
  | "usage"
  | "bucket_not_found"
  | "key_not_found"
  | "no_credentials"
  | "bad_credentials"
  | "expired_token"
  | "permission"
  | "wrong_region"
  | "wrong_endpoint"
  | "network"
  | "timeout"
  | "tls"
  | "clock_skew"
  | "store_mapping"
  | "configuration"
  | "sql"
  | "unreadable_file"
  | "object_changed"
  | "target_exists"
  | "read_only"
  | "unsafe_statement"
  | "unsupported"
  | "extension"
  | "disk_full"
  | "out_of_memory"
  | "cancelled"
  | "partial"
  | "budget"
  | "service"
  | "internal";

/** What a failure was about; each field is present where it is known. */
export interface ErrorContext {
  /** Name of the store, as in `stores: { name: … }`. */
  readonly store?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly bucket?: string;
  readonly key?: string;
  /** `s3://bucket/key`, or the path of a local file. */
  readonly uri?: string;
  /** HTTP status of the service's answer. */
  readonly status?: number;
  /** The service's error code, such as `NoSuchKey`. */
  readonly code?: string;
  /** Name of the operation, such as `GetObject`. */
  readonly operation?: string;
  /** Position in the SQL text: line and column count from 1. */
  readonly position?: { readonly line: number; readonly column: number };
  /** Offset in bytes at which a file could not be read. */
  readonly byteOffset?: number;
  /** Names that exist and are near the one that does not, nearest first. */
  readonly nearest?: readonly string[];
  /** What failed, where only a part did: keys or URIs. */
  readonly failed?: readonly string[];
}

/** How an error is made. */
export interface ErrorInit extends ErrorContext {
  /** What the person can do about it, a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The base of every error that Dipper throws. */
export abstract class DipperError extends Error {
  abstract readonly tag: ErrorTag;
  /** What the person can do about it. */
  readonly hint: string | undefined;
  readonly context: ErrorContext;
  /** Whether the same call may succeed if it is made again. */
  readonly retryable: boolean = false;

  constructor(message: string, init: ErrorInit = {}) {
    const { hint, cause, ...context } = init;
    super(redact(message), cause === undefined ? undefined : { cause: cleanCause(cause) });
    this.name = new.target.name;
    this.hint = hint === undefined ? undefined : redact(hint);
    this.context = JSON.parse(redact(JSON.stringify(context))) as ErrorContext;
  }

  /** Tag, message, hint and context; what `--json` prints. */
  toJSON(): { tag: ErrorTag; message: string; hint?: string; context: ErrorContext } {
    return {
      tag: this.tag,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      context: this.context,
    };
  }
}

/** The call or the command line was wrong: an option, a value, a combination. */
export class UsageError extends DipperError {
  readonly tag = "usage";
}

/** A bucket or an object that does not exist. `context.nearest` has the nearest names that do. */
export class NotFoundError extends DipperError {
  readonly tag: "bucket_not_found" | "key_not_found";
  constructor(what: "bucket" | "key", message: string, init?: ErrorInit) {
    super(message, init);
    this.tag = `${what}_not_found`;
  }
}

/** No credentials, or ones that the service refuses: wrong key, wrong secret, expired token. */
export class CredentialsError extends DipperError {
  readonly tag: "no_credentials" | "bad_credentials" | "expired_token";
  constructor(
    tag: "no_credentials" | "bad_credentials" | "expired_token",
    message: string,
    init?: ErrorInit,
  ) {
    super(message, init);
    this.tag = tag;
  }
}

/** The credentials are good, but may not do this. */
export class PermissionError extends DipperError {
  readonly tag = "permission";
}

/** The service could not be reached or answered from the wrong place. */
export class ConnectionError extends DipperError {
  readonly tag: "wrong_region" | "wrong_endpoint" | "network" | "timeout" | "tls" | "clock_skew";
  override readonly retryable: boolean;
  constructor(
    tag: "wrong_region" | "wrong_endpoint" | "network" | "timeout" | "tls" | "clock_skew",
    message: string,
    init?: ErrorInit,
  ) {
    super(message, init);
    this.tag = tag;
    this.retryable = tag === "network" || tag === "timeout";
  }
}

/** A bucket that no store, or more than one store, claims. */
export class StoreMappingError extends DipperError {
  readonly tag = "store_mapping";
}

/** A profile, configuration file or environment variable that cannot be understood. */
export class ConfigurationError extends DipperError {
  readonly tag = "configuration";
}

/** SQL that DuckDB refuses; `context.position` says where. */
export class SqlError extends DipperError {
  readonly tag = "sql";
}

/** A file that is not what its name or its reader says; `context.byteOffset` where it is known. */
export class UnreadableFileError extends DipperError {
  readonly tag = "unreadable_file";
}

/** An object that was replaced while it was read. */
export class ObjectChangedError extends DipperError {
  readonly tag = "object_changed";
  override readonly retryable = true;
}

/** The target of a write exists, and `ifExists` is `"error"`. */
export class TargetExistsError extends DipperError {
  readonly tag = "target_exists";
}

/** A write in a session that was opened with `readOnly`. */
export class ReadOnlyError extends DipperError {
  readonly tag = "read_only";
}

/** A statement that would put secrets where they can be read. */
export class UnsafeStatementError extends DipperError {
  readonly tag = "unsafe_statement";
}

/** Something that this service, transport or format cannot do. */
export class UnsupportedError extends DipperError {
  readonly tag = "unsupported";
}

/** A DuckDB extension that could not be found, installed or loaded. */
export class ExtensionError extends DipperError {
  readonly tag = "extension";
}

/** The disk or the memory that the work needs is not there. */
export class ResourceError extends DipperError {
  readonly tag: "disk_full" | "out_of_memory";
  constructor(tag: "disk_full" | "out_of_memory", message: string, init?: ErrorInit) {
    super(message, init);
    this.tag = tag;
  }
}

/** The caller's `signal` was aborted, or the person pressed Ctrl-C. */
export class CancelledError extends DipperError {
  readonly tag = "cancelled";
}

/** Some of it was done and some was not; `context.failed` says what was not. */
export class PartialError extends DipperError {
  readonly tag = "partial";
}

/** A query has used up what it may receive or send: `maxBytes`, `maxRequests`. */
export class BudgetError extends DipperError {
  readonly tag = "budget";
}

/** The service failed, or answered something that has no better class here. */
export class ServiceError extends DipperError {
  readonly tag = "service";
  override readonly retryable: boolean;
  constructor(message: string, init?: ErrorInit) {
    super(message, init);
    this.retryable = init?.status !== undefined && (init.status >= 500 || init.status === 429);
  }
}

/** A defect of Dipper's own. */
export class InternalError extends DipperError {
  readonly tag = "internal";
}

/** Narrows anything thrown to a {@link DipperError}, optionally of one of the `tags`. */
export function isDipperError<T extends ErrorTag>(
  error: unknown,
  ...tags: T[]
): error is DipperError & { readonly tag: T } {
  return error instanceof DipperError && (tags.length === 0 || tags.includes(error.tag as T));
}

/** Throws a {@link CancelledError} when `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}

/** The {@link CancelledError} for an aborted `signal`. */
export function cancelled(signal?: AbortSignal): CancelledError {
  return new CancelledError("cancelled", { cause: signal?.reason });
}

/** A copy of `cause` with clean texts and nothing else: SDK errors carry whole requests. */
function cleanCause(cause: unknown, depth = 0): unknown {
  if (cause instanceof DipperError) return cause;
  if (!(cause instanceof Error)) {
    return typeof cause === "string" ? redact(cause) : describe(cause);
  }
  const clean = new Error(redact(cause.message));
  clean.name = cause.name;
  clean.stack = cause.stack === undefined ? undefined : redact(cause.stack);
  const code = (cause as { code?: unknown }).code;
  if (typeof code === "string" || typeof code === "number") Object.assign(clean, { code });
  if (cause.cause !== undefined && depth < 4) clean.cause = cleanCause(cause.cause, depth + 1);
  return clean;
}

function describe(value: unknown): string {
  try {
    return redact(JSON.stringify(value) ?? String(value));
  } catch {
    return redact(String(value));
  }
}

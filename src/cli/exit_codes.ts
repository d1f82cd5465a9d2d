/**
 * What the command's exit code says, for scripts.
 *
 * @module
 */
import { type DipperError, type ErrorTag, isDipperError } from "../errors.ts";

/** Every exit code of `dipper`, with its meaning. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  permission: 4,
  network: 5,
  partial: 6,
  interrupted: 130,
} as const;

/** One of the codes in {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_TAG: Readonly<Record<ErrorTag, ExitCode>> = {
  usage: EXIT.usage,
  bucket_not_found: EXIT.notFound,
  key_not_found: EXIT.notFound,
  no_credentials: EXIT.permission,
  bad_credentials: EXIT.permission,
  expired_token: EXIT.permission,
  permission: EXIT.permission,
  wrong_region: EXIT.network,
  wrong_endpoint: EXIT.network,
  network: EXIT.network,
  timeout: EXIT.network,
  tls: EXIT.network,
  clock_skew: EXIT.network,
  store_mapping: EXIT.failed,
  configuration: EXIT.failed,
  sql: EXIT.failed,
  unreadable_file: EXIT.failed,
  object_changed: EXIT.failed,
  target_exists: EXIT.failed,
  read_only: EXIT.failed,
  unsafe_statement: EXIT.failed,
  unsupported: EXIT.failed,
  extension: EXIT.failed,
  disk_full: EXIT.failed,
  out_of_memory: EXIT.failed,
  cancelled: EXIT.interrupted,
  partial: EXIT.partial,
  budget: EXIT.failed,
  service: EXIT.failed,
  internal: EXIT.failed,
};

/** The exit code for a kind of failure. */
export function exitCodeForTag(tag: ErrorTag): ExitCode {
  return BY_TAG[tag];
}

/** The exit code for whatever was thrown. */
export function exitCodeFor(error: unknown): ExitCode {
  return isDipperError(error) ? exitCodeForTag((error as DipperError).tag) : EXIT.failed;
}

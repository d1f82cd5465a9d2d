/**
 * One request of a check, its failure translated.
 *
 * @module
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { DipperError, isDipperError, throwIfAborted } from "../../errors.ts";
import { s3Client } from "../client.ts";
import type { Store } from "../store.ts";
import { failureContext, translateS3Error } from "../translate.ts";
import type { Support } from "./step.ts";

/** What a check is about. */
export interface Target {
  readonly store: Store;
  readonly bucket: string;
}

/** What a request is about, and who may stop it. */
export interface RequestContext {
  readonly bucket?: string;
  readonly key?: string;
  readonly operation: string;
  readonly signal?: AbortSignal;
}

/** An answer, or the failure that came instead. */
export type Answer<T> = { readonly value: T } | { readonly error: DipperError };

/** Milliseconds that a request of a check may take, its retries included. */
export const REQUEST_LIMIT = 30_000;

/**
 * Sends one request.
 *
 * @throws {DipperError} its failure; a time-out past {@link REQUEST_LIMIT}
 */
export async function send<T>(
  store: Store,
  { signal, ...context }: RequestContext,
  request: (client: S3Client, options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const limit = AbortSignal.timeout(REQUEST_LIMIT);
  const abortSignal = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    return await request(s3Client(store), { abortSignal });
  } catch (error) {
    const late = limit.aborted && signal?.aborted !== true;
    const cause = late ? Object.assign(new Error("timed out"), { code: "ETIMEDOUT" }) : error;
    throw translateS3Error(cause, { ...failureContext(store), ...context, signal });
  }
}

/** The failure as a value; a cancellation is still thrown. */
export async function answered<T>(sending: Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await sending };
  } catch (error) {
    if (!(error instanceof DipperError) || isDipperError(error, "cancelled")) throw error;
    return { error };
  }
}

/** Whether the service says that it does not have the operation at all. */
export function isMissing(error: DipperError): boolean {
  return isDipperError(error, "unsupported");
}

/** What a failure says of the operation's being there. */
export function supportOf(error: DipperError): Support {
  return isMissing(error) ? "no" : "unknown";
}

/**
 * One request, its failure translated.
 *
 * @module
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { type ErrorContext, throwIfAborted } from "../errors.ts";
import { s3Client } from "../store/client.ts";
import type { Store } from "../store/store.ts";
import { failureContext, translateS3Error } from "../store/translate.ts";

/**
 * Calls `request` with the store's client.
 *
 * @throws {DipperError} the request's failure, with `context` in it
 */
export async function sendTo<T>(
  store: Store,
  context: ErrorContext,
  signal: AbortSignal | undefined,
  request: (client: S3Client, options: { abortSignal?: AbortSignal }) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  try {
    return await request(s3Client(store), { abortSignal: signal });
  } catch (error) {
    throw translateS3Error(error, { ...failureContext(store), ...context, signal });
  }
}

/**
 * What a store's refusal is to a person.
 *
 * @module
 */
import type { DipperError } from "../errors.ts";
import { errorFromFacts, failureContext, translateS3Error } from "../store/translate.ts";
import type { Located } from "./exchange.ts";
import { S3Refusal } from "./refusal.ts";

/** The tagged error of a refusal, or of whatever else was thrown. */
export function errorOfRefusal(
  error: unknown,
  { store, bucket, key }: Located & { readonly key: string },
): DipperError {
  const context = { ...failureContext(store), bucket, key };
  if (!(error instanceof S3Refusal)) return translateS3Error(error, context);
  return errorFromFacts(
    {
      status: error.status,
      code: error.code,
      message: error.message,
      requestId: error.requestId,
    },
    context,
    error,
  );
}

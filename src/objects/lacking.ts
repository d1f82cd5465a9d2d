/**
 * Services that lack a part of S3, told of in one sentence.
 *
 * @module
 */
import { type DipperError, isDipperError, UnsupportedError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { explainFailure } from "./explain.ts";

/** A part of S3, as a sentence after the service's name, and what to do without it. */
export interface Lack {
  /** Such as `has no lifecycle rules`. */
  readonly what: string;
  readonly hint: string;
  /** Whether the failure says that the part is not there; `unsupported` errors do. */
  readonly isTold?: (error: DipperError) => boolean;
}

/** The error for a failure of which {@link Lack} may be the reason; otherwise the failure, explained. */
export async function explainLack(
  store: Store,
  error: unknown,
  { what, hint, isTold = ({ tag }) => tag === "unsupported" }: Lack,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (!isDipperError(error) || !isTold(error)) return await explainFailure(store, error, signal);
  return new UnsupportedError(`${serviceName(store)} ${what}`, { ...error.context, hint });
}

/** The service, as errors name it. */
export function serviceName({ endpoint }: Store): string {
  return endpoint?.origin ?? "AWS";
}

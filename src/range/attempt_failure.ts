/**
 * How one request failed, and what can be done about it.
 *
 * @module
 */
import { type DipperError, isDipperError, ObjectChangedError, ServiceError } from "../errors.ts";
import { type FailureFacts, kindOf } from "../store/facts.ts";
import { isImmutable } from "../store/immutable.ts";
import { errorFromFacts, failureContext } from "../store/translate.ts";
import { formatS3Uri } from "../store/uri.ts";
import type { RemoteObject } from "./layer.ts";

/**
 * `never`: the same request fails again. `again`: another attempt may succeed. `slower`: the service
 * asks for fewer requests. `unreachable`: worth a few seconds, as when a service restarts.
 */
export type Recovery = "never" | "again" | "slower" | "unreachable";

/** A failed attempt. Only inside of range/: callers see `error`. */
export class AttemptFailure extends Error {
  readonly error: DipperError;
  readonly recovery: Recovery;
  /** Milliseconds that the service asks to wait. */
  readonly retryAfter: number | undefined;

  constructor(error: DipperError, recovery: Recovery, retryAfter?: number) {
    super(error.message);
    this.name = "AttemptFailure";
    this.error = error;
    this.recovery = recovery;
    this.retryAfter = retryAfter;
  }
}

/** The failure that `facts` are, for a request to `target`. */
export function failureOf(
  target: RemoteObject,
  facts: FailureFacts,
  details: { operation: string; cause?: unknown; retryAfter?: number } = { operation: "GetObject" },
): AttemptFailure {
  const { store, bucket, key } = target;
  const error = errorFromFacts(facts, {
    ...failureContext(store),
    bucket,
    key,
    uri: formatS3Uri({ bucket, key }),
    operation: details.operation,
  }, details.cause);
  const told = isDipperError(error, "object_changed")
    ? new ObjectChangedError(error.message, {
      ...error.context,
      hint: changedHint(target),
      cause: details.cause,
    })
    : error;
  return new AttemptFailure(told, recoveryOf(facts), details.retryAfter);
}

/** What to do about an object that was replaced. */
export function changedHint({ store, bucket, key }: RemoteObject): string {
  if (!isImmutable(store.immutable, { bucket, key })) {
    return "Another program wrote it in between. Read it again.";
  }
  return "It is declared immutable, so that what is cached of it is believed, and was replaced all the " +
    `same. Take the declaration back, or clear what is cached: dipper cache clear --bucket ${bucket}.`;
}

/** An answer with a good status that is not what was asked for. */
export function wrongAnswer(target: RemoteObject, what: string, status: number): AttemptFailure {
  const { store, bucket, key } = target;
  const uri = formatS3Uri({ bucket, key });
  const { anonymous: _, temporary: __, ...context } = failureContext(store);
  return new AttemptFailure(
    new ServiceError(`the answer for ${uri} is wrong: ${what}`, {
      ...context,
      bucket,
      key,
      uri,
      status,
      operation: "GetObject",
      hint: "The service, or a proxy before it, does not answer ranged reads as HTTP wants. " +
        "`dipper check` shows what this service supports.",
    }),
    "again",
  );
}

/** What can be done about the failure that `facts` are. */
export function recoveryOf(facts: FailureFacts): Recovery {
  switch (kindOf(facts)) {
    case "throttled":
      return "slower";
    case "server":
      return facts.status === 503 ? "slower" : facts.status === 501 ? "never" : "again";
    case "broken":
    case "timeout":
      return "again";
    case "other":
      return facts.status === undefined ? "again" : "never";
    case "refused":
    case "dns":
    case "unreachable":
      return "unreachable";
    default:
      return "never";
  }
}

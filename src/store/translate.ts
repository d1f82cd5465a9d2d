/**
 * From what a service, a socket or the SDK says to an error a person can act on.
 *
 * @module
 */
import {
  cancelled,
  ConnectionError,
  CredentialsError,
  DipperError,
  type ErrorContext,
  type ErrorInit,
  NotFoundError,
  ObjectChangedError,
  PermissionError,
  ResourceError,
  ServiceError,
  UnsupportedError,
} from "../errors.ts";
import { type FailureFacts, kindOf } from "./facts.ts";
import * as hints from "./hints.ts";
import { regionInAnswer } from "./region.ts";
import type { Store } from "./store.ts";

/** What the failed call was about, besides what an error carries. */
export interface FailureContext extends ErrorContext {
  /** Whether the request went unsigned. */
  readonly anonymous?: boolean;
  /** Whether the keys are temporary: a refused key is then more likely an expired one. */
  readonly temporary?: boolean;
  /** The caller's signal: an abort of it is a cancellation, any other a time-out. */
  readonly signal?: AbortSignal;
}

/** What every failure at `store` has in its context. */
export function failureContext(store: Store): FailureContext {
  return {
    store: store.name,
    ...(store.endpoint === undefined ? {} : { endpoint: store.endpoint.origin }),
    region: store.region,
    anonymous: store.anonymous,
    temporary: !store.anonymous && store.origins.credentials?.value !== "keys",
  };
}

/** Turns anything thrown by a request into a tagged error with a hint. */
export function translateS3Error(error: unknown, context: FailureContext = {}): DipperError {
  if (error instanceof DipperError) return error;
  if (context.signal?.aborted) return cancelled(context.signal);
  if (error instanceof Error && error.name === "AbortError") return cancelled();
  return errorFromFacts(factsOf(error), context, error);
}

/** Reads the facts off an error of the SDK, of a socket or of `fetch`. */
export function factsOf(error: unknown): FailureFacts {
  const {
    name,
    message,
    code,
    Code,
    cause,
    $metadata,
    $response,
  } = (error ?? {}) as {
    name?: string;
    message?: string;
    code?: unknown;
    Code?: string;
    cause?: unknown;
    $metadata?: { httpStatusCode?: number; requestId?: string };
    $response?: { statusCode?: number; headers?: Record<string, string> };
  };
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  const inner = cause instanceof Error && status === undefined ? factsOf(cause) : {};
  const headers = $response?.headers ?? {};
  const systemCode = typeof code === "string" ? code : undefined;
  return {
    ...inner,
    ...defined({
      status,
      code: status === undefined ? undefined : serviceCode(Code ?? name, status),
      message: [message, inner.message].filter((text) =>
        text && text !== "UnknownError"
      ).join(": ") ||
        undefined,
      systemCode: systemCode ?? (name === "TimeoutError" ? "ETIMEDOUT" : undefined),
      date: headers.date,
      region: regionInAnswer(error),
      contentType: headers["content-type"],
      server: headers.server,
      requestId: $metadata?.requestId,
    }),
  };
}

/** The tagged error for plain facts; for answers that did not come through the SDK. */
export function errorFromFacts(
  facts: FailureFacts,
  given: FailureContext = {},
  cause?: unknown,
): DipperError {
  const { anonymous: _anonymous, temporary: _temporary, signal: _signal, ...context } = given;
  const init = (hint: string): ErrorInit => ({
    ...context,
    ...defined({ status: facts.status, code: facts.code }),
    hint,
    cause,
  });
  const what = subject(context);
  const at = place(context);
  const said = saying(facts);
  switch (kindOf(facts)) {
    case "no_bucket":
      return new NotFoundError(
        "bucket",
        `there is no bucket ${context.bucket ?? "of that name"} at ${at}`,
        init(hints.bucket(context)),
      );
    case "no_key":
      return new NotFoundError("key", `there is no object ${what}`, init(hints.key(context)));
    case "no_version":
      return new NotFoundError("key", `there is no such version of ${what}`, init(hints.version()));
    case "no_upload":
      return new ServiceError(
        `the multipart upload to ${what} is not there any more`,
        init("It was aborted or completed elsewhere. Start the write again."),
      );
    case "bad_key":
      return given.temporary
        ? new CredentialsError(
          "expired_token",
          `${at} does not know the temporary access key`,
          init(hints.expired(context)),
        )
        : new CredentialsError(
          "bad_credentials",
          `${at} does not know the access key`,
          init(hints.badKey(context)),
        );
    case "bad_secret":
      return new CredentialsError(
        "bad_credentials",
        `${at} refuses the signature: the secret access key is wrong`,
        init(hints.badSecret(context)),
      );
    case "expired":
      return new CredentialsError(
        "expired_token",
        `the temporary credentials for ${at} have expired or are not valid`,
        init(hints.expired(context)),
      );
    case "unsigned":
    case "denied":
      return denied(facts, given, init, what, at);
    case "region":
      return new ConnectionError(
        "wrong_region",
        facts.region === undefined
          ? `${what} is not served from ${context.region ?? "this region"}${said}`
          : `${what} is in the region ${facts.region}, not in ${context.region ?? "the one asked"}`,
        init(hints.region(facts.region, context)),
      );
    case "endpoint":
      return new ConnectionError(
        "wrong_endpoint",
        `${at} does not answer as an S3 service does${said}`,
        init(hints.endpoint(facts, context)),
      );
    case "tls":
      return new ConnectionError(
        "tls",
        `no safe connection to ${at}: ${hints.tlsReason(facts.message)}`,
        init(hints.tls(facts.message, context)),
      );
    case "refused":
      return new ConnectionError(
        "network",
        `${at} refuses connections`,
        init(hints.refused(context)),
      );
    case "dns":
      return new ConnectionError(
        "network",
        `no address is known for ${host(context) ?? at}`,
        init(hints.dns(context, given.anonymous)),
      );
    case "broken":
      return new ConnectionError(
        "network",
        `the connection to ${at} broke${said}`,
        init(hints.broken()),
      );
    case "blocked_port":
      return new ConnectionError(
        "network",
        `${at}: no browser, and so no fetch, connects to this port`,
        init(hints.blockedPort()),
      );
    case "unreachable":
      return new ConnectionError(
        "network",
        `${at} cannot be reached from here`,
        init(hints.unreachable()),
      );
    case "timeout":
      return new ConnectionError(
        "timeout",
        `${at} did not answer in time`,
        init(hints.timeout(context)),
      );
    case "clock":
      return new ConnectionError(
        "clock_skew",
        `this machine's clock is ${hints.skew(facts.date)} ${at}'s`,
        init(hints.clock()),
      );
    case "throttled":
      return new ServiceError(`${at} asks for fewer requests`, {
        ...init("Wait a little, or use fewer connections at once (--threads)."),
        status: facts.status ?? 503,
      });
    case "precondition":
      return new ObjectChangedError(
        `${what} is not what it was: the condition of the request does not hold`,
        init("Another program wrote it in between. Read it again."),
      );
    case "conflict":
      return new ServiceError(
        `${at} refuses ${what} as it is now${said}`,
        init(hints.conflict(facts)),
      );
    case "range":
      return new ObjectChangedError(
        `${what} is shorter than the range that was asked for`,
        init("It was replaced by a smaller one in between. Read it again."),
      );
    case "unsupported":
    case "method":
      return new UnsupportedError(
        `${at} does not support ${context.operation ?? "that operation"}${said}`,
        init("`dipper check` shows what this service supports."),
      );
    case "full":
      return new ResourceError(
        "disk_full",
        `${at} has no room left, or the quota is used up${said}`,
        init("Remove what is not needed, or ask for a larger quota."),
      );
    case "proxy":
      return new ConnectionError(
        "network",
        "the proxy wants a user and a password",
        init(
          "Put them into HTTPS_PROXY (http://user:password@host:port), or name the host in NO_PROXY.",
        ),
      );
    case "server":
      return new ServiceError(`${at} failed${said}`, init(hints.server()));
    case "other":
      return other(facts, init, given, what, at, said);
  }
}

function denied(
  facts: FailureFacts,
  given: FailureContext,
  init: (hint: string) => ErrorInit,
  what: string,
  at: string,
): DipperError {
  if (given.anonymous) {
    return new CredentialsError(
      "no_credentials",
      `${what} is not public, and there are no credentials to ask with`,
      init(hints.noCredentials(given)),
    );
  }
  if (given.operation === "ListBuckets" && given.endpoint !== undefined && !facts.message) {
    return new CredentialsError(
      given.temporary ? "expired_token" : "bad_credentials",
      `${at} refuses the credentials (${facts.status ?? 403} ${facts.code ?? "without a reason"})`,
      init(given.temporary ? hints.expired(given) : hints.badKeyOrSecret(given)),
    );
  }
  const doing = given.operation === undefined ? "" : ` for ${given.operation}`;
  return new PermissionError(
    `${at} denies access to ${what}${doing}`,
    init(hints.denied(facts, given)),
  );
}

/** Answers without a code: HEAD has no body, so a status is all there is. */
function other(
  facts: FailureFacts,
  init: (hint: string) => ErrorInit,
  given: FailureContext,
  what: string,
  at: string,
  said: string,
): DipperError {
  if (facts.status === 404 && given.key !== undefined && given.key !== "") {
    return new NotFoundError("key", `there is no object ${what}`, init(hints.key(given)));
  }
  if (facts.status === 404 && given.bucket !== undefined) {
    return new NotFoundError(
      "bucket",
      `there is no bucket ${given.bucket} at ${at}`,
      init(hints.bucket(given)),
    );
  }
  if (facts.status === 404) {
    return new ConnectionError(
      "wrong_endpoint",
      `${at} does not answer as an S3 service does${said}`,
      init(hints.endpoint(facts, given)),
    );
  }
  if (given.temporary && facts.code === "InvalidArgument" && facts.message === undefined) {
    return new CredentialsError(
      "expired_token",
      `${at} refuses the session token`,
      init(hints.expired(given)),
    );
  }
  if (facts.status === 400 && facts.code === undefined) {
    return new ConnectionError(
      "wrong_region",
      `${at} refuses the request for ${what}${said}`,
      init(hints.badRequest(given)),
    );
  }
  if (facts.status !== undefined) {
    return new ServiceError(`${at} refuses the request for ${what}${said}`, init(hints.server()));
  }
  return new ConnectionError("network", `no answer from ${at}${said}`, init(hints.unreachable()));
}

/** ` (404 NoSuchKey: message)`: what the service said, where it said something. */
function saying({ status, code, message, systemCode }: FailureFacts): string {
  const text = message === code ? undefined : message?.split("\n")[0].slice(0, 300);
  const head = [status, code ?? systemCode].filter((part) => part !== undefined).join(" ");
  const parts = [head, text].filter(Boolean).join(": ");
  return parts === "" ? "" : ` (${parts})`;
}

/** The SDK names an error by its status where the service named none. */
function serviceCode(name: string | undefined, status: number): string | undefined {
  if (name === undefined || /^(Error|TypeError|SyntaxError|UnknownError|Unknown|\d+)$/.test(name)) {
    return undefined;
  }
  const made = { NotFound: 404, Forbidden: 403, BadRequest: 400, MovedPermanently: 301 }[name];
  return made === status || /^S3ServiceException$/.test(name) ? undefined : name;
}

function subject(context: ErrorContext): string {
  if (context.uri !== undefined) return context.uri;
  if (context.bucket === undefined) return "the service";
  return context.key ? `s3://${context.bucket}/${context.key}` : `bucket ${context.bucket}`;
}

function place(context: ErrorContext): string {
  return context.endpoint ?? (context.region === undefined ? "AWS" : `AWS (${context.region})`);
}

function host(context: ErrorContext): string | undefined {
  return context.endpoint !== undefined && URL.canParse(context.endpoint)
    ? new URL(context.endpoint).hostname
    : undefined;
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

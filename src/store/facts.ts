/**
 * Plain facts about a failed request, whoever made it: the SDK, `fetch`, DuckDB's httpfs.
 *
 * @module
 */

/** What is known; every field may be missing. */
export interface FailureFacts {
  /** HTTP status of the answer. */
  readonly status?: number;
  /** The service's error code, such as `NoSuchKey`. */
  readonly code?: string;
  /** The service's or the system's message. */
  readonly message?: string;
  /** The system's or the runtime's code, such as `ECONNREFUSED`. */
  readonly systemCode?: string;
  /** `Date` header of the answer, for the clock. */
  readonly date?: string;
  /** Region that the answer names for the bucket. */
  readonly region?: string;
  readonly contentType?: string;
  /** Whether the answer came from the service's own error document. */
  readonly server?: string;
  readonly requestId?: string;
}

/** Codes by which services name the same failure, by what is to be done about it. */
export type FailureKind =
  | "no_bucket"
  | "no_key"
  | "no_upload"
  | "no_version"
  | "bad_key"
  | "bad_secret"
  | "expired"
  | "denied"
  | "unsigned"
  | "region"
  | "endpoint"
  | "tls"
  | "refused"
  | "dns"
  | "broken"
  | "unreachable"
  | "timeout"
  | "clock"
  | "throttled"
  | "precondition"
  | "unsupported"
  | "full"
  | "method"
  | "conflict"
  | "range"
  | "proxy"
  | "blocked_port"
  | "server"
  | "other";

const BY_CODE: Readonly<Record<string, FailureKind>> = {
  NoSuchBucket: "no_bucket",
  NoSuchKey: "no_key",
  NoSuchUpload: "no_upload",
  NoSuchVersion: "no_version",
  InvalidAccessKeyId: "bad_key",
  UnrecognizedClientException: "bad_key",
  InvalidClientTokenId: "bad_key",
  NotSignedUp: "bad_key",
  SignatureDoesNotMatch: "bad_secret",
  ExpiredToken: "expired",
  ExpiredTokenException: "expired",
  TokenRefreshRequired: "expired",
  RequestExpired: "expired",
  InvalidToken: "expired",
  AccessDenied: "denied",
  AccessDeniedException: "denied",
  AllAccessDisabled: "denied",
  AccountProblem: "denied",
  Forbidden: "denied",
  PermanentRedirect: "region",
  TemporaryRedirect: "region",
  AuthorizationHeaderMalformed: "region",
  IllegalLocationConstraintException: "region",
  RequestTimeTooSkewed: "clock",
  SlowDown: "throttled",
  Throttling: "throttled",
  ThrottlingException: "throttled",
  TooManyRequests: "throttled",
  RequestLimitExceeded: "throttled",
  PreconditionFailed: "precondition",
  ConditionalRequestConflict: "conflict",
  OperationAborted: "conflict",
  BucketAlreadyExists: "conflict",
  BucketAlreadyOwnedByYou: "conflict",
  BucketNotEmpty: "conflict",
  NotImplemented: "unsupported",
  MethodNotAllowed: "method",
  QuotaExceeded: "full",
  InsufficientStorage: "full",
  InvalidRange: "range",
  RequestTimeout: "timeout",
};

const BY_SYSTEM_CODE: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: "refused",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_NODATA: "dns",
  EAI_NONAME: "dns",
  EAI_FAIL: "dns",
  ECONNRESET: "broken",
  ECONNABORTED: "broken",
  EPIPE: "broken",
  UND_ERR_SOCKET: "broken",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  ETIMEDOUT: "timeout",
  ESOCKETTIMEDOUT: "timeout",
  ERR_SSL_WRONG_VERSION_NUMBER: "endpoint",
  EPROTO: "tls",
};

/** What kind of failure the facts are. Pure. */
export function kindOf(facts: FailureFacts): FailureKind {
  const { status, code, message = "", systemCode } = facts;
  const byCode = code === undefined ? undefined : BY_CODE[code];
  if (byCode === "denied" && isUnsigned(message)) return "unsigned";
  if (byCode !== undefined) return byCode;
  const inText = kindInMessage(message, systemCode);
  if (status === undefined) return BY_SYSTEM_CODE[systemCode ?? ""] ?? inText ?? "other";
  if (/text\/html/i.test(facts.contentType ?? "") && status !== 407) return "endpoint";
  switch (status) {
    case 301:
    case 307:
    case 308:
      return "region";
    case 401:
    case 403:
      return "denied";
    case 405:
      return "method";
    case 407:
      return "proxy";
    case 408:
      return "timeout";
    case 409:
      return "conflict";
    case 412:
      return "precondition";
    case 416:
      return "range";
    case 429:
      return "throttled";
    case 501:
      return "unsupported";
    case 507:
      return "full";
  }
  return status >= 500 ? "server" : status < 400 ? "endpoint" : "other";
}

/** System errors whose code was lost on the way through a runtime or through DuckDB. */
function kindInMessage(message: string, systemCode = ""): FailureKind | undefined {
  if (/certificate|CERT_|UNABLE_TO_VERIFY|SELF_SIGNED|ALTNAME/i.test(`${systemCode} ${message}`)) {
    return "tls";
  }
  if (
    /invalid HTTP version|InvalidContentType|wrong version number|Parse Error|HPE_/i
      .test(`${systemCode} ${message}`)
  ) return "endpoint";
  if (/requests to port \d+ are blocked/i.test(message)) return "blocked_port";
  if (/connection refused|could not connect to server|couldn't connect/i.test(message)) {
    return "refused";
  }
  if (/could not resolve host|failed to lookup address|name or service not known/i.test(message)) {
    return "dns";
  }
  if (/timed? ?out/i.test(message)) return "timeout";
  if (/connection (was )?(reset|closed|aborted)|socket hang up|broken pipe/i.test(message)) {
    return "broken";
  }
  if (/no route to host|network is unreachable/i.test(message)) return "unreachable";
  if (/^connection error$/i.test(message)) return "broken";
  if (/\btls\b|\bssl\b|handshake/i.test(message)) return "tls";
  if (/deserialization error|is not well-formed|unexpected.*xml/i.test(message)) return "endpoint";
  return undefined;
}

function isUnsigned(message: string): boolean {
  return /anonymous|no (aws )?credentials/i.test(message);
}

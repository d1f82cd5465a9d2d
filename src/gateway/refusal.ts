/**
 * Requests that are answered with an error: S3's code, its status, its XML.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * @module
 */
import { isDipperError } from "../errors.ts";
import { redact } from "../redaction.ts";
import { type HttpAnswer, textAnswer } from "./http/answer.ts";
import { escapeXml } from "./xml.ts";

/** The codes that the gateway itself gives, with their status. */
const STATUS = {
  AccessDenied: 403,
  BadDigest: 400,
  BudgetExceeded: 400,
  ExpiredToken: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidArgument: 400,
  InvalidPart: 400,
  InvalidRange: 416,
  InvalidURI: 400,
  MalformedXML: 400,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  XAmzContentSHA256Mismatch: 400,
} as const;

/** A code that the gateway itself gives. */
export type RefusalCode = keyof typeof STATUS;

/** An answer that is an error. Thrown inside the gateway only. */
export class S3Refusal extends Error {
  readonly code: string;
  readonly status: number;
  /** Of the service, where the refusal is its own. */
  readonly requestId: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: RefusalCode | (string & Record<never, never>),
    message: string,
    init: { status?: number; requestId?: string; headers?: Record<string, string> } = {},
  ) {
    super(redact(message));
    this.code = code;
    this.status = init.status ?? STATUS[code as RefusalCode] ?? 400;
    this.requestId = init.requestId;
    this.headers = init.headers ?? {};
  }
}

/** What an error of the layers below is to an S3 client. */
export function refusalOf(error: unknown): S3Refusal {
  if (error instanceof S3Refusal) return error;
  if (!isDipperError(error)) return new S3Refusal("InternalError", "The gateway failed.");
  const { status, code } = error.context;
  const text = error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
  const as = (name: RefusalCode) => new S3Refusal(name, text);
  switch (error.tag) {
    case "key_not_found":
      return as("NoSuchKey");
    case "bucket_not_found":
    case "store_mapping":
      return as("NoSuchBucket");
    case "permission":
    case "no_credentials":
    case "read_only":
      return as("AccessDenied");
    case "bad_credentials":
      return new S3Refusal(code ?? "InvalidAccessKeyId", text, { status: 403 });
    case "expired_token":
      return as("ExpiredToken");
    case "object_changed":
      return as("PreconditionFailed");
    case "unsupported":
      return as("NotImplemented");
    case "clock_skew":
      return as("RequestTimeTooSkewed");
    case "usage":
      return as("InvalidArgument");
    case "budget":
      return as("BudgetExceeded");
    case "service":
      return new S3Refusal(code ?? "InternalError", text, { status: status ?? 500 });
    case "internal":
      return as("InternalError");
    default:
      return as("ServiceUnavailable");
  }
}

/** The answer to a request that is refused; a HEAD has no body. */
export function refusalResponse(
  refusal: S3Refusal,
  request: { readonly method: string; readonly resource: string; readonly requestId: string },
): HttpAnswer {
  const id = refusal.requestId ?? request.requestId;
  const headers = { ...refusal.headers, "x-amz-request-id": id };
  if (request.method === "HEAD" || refusal.status === 304) {
    return { status: refusal.status, headers, body: null };
  }
  const said = { ...headers, "content-type": "application/xml" };
  return textAnswer(refusalXml(refusal, request), said, refusal.status);
}

/** The document that tells of a refusal. */
export function refusalXml(
  { code, message, requestId }: S3Refusal,
  request: { readonly resource: string; readonly requestId: string },
): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escapeXml(code)}</Code>` +
    `<Message>${escapeXml(message)}</Message><Resource>${escapeXml(request.resource)}</Resource>` +
    `<RequestId>${escapeXml(requestId ?? request.requestId)}</RequestId></Error>`;
}

/**
 * What a store's refusal is to the client: the code, the status and the headers that it had.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * @module
 */
import { regionInAnswer } from "../store/region.ts";
import { S3Refusal } from "./refusal.ts";
import { elements, textOf } from "./xml.ts";

/** An answer that is a refusal, read. */
export interface RefusingAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Its body, as far as it was worth reading. */
  readonly text: string;
}

/** Headers of a refusal that say something of their own. */
const TOLD = [
  "allow",
  "content-range",
  "retry-after",
  "x-amz-delete-marker",
  "x-amz-version-id",
  "x-amz-bucket-region",
] as const;

/** Codes of answers without a body, as those to HEAD are. */
const CODES: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "AccessDenied",
  403: "AccessDenied",
  405: "MethodNotAllowed",
  409: "OperationAborted",
  411: "MissingContentLength",
  412: "PreconditionFailed",
  413: "EntityTooLarge",
  416: "InvalidRange",
  429: "TooManyRequests",
  501: "NotImplemented",
  503: "ServiceUnavailable",
};

/**
 * The refusal, and the region that it names. Of its text only code and message are handed on.
 */
export function refusalOfAnswer(
  { status, headers, text }: RefusingAnswer,
  { method, key }: { readonly method: string; readonly key: string },
): { readonly failure: S3Refusal; readonly named: string | undefined } {
  const error = elements(text, "Error")[0] ?? text;
  const failure = new S3Refusal(
    textOf(error, "Code") ?? codeOf(status, key),
    textOf(error, "Message") || `The service answered ${status}.`,
    {
      // A redirection is not one that the client could follow past the gateway.
      status: method === "HEAD" || status >= 400 ? status : 502,
      requestId: headers["x-amz-request-id"],
      headers: Object.fromEntries(
        TOLD.flatMap((name) => headers[name] === undefined ? [] : [[name, headers[name]]]),
      ),
    },
  );
  const named = regionInAnswer({
    $response: { statusCode: status, headers: { ...headers } },
    Region: textOf(error, "Region"),
    Endpoint: textOf(error, "Endpoint"),
    message: failure.message,
  });
  return { failure, named };
}

function codeOf(status: number, key: string): string {
  if (status === 404) return key === "" ? "NoSuchBucket" : "NoSuchKey";
  return CODES[status] ?? (status >= 500 ? "InternalError" : `Status${status}`);
}

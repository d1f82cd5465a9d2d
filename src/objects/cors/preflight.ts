/**
 * Asking as a browser does before it lets a page read from another origin.
 *
 * @see https://fetch.spec.whatwg.org/#cors-preflight-fetch
 * @module
 */
import type { Store } from "../../store/store.ts";
import type { S3Location } from "../../store/uri.ts";
import { plainRequest } from "../plain_request.ts";

/** What a page would do. */
export interface PreflightRequest {
  /** Such as `https://maps.example.org`. */
  readonly origin: string;
  readonly method: string;
  /** Headers that the page sends, such as `range`. */
  readonly headers?: readonly string[];
  readonly signal?: AbortSignal;
}

/** What the service lets it do. */
export interface PreflightAnswer {
  readonly allowed: boolean;
  readonly status: number;
  /** What is missing in the answer; undefined when it is allowed. */
  readonly why: string | undefined;
  readonly allowOrigin: string | undefined;
  readonly allowMethods: string | undefined;
  readonly allowHeaders: string | undefined;
  readonly maxAge: string | undefined;
}

/**
 * Sends a preflight for an object, which need not exist.
 *
 * @throws {ConnectionError} when the service does not answer
 */
export async function preflight(
  store: Store,
  location: S3Location,
  { origin, method, headers = [], signal }: PreflightRequest,
): Promise<PreflightAnswer> {
  const response = await plainRequest(store, location, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": method,
      ...(headers.length === 0
        ? {}
        : { "access-control-request-headers": headers.join(",").toLowerCase() }),
    },
    signal,
  });
  const said = (name: string) => response.headers.get(name) ?? undefined;
  const answer = {
    status: response.status,
    allowOrigin: said("access-control-allow-origin"),
    allowMethods: said("access-control-allow-methods"),
    allowHeaders: said("access-control-allow-headers"),
    maxAge: said("access-control-max-age"),
  };
  const why = refusal(answer, { origin, method, headers });
  return { ...answer, allowed: why === undefined, why };
}

/** Why a browser would not go on; undefined when it would. */
function refusal(
  { status, allowOrigin, allowMethods, allowHeaders }: Omit<PreflightAnswer, "allowed" | "why">,
  { origin, method, headers }: Required<Pick<PreflightRequest, "origin" | "method" | "headers">>,
): string | undefined {
  if (status < 200 || status > 299) return `the preflight is answered with ${status}`;
  if (allowOrigin !== "*" && allowOrigin !== origin) {
    return allowOrigin === undefined
      ? `no rule allows ${origin}`
      : `it allows ${allowOrigin}, not ${origin}`;
  }
  const simple = ["GET", "HEAD", "POST"].includes(method);
  if (!simple && !lists(allowMethods, method)) return `${method} is not allowed`;
  const missing = headers.filter((name) => !lists(allowHeaders, name));
  return missing.length === 0 ? undefined : `the header ${missing[0]} is not allowed`;
}

function lists(text: string | undefined, name: string): boolean {
  return (text ?? "").split(",").map((each) => each.trim().toLowerCase())
    .some((each) => each === "*" || each === name.toLowerCase());
}

/**
 * What a real server says it was asked, read from its own access log.
 *
 * @module
 */
import type { RequestCounts } from "../../src/engine/report.ts";

/** One line of an access log. */
export interface LoggedRequest {
  readonly kind: keyof RequestCounts;
  /** As the client sent it: percent-encoded, with the query. */
  readonly target: string;
  readonly status: number;
  /** Bytes that the server sent; undefined where its log does not say. */
  readonly bytesOut: number | undefined;
}

/** Ceph RadosGW's beast frontend, from the lines that radosgw logs at level 1. */
export function parseBeastLog(text: string): LoggedRequest[] {
  const line = /beast: \S+ \S+ - \S+ \[[^\]]+\] "(\S+) (.*?) HTTP\/[\d.]+" (\d+) (\d+) /g;
  return [...text.matchAll(line)].map(([, method, target, status, bytes]) => ({
    kind: requestKind(method, target),
    target,
    status: Number(status),
    bytesOut: method === "GET" ? Number(bytes) : undefined,
  }));
}

/**
 * The format of Amazon's server access logs, as versitygw writes it. It has no method, its keys are
 * not quoted, and a body that was streamed is not counted.
 */
export function parseS3AccessLog(text: string): LoggedRequest[] {
  const line = / s3_(\w+) .*? (\/\S*) (\d{3}) \S+ \d+ \d+ \d+ \d+ /g;
  return [...text.matchAll(line)].map(([, operation, target, status]) => ({
    kind: operationKind(operation),
    target,
    status: Number(status),
    bytesOut: undefined,
  }));
}

/** The kind that a request counts under. */
export function requestKind(method: string, target: string): keyof RequestCounts {
  const [path, query = ""] = target.split("?");
  const ofObject = path.split("/").filter((part) => part !== "").length > 1;
  if (method === "HEAD") return "head";
  if (method === "GET") return ofObject ? "get" : "list";
  const ofUpload = /(^|&)(uploads|uploadId)\b/.test(query);
  if (method === "PUT") return ofObject ? "put" : "other";
  return method === "POST" && ofUpload ? "put" : "other";
}

function operationKind(operation: string): keyof RequestCounts {
  if (operation === "GetObject") return "get";
  if (/^Head(Object|Bucket)$/.test(operation)) return "head";
  if (/^List(Objects(V2)?|AllMyBuckets)$/.test(operation)) return "list";
  return /^(PutObject|UploadPart|(Create|Complete)MultipartUpload)$/.test(operation)
    ? "put"
    : "other";
}

/** How many there were of each kind. */
export function countKinds(requests: readonly { kind: keyof RequestCounts }[]): RequestCounts {
  const counts = { get: 0, head: 0, list: 0, put: 0, other: 0 };
  for (const { kind } of requests) counts[kind] += 1;
  return counts;
}

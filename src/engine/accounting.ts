/**
 * Counts what a statement asked of the store, from DuckDB's own log of HTTP requests.
 *
 * The log lives in DuckDB's memory, holds signatures, and is emptied as soon as it is read; a
 * session refuses statements that would send it elsewhere.
 *
 * @module
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { CountedRequests } from "../store/request_counts.ts";
import { decodedPath } from "../store/uri.ts";
import { addRequestCounts, noBytes, type Report, type RequestCounts } from "./report.ts";

/** The part of a report that is about requests. */
export type Traffic = Pick<
  Report,
  "requests" | "bytes" | "retries" | "hedges" | "files" | "bypassed"
>;

/** A region that a service named in refusing a request, which httpfs then sent again by itself. */
export interface NamedRegion {
  /** Path of the URL. */
  readonly path: string;
  readonly region: string;
}

/** One request as DuckDB logged it. */
interface LoggedRequest {
  readonly method: string;
  /** Path and query of the URL. */
  readonly url: string;
  readonly range: string | null;
  /** Status code, 0 where no answer came. */
  readonly status: number;
  readonly received: number;
  readonly sent: number;
}

/** Starts DuckDB's log of HTTP requests for the whole instance. */
export async function startAccounting(connection: DuckDBConnection): Promise<void> {
  await connection.run("CALL enable_logging('HTTP', storage = 'memory')");
}

/**
 * What is asked while a statement is prepared, which opens its files, is logged outside of any query
 * and under a number that is no connection's. It counts for whoever reads the log: a statement
 * beside a stream may count some of the stream's too.
 */
const LOGGED_REQUESTS = `
  SELECT request.type::VARCHAR,
         request.url,
         request.headers['Range'],
         coalesce(try_cast(regexp_extract(response.status::VARCHAR, '_(\\d+)$', 1) AS INTEGER), 0),
         coalesce(try_cast(list_filter(map_entries(response.headers),
           lambda header: lower(header.key) = 'content-length')[1].value AS DOUBLE), 0),
         coalesce(request.request_body_length, 0)::DOUBLE,
         list_filter(map_entries(response.headers),
           lambda header: lower(header.key) = 'x-amz-bucket-region')[1].value
  FROM duckdb_logs_parsed('HTTP')
  WHERE connection_id = $1::UBIGINT OR query_id IS NULL`;

/** The number under which DuckDB logs what `connection` does. */
export async function connectionId(connection: DuckDBConnection): Promise<bigint> {
  const reader = await connection.runAndReadAll("SELECT current_connection_id()::BIGINT");
  return reader.getRows()[0][0] as bigint;
}

/**
 * Reads what `connectionId` asked for since the log was last emptied.
 *
 * @param options.without host whose requests are counted elsewhere
 */
export async function readTraffic(
  connection: DuckDBConnection,
  connectionId: bigint,
  options: { readonly without?: string } = {},
): Promise<{ traffic: Traffic; regions: readonly NamedRegion[] }> {
  const reader = await connection.runAndReadAll(LOGGED_REQUESTS, [connectionId]);
  const all = reader.getRows().map(([method, url, range, status, received, sent, region]) => ({
    method: String(method),
    url: String(url),
    range: range as string | null,
    status: Number(status),
    received: Number(received),
    sent: Number(sent),
    region: region as string | null,
  }));
  const rows = options.without === undefined
    ? all
    : all.filter(({ url }) => URL.parse(url)?.host !== options.without);
  const regions = rows
    .filter(({ status, region }) => region && (status === 301 || status === 307 || status === 400))
    .map(({ url, region }) => ({ path: pathOf(url), region: region! }));
  return { traffic: summarize(rows), regions };
}

/** Empties the log; only while no other statement of the instance is under way. */
export async function clearTraffic(connection: DuckDBConnection): Promise<void> {
  await connection.run("CALL truncate_duckdb_logs()");
}

/** Of DuckDB's extension repository: `https://extensions.duckdb.org/v1.5.5/linux_amd64/aws.…`. */
const EXTENSION = /\/v[^/]+\/\w+\/\w+\.duckdb_extension(\.gz)?$/;

/** Adds up logged requests; extensions that were fetched on the way are no work of a store. */
export function summarize(requests: readonly LoggedRequest[]): Traffic {
  const counts = { get: 0, head: 0, list: 0, put: 0, other: 0 };
  const files = new Set<string>();
  const failed = new Set<string>();
  let read = 0;
  let written = 0;
  let retries = 0;
  for (const request of requests) {
    if (EXTENSION.test(request.url)) continue;
    const kind = kindOf(request);
    counts[kind]++;
    if (kind === "get" && request.status < 300) read += request.received;
    if (kind === "put" && request.method === "PUT") written += request.sent;
    if (kind === "get" || kind === "head" || kind === "put") files.add(pathOf(request.url));
    const identity = `${request.method} ${request.url} ${request.range}`;
    if (failed.delete(identity)) retries++;
    if (isTransient(request.status)) failed.add(identity);
  }
  return {
    requests: counts,
    bytes: { ...noBytes(), read, written, asked: read },
    retries,
    hedges: 0,
    files: files.size,
    bypassed: 0,
  };
}

/** `traffic` of DuckDB with the requests that Dipper sent itself for the same work. */
export function addRequests(traffic: Traffic, own: CountedRequests): Traffic {
  return {
    ...traffic,
    requests: addRequestCounts(traffic.requests, own),
    retries: traffic.retries + own.retries,
  };
}

function kindOf({ method, url }: LoggedRequest): keyof RequestCounts {
  const query = new URLSearchParams(url.split("?")[1] ?? "");
  switch (method) {
    case "GET":
      return query.has("list-type") ? "list" : "get";
    case "HEAD":
      return "head";
    case "PUT":
      return "put";
    case "POST":
      return query.has("uploads") || query.has("uploadId") ? "put" : "other";
    default:
      return "other";
  }
}

function pathOf(url: string): string {
  return decodedPath(url.split("?")[0]);
}

function isTransient(status: number): boolean {
  return status === 0 || status === 429 || status >= 500;
}

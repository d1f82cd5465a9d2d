/**
 * From a statement's failure to an error a person can act on: DuckDB's text first, then, where a
 * service refused, up to three requests that find out why.
 *
 * @module
 */
import { type DipperError, isDipperError } from "../errors.ts";
import { explainFailure } from "../objects/explain.ts";
import type { Store } from "../store/store.ts";
import type { StoreSet } from "../store/store_set.ts";
import { errorFromFacts, failureContext } from "../store/translate.ts";
import { parseS3Uri, type S3Location } from "../store/uri.ts";
import { errorFromDuckdb, type HttpFailure, httpFailure } from "./duckdb_error.ts";
import { bucketOf } from "./sql/references.ts";

/** The statement that failed, in the text that the person wrote. */
export interface FailedStatement {
  readonly sql: string;
  /** Offset of the statement in `sql`. */
  readonly offset: number;
  /** Buckets that the statement names. */
  readonly buckets: readonly string[];
}

/** Translates whatever a statement threw. Never throws itself. */
export async function explainStatementFailure(
  error: unknown,
  statement: FailedStatement,
  stores: StoreSet,
  signal?: AbortSignal,
): Promise<DipperError> {
  if (isDipperError(error)) return error;
  const failure = httpFailure(error);
  if (failure === undefined) return errorFromDuckdb(error, statement.sql, statement.offset);
  const place = await locate(failure, statement.buckets, stores);
  if (place === undefined) {
    return errorFromFacts(
      failure.facts,
      { uri: failure.address, operation: failure.operation },
      error,
    );
  }
  const { store, location } = place;
  const first = errorFromFacts(withCode(failure, location), {
    ...failureContext(store),
    bucket: location.bucket,
    ...(location.key === "" ? {} : { key: location.key }),
    uri: `s3://${location.bucket}/${location.key}`,
    operation: failure.operation,
  }, error);
  try {
    const explained = await explainFailure(store, first, signal);
    return isDipperError(explained) ? explained : first;
  } catch {
    // The first error stands: looking for a better one failed or was cancelled.
    return first;
  }
}

/** httpfs reads no body of a HEAD answer: 404 on an object's address is a missing key. */
function withCode({ facts }: HttpFailure, location: S3Location): HttpFailure["facts"] {
  if (facts.status !== 404 || facts.code !== undefined) return facts;
  return { ...facts, code: location.key === "" ? "NoSuchBucket" : "NoSuchKey" };
}

async function locate(
  { address }: HttpFailure,
  buckets: readonly string[],
  stores: StoreSet,
): Promise<{ store: Store; location: S3Location } | undefined> {
  const location = locationOf(address, buckets, stores);
  if (location === undefined) return undefined;
  try {
    return { store: await stores.storeFor(location.bucket), location };
  } catch {
    // No store owns it: the address alone has to do.
    return undefined;
  }
}

function locationOf(
  address: string | undefined,
  buckets: readonly string[],
  stores: StoreSet,
): S3Location | undefined {
  if (address === undefined) {
    return buckets.length === 1 ? { bucket: buckets[0], key: "" } : undefined;
  }
  if (bucketOf(`${address}/`) !== undefined) return parseS3Uri(address);
  const url = URL.parse(address);
  if (url === null) return undefined;
  for (const store of stores.all) {
    const path = decodeURIComponent(url.pathname.slice(1));
    if (store.endpoint?.host === url.host) {
      const slash = path.indexOf("/");
      return slash < 0
        ? { bucket: path, key: "" }
        : { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
    }
    const host = store.endpoint?.host ?? "amazonaws.com";
    const bucket = buckets.find((name) =>
      url.host.startsWith(`${name}.`) && url.host.endsWith(host)
    );
    if (bucket !== undefined) return { bucket, key: path };
  }
  return undefined;
}

/**
 * From a statement's failure to an error a person can act on: DuckDB's text first, then, where a
 * service refused, up to three requests that find out why.
 *
 * @module
 */
import { type DipperError, isDipperError, NotFoundError, UnreadableFileError } from "../errors.ts";
import { objectMeant } from "../gateway/version_address.ts";
import { explainFailure } from "../objects/explain.ts";
import { headObject } from "../objects/head.ts";
import type { Store } from "../store/store.ts";
import type { StoreSet } from "../store/store_set.ts";
import { errorFromFacts, failureContext } from "../store/translate.ts";
import { decodedPath, isS3Uri, type S3Location } from "../store/uri.ts";
import { errorFromDuckdb, type HttpFailure, httpFailure } from "./duckdb_error.ts";
import type { WrittenStatement } from "./sql/position.ts";
import { bucketOf } from "./sql/references.ts";
import type { CarriedCall } from "./transport/carrier.ts";

/** The statement that failed. */
export interface FailedStatement extends WrittenStatement {
  /** Addresses in S3 that the statement names, patterns among them. */
  readonly uris: readonly string[];
  /** Buckets that the statement names. */
  readonly buckets: readonly string[];
}

/** Who can tell more. */
export interface Witnesses {
  readonly stores: StoreSet;
  readonly call: Pick<CarriedCall, "failures" | "locate">;
}

/** An object, and which version of it. */
type Place = S3Location & { readonly versionId?: string };

/** Translates whatever a statement threw. Never throws itself. */
export async function explainStatementFailure(
  error: unknown,
  statement: FailedStatement,
  { stores, call }: Witnesses,
  signal?: AbortSignal,
): Promise<DipperError> {
  if (isDipperError(error)) return error;
  const failures = await call.failures();
  const budget = failures.find((each) => isDipperError(each, "budget"));
  if (budget !== undefined) return budget;
  const failure = httpFailure(error);
  if (failure === undefined) {
    const known = withDefaultBucket(errorFromDuckdb(error, statement), stores);
    return await withFile(known, statement, stores, signal);
  }
  const place = await locate(failure, statement.buckets, stores, call);
  const seen = seenFailure(failure, place?.location, failures);
  const versionId = place?.location.versionId;
  if (seen !== undefined) {
    return await explained(seen, { store: place?.store, cause: error, versionId }, signal);
  }
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
  return await explained(first, { store, cause: error, versionId }, signal);
}

async function explained(
  first: DipperError,
  { store, cause, versionId }: { store?: Store; cause: unknown; versionId?: string },
  signal: AbortSignal | undefined,
): Promise<DipperError> {
  first.cause ??= cause;
  if (store === undefined) return first;
  try {
    const better = await explainFailure(store, first, signal, versionId);
    return isDipperError(better) ? better : first;
  } catch {
    // The first error stands: looking for a better one failed or was cancelled.
    return first;
  }
}

/** The failure below the gateway that DuckDB tells of; undefined when there was none. */
function seenFailure(
  { facts, address }: HttpFailure,
  location: S3Location | undefined,
  failures: readonly DipperError[],
): DipperError | undefined {
  const isIts = ({ context }: DipperError) =>
    address === undefined || context.key === undefined || context.key === location?.key;
  return failures.findLast((failure) =>
    isIts(failure) && (failure.context.status === undefined || facts.status !== 404 ||
      failure.context.status === facts.status)
  );
}

/** In SQL a relative name is a local file, also where a default bucket is set: say so. */
function withDefaultBucket(error: DipperError, stores: StoreSet): DipperError {
  const { uri } = error.context;
  const bucket = stores.default?.bucket;
  const isRelative = uri !== undefined && !/^(\/|[a-z][a-z0-9+.-]*:)/i.test(uri);
  if (!isDipperError(error, "key_not_found") || bucket === undefined || !isRelative) return error;
  return new NotFoundError("key", error.message, {
    ...error.context,
    cause: error.cause,
    hint: `in SQL this names a local file; in the default bucket it is 's3://${bucket}/${uri}'`,
  });
}

/**
 * Not every reader says which file it cannot read, and GDAL does not say whether there is one: both
 * are found out where the statement names a single address.
 */
async function withFile(
  error: DipperError,
  { uris }: FailedStatement,
  stores: StoreSet,
  signal: AbortSignal | undefined,
): Promise<DipperError> {
  if (!isDipperError(error, "unreadable_file") || uris.length !== 1) return error;
  const [uri] = uris;
  const known = error.context.uri;
  if (known === uri && /GDAL/.test(error.message)) {
    return await missing(uri, stores, signal) ?? error;
  }
  if (known !== undefined) return error;
  return new UnreadableFileError(`${uri}: ${error.message}`, {
    ...error.context,
    uri,
    hint: error.hint,
    cause: error.cause,
  });
}

async function missing(
  uri: string,
  stores: StoreSet,
  signal: AbortSignal | undefined,
): Promise<DipperError | undefined> {
  try {
    const { versionId, ...location } = objectMeant(split(uri));
    const store = await stores.storeFor(location.bucket, signal);
    await headObject(store, location, { versionId, signal });
    return undefined;
  } catch (error) {
    // Anything but a plain answer leaves the reader's own words.
    return isDipperError(error, "key_not_found", "bucket_not_found", "permission", "cancelled")
      ? error
      : undefined;
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
  call: Witnesses["call"],
): Promise<{ store: Store; location: Place } | undefined> {
  const location = locationOf(address, buckets, stores, call);
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
  call: Witnesses["call"],
): Place | undefined {
  if (address === undefined) {
    return buckets.length === 1 ? { bucket: buckets[0], key: "" } : undefined;
  }
  if (isS3Uri(address)) {
    return bucketOf(address) === undefined ? undefined : objectMeant(split(address));
  }
  const url = URL.parse(address);
  if (url === null) return undefined;
  const carried = call.locate(url);
  if (carried !== undefined) return carried;
  for (const store of stores.all) {
    const path = decodedPath(url.pathname.slice(1));
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

/** Without the refusal of names that no bucket can have: it failed already. */
function split(address: string): S3Location {
  const [bucket, ...key] = address.slice(address.indexOf("://") + 3).split("/");
  return { bucket, key: key.join("/") };
}

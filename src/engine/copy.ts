/**
 * Writes a query's result to a bucket.
 *
 * DuckDB's COPY completes an upload also when the query fails half-way. The gateway holds it until
 * the statement has succeeded; where there is none, what a failed COPY left is removed, and an object
 * that is to be replaced stays until the new one, written beside it, is whole. Every object of one call
 * in a folder carries the call's own mark in its name, so that nothing else is touched.
 *
 * @module
 */
import { ReadOnlyError, TargetExistsError, UsageError } from "../errors.ts";
import { copyObject } from "../objects/copy.ts";
import { deleteObjects } from "../objects/delete.ts";
import { listObjects, type ObjectEntry } from "../objects/list.ts";
import { abortUploads } from "../objects/uploads.ts";
import type { Store } from "../store/store.ts";
import { formatS3Uri, parseS3Uri, type S3Location } from "../store/uri.ts";
import {
  type CopyTarget,
  copyTarget,
  endingOf,
  type TargetOptions,
  targetUri,
} from "./copy_target.ts";
import type { OnProgress } from "./progress.ts";
import type { Report } from "./report.ts";
import type { Runner, RunnerEnvironment, RunOptions } from "./runner.ts";
import { quoteIdentifier, quoteLiteral } from "./sql/quote.ts";
import { splitStatements, type Statement } from "./sql/tokens.ts";
import type { Params } from "./values/bind.ts";

/** How to write. */
export interface CopyOptions extends TargetOptions {
  /** Values of the query's parameters. */
  readonly params?: Params;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** `true`: the report has what was forecast, beside what was read. */
  readonly forecast?: boolean;
}

/** What was written. */
export interface CopyResult {
  /** The target's address. */
  readonly uri: string;
  /** Keys of the objects written, in order. */
  readonly keys: readonly string[];
  readonly rows: number;
  /** Bytes of those objects. */
  readonly bytes: number;
  readonly report: Report;
}

const COPY_START = "COPY (";

/** What a COPY wrote, as a listing shows it afterwards. */
type Written = Omit<CopyResult, "report">;

/**
 * Runs `COPY (sql) TO uri`.
 *
 * @throws {TargetExistsError} when something is there and `ifExists` is `error`
 * @throws {ReadOnlyError} in a read-only session
 */
export async function copyTo(
  runner: Runner,
  environment: RunnerEnvironment,
  sql: string,
  uri: string,
  options: CopyOptions & RunOptions,
): Promise<Written> {
  const target = copyTarget(uri, options);
  if (environment.readOnly) {
    throw new ReadOnlyError(`this session is read-only: ${uri} is not written`, { uri });
  }
  const query = singleQuery(sql);
  const store = await environment.stores.storeFor(target.location.bucket, options.signal);
  const before = await objectsAt(store, target, options.signal);
  if (target.ifExists === "error" && before.length > 0) throw alreadyThere(target, before);
  const mark = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
  const isHeld = await runner.call.holdsWrites(target.location.bucket);
  const copy = new Copy(store, target, mark, before, isHeld ? "held" : "at once");
  try {
    const rows = await runCopy(runner, query, target, copy.writeTo, mark, {
      ...options,
      origin: { sql, offset: query.start - COPY_START.length },
    });
    const written = await copy.publish(options.signal);
    return {
      uri: targetUri(target),
      keys: written.map(({ key }) => key),
      rows,
      bytes: written.reduce((sum, { size }) => sum + size, 0),
    };
  } catch (error) {
    await runner.idle();
    await copy.undo().catch((left: unknown) => {
      // The first failure is the one to tell.
      store.notice(
        `What the failed write left at ${targetUri(target)} could not be removed: ${textOf(left)}`,
      );
    });
    throw error;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One COPY's objects: where they are written, how they become visible, how they are removed. */
class Copy {
  /** Address that DuckDB writes to. */
  readonly writeTo: string;
  readonly #store: Store;
  readonly #target: CopyTarget;
  readonly #mark: string;
  readonly #before: readonly ObjectEntry[];
  readonly #visibility: "held" | "at once";
  readonly #started = new Date();

  /** @param visibility whether what DuckDB writes is seen only when its statement has succeeded */
  constructor(
    store: Store,
    target: CopyTarget,
    mark: string,
    before: readonly ObjectEntry[],
    visibility: "held" | "at once",
  ) {
    this.#store = store;
    this.#target = target;
    this.#mark = mark;
    this.#before = before;
    this.#visibility = visibility;
    this.writeTo = formatS3Uri(this.#writeLocation());
  }

  #writeLocation(): S3Location {
    const { location, isFolder, partitionBy } = this.#target;
    if (!isFolder) return this.#replaces() ? this.#staging() : location;
    if (partitionBy.length > 0) return location;
    const name = `data_${this.#mark}.${endingOf(this.#target)}`;
    return { ...location, key: `${location.key}${name}` };
  }

  /** Whether the new object takes the place of one that must stay until the new one is whole. */
  #replaces(): boolean {
    return this.#visibility === "at once" && !this.#target.isFolder && this.#before.length > 0;
  }

  /** Beside the target, with an ending that no pattern for data matches. */
  #staging(): S3Location {
    const { bucket, key } = this.#target.location;
    return { bucket, key: `${key}.dipper-${this.#mark}.tmp` };
  }

  /** Makes the new objects take the place of the old ones. */
  async publish(signal: AbortSignal | undefined): Promise<readonly ObjectEntry[]> {
    const { location, ifExists } = this.#target;
    if (this.#replaces()) {
      await copyObject(this.#store, this.#staging(), location, signal);
      await deleteObjects(this.#store, location.bucket, [this.#staging().key]);
      return await objectsAt(this.#store, this.#target, signal);
    }
    const written = await this.#written(signal);
    if (ifExists === "overwrite" && this.#target.isFolder) {
      const stale = this.#before.map(({ key }) => key);
      if (stale.length > 0) await deleteObjects(this.#store, location.bucket, stale);
    }
    return written;
  }

  /** Removes what a failed COPY left: objects of this call, and its unfinished uploads. */
  async undo(): Promise<void> {
    // What is at the target is then what was there before.
    if (this.#visibility === "held" && !this.#target.isFolder) return;
    const { bucket } = this.#target.location;
    const left = (await this.#written(undefined)).map(({ key }) => key);
    if (left.length > 0) await deleteObjects(this.#store, bucket, left);
    await abortUploads(this.#store, bucket, {
      prefix: parseS3Uri(this.writeTo).key,
      initiatedAfter: this.#started,
      where: (key) => !this.#target.isFolder || key.includes(this.#mark),
    });
  }

  async #written(signal: AbortSignal | undefined): Promise<readonly ObjectEntry[]> {
    const { key, bucket } = parseS3Uri(this.writeTo);
    const all = await listAll(this.#store, bucket, key, signal);
    return this.#target.isFolder
      ? all.filter((entry) => entry.key.includes(this.#mark))
      : all.filter((entry) => entry.key === key);
  }
}

async function runCopy(
  runner: Runner,
  query: Statement,
  target: CopyTarget,
  writeTo: string,
  mark: string,
  options: CopyOptions & RunOptions,
): Promise<number> {
  const sql = `${COPY_START}${query.text}\n) TO ${quoteLiteral(writeTo)} (${
    copyClauses(target, mark)
  })`;
  const result = await runner.open(sql, options.params, options, "materialized");
  const chunk = await result.next();
  if (chunk === undefined) return 0;
  return Number(chunk.getColumnVector(0).getItem(0) ?? 0);
}

function copyClauses(target: CopyTarget, mark: string): string {
  const { format, partitionBy, compression } = target;
  const clauses = [`FORMAT ${format === "geoparquet" ? "parquet" : format}`];
  if (format === "geoparquet") clauses.push("GEOPARQUET_VERSION 'BOTH'");
  const codec = compression ?? (clauses[0] === "FORMAT parquet" ? "zstd" : undefined);
  if (codec !== undefined) clauses.push(`COMPRESSION ${quoteLiteral(codec)}`);
  if (format === "csv") clauses.push("HEADER true");
  if (partitionBy.length > 0) {
    clauses.push(
      `PARTITION_BY (${partitionBy.map(quoteIdentifier).join(", ")})`,
      `FILENAME_PATTERN ${quoteLiteral(`data_${mark}_{i}`)}`,
      "OVERWRITE_OR_IGNORE true",
    );
    const ending = endingOf(target);
    if (ending.includes(".")) clauses.push(`FILE_EXTENSION ${quoteLiteral(ending)}`);
  }
  return clauses.join(", ");
}

function singleQuery(sql: string): Statement {
  const statements = splitStatements(sql);
  if (statements.length === 1) return statements[0];
  throw new UsageError(`copyTo takes one query, and the text has ${statements.length} statements`, {
    hint: "run the others with query() before",
  });
}

async function objectsAt(
  store: Store,
  target: CopyTarget,
  signal: AbortSignal | undefined,
): Promise<readonly ObjectEntry[]> {
  const { bucket, key } = target.location;
  const all = await listAll(store, bucket, key, signal);
  return target.isFolder ? all : all.filter((entry) => entry.key === key);
}

async function listAll(
  store: Store,
  bucket: string,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<ObjectEntry[]> {
  const entries: ObjectEntry[] = [];
  for await (const entry of listObjects(store, bucket, { prefix, signal })) {
    if (entry.kind === "object") entries.push(entry);
  }
  return entries;
}

function alreadyThere(target: CopyTarget, there: readonly ObjectEntry[]): TargetExistsError {
  const uri = targetUri(target);
  const what = target.isFolder ? `${there.length} objects are in ${uri}` : `${uri} exists`;
  return new TargetExistsError(what, {
    uri,
    hint: target.isFolder
      ? 'give another folder, or say ifExists: "overwrite" or "append" (--if-exists)'
      : 'give another name, or say ifExists: "overwrite" (--if-exists overwrite)',
  });
}

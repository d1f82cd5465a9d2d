/**
 * A session: one DuckDB in memory with the stores' credentials, for SQL over bucket data.
 *
 * @module
 */
import type { RecordBatch } from "apache-arrow";
import type { DuckDBInstance } from "@duckdb/node-api";
import type { StoreSet } from "../store/store_set.ts";
import type { CacheOptions } from "../range/cache/open_cache.ts";
import type { Budget } from "./transport/carrier.ts";
import { beside, Calls, type QueryOptions, type ReadChunks, type StreamOptions } from "./calls.ts";
import { Connections } from "./connections.ts";
import { type CopyOptions, type CopyResult, copyTo } from "./copy.ts";
import { readAll } from "./counted_chunks.ts";
import { describe, type Description } from "./describe.ts";
import { explain } from "./forecast/explain.ts";
import { type Forecast, type ForecastTotals, totalsOf } from "./forecast/forecast.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { type DataFile, FileOpener, type OpenFileOptions } from "./open.ts";
import { addReads, type Report, type Transport } from "./report.ts";
import { chunkJsonRows, chunkRows, QueryResult } from "./result.ts";
import type { Runner, RunnerEnvironment } from "./runner.ts";
import type { ResultStream } from "./stream.ts";
import { ArrowEncoder } from "./values/arrow.ts";
import type { Params, ParamValue } from "./values/bind.ts";
import type { JsonRow, Row } from "./values/types.ts";

/** A forecast, and what making it cost. */
export interface ExplainResult extends Forecast {
  readonly report: Report;
}

/** What a session is made of; `connect` makes it. */
export interface SessionParts {
  readonly instance: DuckDBInstance;
  readonly runner: Runner;
  readonly environment: RunnerEnvironment;
  /** Of each call that says nothing itself. */
  readonly budget: Budget;
  /** Where {@link Session.open} keeps what it reads. */
  readonly cache: CacheOptions;
  /** Aborts everything in the session. */
  readonly signal: AbortSignal | undefined;
  /** Removes what the session left on disk. */
  readonly dispose: () => Promise<void>;
}

/** Opened by {@link connect}; close it, or hold it with `await using`. */
export class Session implements AsyncDisposable {
  /** The stores that the session reaches. */
  readonly stores: StoreSet;
  readonly transport: Transport;
  readonly #parts: SessionParts;
  readonly #connections: Connections;
  readonly #calls: Calls;
  readonly #files: FileOpener;
  readonly #endHeartbeat = startHeartbeat();
  #closed: Promise<void> | undefined;

  /** Use {@link connect}. */
  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#connections = new Connections(parts.instance, parts.runner, parts.environment);
    this.stores = parts.environment.stores;
    this.#files = new FileOpener(this.stores, this.#connections.closing, parts.cache);
    this.transport = parts.environment.carrier.transport;
    const { budget, signal } = parts;
    const { transport } = this;
    this.#calls = new Calls({ connections: this.#connections, budget, signal, transport });
  }

  /**
   * Runs SQL and reads the whole result of its last statement.
   *
   * Queries of a session run one after another, as they share temporary tables and settings. While a
   * {@link stream} is being read, others run beside it on a connection of their own, which does not
   * see the session's temporary tables.
   *
   * @param params by name (`$id` ← `{ id: 7 }`) or in order (`$1` ← `[7]`); bound, never spliced
   * @throws {DipperError} by kind: {@link SqlError}, {@link NotFoundError}, {@link CredentialsError},
   * {@link PermissionError}, {@link ConnectionError}, {@link UnreadableFileError},
   * {@link CancelledError} and others of `errors.ts`
   */
  async query(sql: string, params?: Params, options: QueryOptions = {}): Promise<QueryResult> {
    const forecast = await this.#forecast(sql, params, options);
    const started = performance.now();
    const mode = options.limit === undefined ? "materialized" : "streaming";
    const run = this.#calls.runOptions(options);
    return await this.#calls.holding(run, async (runner, own) => {
      const result = await runner.open(sql, params, run, mode);
      const { chunks, rows } = await readAll(result, options.limit);
      const report = await this.#calls.report(runner, started, rows, own);
      return QueryResult.from(
        result.columns,
        chunks,
        beside(report, forecast, options.limit),
      );
    });
  }

  /**
   * The same, written as a template: each value is bound.
   *
   * @example
   * ```ts
   * const uri = "s3://demo/nycflights13/airports.csv";
   * const result = await session.sql`SELECT count(*) AS n FROM read_csv(${uri})`;
   * ```
   */
  async sql(strings: TemplateStringsArray, ...values: ParamValue[]): Promise<QueryResult> {
    const text = strings.reduce((sql, part, index) => `${sql}$${index}${part}`);
    return await this.query(text, values);
  }

  /**
   * Runs SQL and gives the result as Arrow record batches while it is computed: for results larger
   * than memory. DuckDB waits while the reader is busy. `report` is there after the last batch.
   */
  stream(sql: string, params?: Params, options: StreamOptions = {}): ResultStream<RecordBatch> {
    return this.#streamOf(
      sql,
      params,
      options,
      (columns, chunks) => new ArrowEncoder(columns).stream(chunks, { rows: options.batchRows }),
    );
  }

  /** The same, row by row. */
  streamRows(sql: string, params?: Params, options: QueryOptions = {}): ResultStream<Row> {
    return this.#streamOf(sql, params, options, async function* (columns, chunks) {
      for await (const chunk of chunks) yield* chunkRows(chunk, columns);
    });
  }

  /** The same, row by row as JSON values; see {@link QueryResult.toJSON}. */
  streamJson(sql: string, params?: Params, options: QueryOptions = {}): ResultStream<JsonRow> {
    return this.#streamOf(sql, params, options, async function* (columns, chunks) {
      for await (const chunk of chunks) yield* chunkJsonRows(chunk, columns);
    });
  }

  /**
   * Writes the result of `sql` to a bucket.
   *
   * @param uri an object (`s3://b/out.parquet`), or a folder (`s3://b/out/`)
   * @returns the keys, rows and bytes that were written
   * @throws {TargetExistsError} when something is there and `ifExists` is `error`, the default
   * @throws {ReadOnlyError} in a read-only session
   */
  async copyTo(sql: string, uri: string, options: CopyOptions = {}): Promise<CopyResult> {
    const forecast = await this.#forecast(sql, options.params, options);
    const started = performance.now();
    const run = this.#calls.runOptions(options);
    return await this.#calls.holding(run, async (runner, own) => {
      const written = await copyTo(runner, this.#parts.environment, sql, uri, {
        ...options,
        ...run,
      });
      const report = await this.#calls.report(runner, started, written.rows, own);
      return { ...written, report: beside(report, forecast) };
    });
  }

  /**
   * What a file, or a pattern of files, holds: format, columns, rows where the format says, bytes.
   *
   * @param uri `s3://bucket/key`, with `*` for several files of one kind
   */
  async describe(uri: string, options: QueryOptions = {}): Promise<Description> {
    const started = performance.now();
    const run = this.#calls.runOptions(options);
    return await this.#calls.holding(run, async (runner, own) => {
      const facts = await describe(runner, this.#parts.environment, uri, run);
      return { ...facts, report: await this.#calls.report(runner, started, 0, own) };
    });
  }

  /**
   * Says what a statement would read before it runs: files, row groups and columns, requests and bytes,
   * and how much of it is cached. The statement is planned and not run. Of Parquet files the footers are
   * read, which the cache then holds; of more than 256 files, a sample of them.
   *
   * What depends on values that only running shows is an upper bound, and says why: conditions that
   * statistics cannot answer, joins, other formats than Parquet.
   *
   * @throws {SqlError} when DuckDB refuses the statement
   * @throws {UsageError} for none or several statements
   * @throws {NotFoundError} for an object that is not there
   *
   * @example
   * ```ts
   * const { requests, bytes, scans } = await session.explain(
   *   "SELECT avg(arr_delay) FROM 's3://demo/nycflights13/flights.parquet'",
   * );
   * console.log(requests, bytes.read, bytes.cached, scans[0].columns);
   * ```
   */
  async explain(
    sql: string,
    params?: Params,
    options: Pick<QueryOptions, "signal"> = {},
  ): Promise<ExplainResult> {
    const started = performance.now();
    const run = this.#calls.runOptions({ signal: options.signal });
    const { environment } = this.#parts;
    const counter = (await this.#files.core()).reader.newCounter();
    return await this.#calls.holding(run, async (runner, own) => {
      const parts = { runner, environment, files: this.#files, counter };
      const forecast = await explain(parts, sql, params, run);
      const report = await this.#calls.report(runner, started, 0, own);
      return { ...forecast, report: addReads(report, counter.snapshot()) };
    });
  }

  /**
   * Opens a Parquet or CSV file as Arrow record batches or rows, in bounded memory and past DuckDB: it
   * reads the columns and row groups that are wanted, from the cache where it holds them.
   *
   * @param uri `s3://bucket/key`, or a key of the default bucket
   * @throws {NotFoundError} naming the nearest keys
   * @throws {UnsupportedError} for another format
   *
   * @example
   * ```ts
   * const file = await session.open("s3://demo/nycflights13/flights.parquet");
   * const { columns, rows } = await file.describe();
   * for await (const flight of file.rows({ columns: ["carrier", "arr_delay"], limit: 5 })) {
   *   console.log(flight.carrier, flight.arr_delay);
   * }
   * ```
   */
  async open(uri: string, options: OpenFileOptions = {}): Promise<DataFile> {
    const { signal } = this.#calls.runOptions(options);
    return await this.#files.open(uri, { ...options, signal });
  }

  /**
   * Ends the session, and what is under way in it with a {@link CancelledError}. What it held in
   * memory or on disk for itself is gone.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#connections.close();
    this.#parts.instance.closeSync();
    await this.#parts.environment.carrier.close();
    await this.#files.close();
    this.#endHeartbeat();
    this.stores.close();
    await this.#parts.dispose();
  }

  /** In a call of its own, so that its requests and what it learns are not the query's. */
  async #forecast(
    sql: string,
    params: Params | undefined,
    { forecast, signal }: Pick<QueryOptions, "forecast" | "signal">,
  ): Promise<ForecastTotals | undefined> {
    return forecast === true ? totalsOf(await this.explain(sql, params, { signal })) : undefined;
  }

  #streamOf<T>(
    sql: string,
    params: Params | undefined,
    options: QueryOptions,
    read: ReadChunks<T>,
  ): ResultStream<T> {
    const forecasting = () => this.#forecast(sql, params, options);
    return this.#calls.stream({ sql, params, options, forecasting }, read);
  }
}

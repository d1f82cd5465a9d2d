/**
 * Runs SQL on one DuckDB connection: guarded, routed to the right stores, with the extensions that
 * it needs, cancellable, its failures explained and its requests counted.
 *
 * @module
 */
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBResult,
  ResultReturnType,
} from "@duckdb/node-api";
import {
  type DipperError,
  InternalError,
  ServiceError,
  throwIfAborted,
  UsageError,
} from "../errors.ts";
import type { StoreSet } from "../store/store_set.ts";
import type { Traffic } from "./accounting.ts";
import { Interruptible } from "./cancel.ts";
import { httpFailure, wantedExtension } from "./duckdb_error.ts";
import { type ExtensionPlaces, loadExtension } from "./extensions.ts";
import { explainStatementFailure } from "./failure.ts";
import { type OnProgress, ProgressWatch } from "./progress.ts";
import { columnsOf, type TypedColumn } from "./result.ts";
import { EXPLAIN } from "./sql/explain.ts";
import { type GuardOptions, guardStatement, isRepeatable } from "./sql/guard.ts";
import type { WrittenStatement } from "./sql/position.ts";
import { mentionsOf, referencedUris } from "./sql/references.ts";
import { completedSecret, makesSecret } from "./sql/own_secret.ts";
import { parametersOf, splitStatements, type Statement, wordsOf } from "./sql/tokens.ts";
import type { Budget, CarriedCall, Carrier, Mentions } from "./transport/carrier.ts";
import { hintOf, isCheaplyPlanned } from "./transport/read_hint.ts";
import { bindParams, type Params, type ParamValue } from "./values/bind.ts";

/** What all runners of a session share. */
export interface RunnerEnvironment extends GuardOptions {
  readonly stores: StoreSet;
  readonly carrier: Carrier;
  readonly places: ExtensionPlaces;
}

/** How one SQL text is to be run. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** Rows to read at most; what lies behind them is not computed. */
  readonly limit?: number;
  /** Where the SQL comes from, when it is not as the person wrote it. */
  readonly origin?: Pick<WrittenStatement, "sql" | "offset">;
}

/** A result whose rows are still to be read. */
export interface OpenResult {
  readonly columns: readonly TypedColumn[];
  /** The next rows; undefined after the last. */
  next(): Promise<DuckDBDataChunk | undefined>;
  /** Rows that a statement without a result wrote. */
  readonly rowsChanged: number;
}

/** How long the reason of a broken stream is looked for. */
const REASON_MS = 30_000;

/** Functions and kinds of file that need DuckDB's spatial extension. */
const SPATIAL = /^ST_\w+$/i;

/** One connection and what is needed to run SQL on it. */
export class Runner {
  readonly connection: DuckDBConnection;
  readonly #work: Interruptible;
  readonly #environment: RunnerEnvironment;
  readonly #loaded = new Set<string>();
  #call: CarriedCall | undefined;
  #isClosed = false;

  constructor(connection: DuckDBConnection, environment: RunnerEnvironment) {
    this.connection = connection;
    this.#work = new Interruptible(connection);
    this.#environment = environment;
  }

  /** Begins a call: what is run until {@link endCall} is counted together. */
  async beginCall(budget: Budget): Promise<void> {
    this.#call = await this.#environment.carrier.begin(this.connection, budget);
  }

  /** Ends the call, once the connection is idle. */
  async endCall(): Promise<void> {
    const call = this.#call;
    this.#call = undefined;
    await call?.end();
  }

  /** The call that is under way. */
  get call(): CarriedCall {
    if (this.#call !== undefined) return this.#call;
    throw new InternalError("a statement is run outside of a call");
  }

  /**
   * Runs every statement of `sql` and leaves the last one's result open.
   *
   * @throws {DipperError} whatever went wrong, explained
   */
  async open(
    sql: string,
    params: Params | undefined,
    options: RunOptions,
    mode: "materialized" | "streaming",
  ): Promise<OpenResult> {
    const statements = splitStatements(sql);
    if (statements.length === 0) {
      throw new UsageError("there is no SQL in the text", { hint: 'such as "SELECT 42"' });
    }
    checkParameters(statements, params);
    for (const statement of statements.slice(0, -1)) {
      await this.#execute(sql, statement, params, options, "materialized");
    }
    return await this.#execute(sql, statements.at(-1)!, params, options, mode);
  }

  /** Resolves when DuckDB has ended what it was doing, which may be after a cancellation. */
  idle(): Promise<void> {
    return this.#work.idle();
  }

  /** Closes the connection; once it is idle. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.connection.closeSync();
  }

  /** What the call cost so far. */
  traffic(): Promise<Traffic> {
    return this.call.traffic();
  }

  async #execute(
    sql: string,
    statement: Statement,
    params: Params | undefined,
    options: RunOptions,
    mode: "materialized" | "streaming",
  ): Promise<OpenResult> {
    guardStatement(statement, this.#environment);
    const values = valuesFor(statement, params);
    const mentions = mentionsOf(statement, Object.values(values ?? []));
    const { origin = { sql, offset: 0 } } = options;
    const failed = {
      text: statement.text,
      sql: origin.sql,
      offset: origin.offset + statement.start,
      buckets: mentions.buckets,
      uris: referencedUris(statement, Object.values(values ?? [])),
    };
    const explain = (error: unknown) =>
      explainStatementFailure(
        error,
        failed,
        { stores: this.#environment.stores, call: this.call },
        options.signal,
      );
    const reads = isRepeatable(statement);
    const run = () =>
      reads
        ? this.#start(statement, values, mentions, options, mode)
        : this.call.writing(() =>
          this.#start(statement, values, mentions, options, "materialized")
        );
    try {
      await this.#prepareExtensions(statement, options.signal);
      const result = await run().catch(async (error: unknown) => {
        if (!await this.#canRepeat(error, statement, explain, options.signal)) throw error;
        return await run();
      });
      const findReason = reads
        ? () => this.#begin(`EXPLAIN ANALYZE ${statement.text}`, values, "materialized")
        : undefined;
      return this.#opened(result, options, explain, findReason);
    } catch (error) {
      throw await explain(error);
    }
  }

  async #start(
    statement: Statement,
    values: Params | undefined,
    mentions: Mentions,
    options: RunOptions,
    mode: "materialized" | "streaming",
  ): Promise<DuckDBResult> {
    const { connection } = this;
    await this.call.prepare(mentions, options.signal);
    await this.#sayWhatWillBeRead(statement, values, options);
    const watch = new ProgressWatch(connection, options.onProgress);
    const defaults = makesSecret(statement) ? this.call.secretDefaults() : undefined;
    const text = defaults === undefined ? statement.text : completedSecret(statement, defaults);
    const begin = () => this.#begin(text, values, mode);
    return await watch.during(() => this.#work.run(options.signal, begin));
  }

  async #sayWhatWillBeRead(
    statement: Statement,
    values: Params | undefined,
    options: RunOptions,
  ): Promise<void> {
    const isWorthIt = this.call.readsAhead && options.limit === undefined &&
      isCheaplyPlanned(statement, Object.values(values ?? [])) &&
      wordsOf(statement)[0] !== "EXPLAIN";
    if (!isWorthIt) return;
    try {
      const plan = await this.#work.run(
        options.signal,
        () => this.#begin(EXPLAIN + statement.text, values, "materialized"),
      );
      await this.call.expect(hintOf(String((await plan.getRowsJson())[0]?.[1])));
    } catch {
      // Running the statement tells what is wrong with it.
      throwIfAborted(options.signal);
    }
  }

  /** Not by node-api's `start`: that binds, which asks the store, on the thread of the event loop. */
  async #begin(
    sql: string,
    values: Params | undefined,
    mode: "materialized" | "streaming",
  ): Promise<DuckDBResult> {
    const { connection } = this;
    if (values === undefined) {
      return mode === "streaming" ? await connection.stream(sql) : await connection.run(sql);
    }
    const prepared = await connection.prepare(sql);
    bindParams(prepared, values);
    return mode === "streaming" ? await prepared.stream() : await prepared.run();
  }

  #opened(
    result: DuckDBResult,
    options: RunOptions,
    explain: (error: unknown) => Promise<DipperError>,
    findReason: (() => Promise<unknown>) | undefined,
  ): OpenResult {
    const watch = new ProgressWatch(this.connection, options.onProgress);
    return {
      columns: columnsOf(result),
      rowsChanged: result.rowsChanged,
      next: async () => {
        try {
          const fetch = () => result.fetchChunk();
          const chunk = await watch.during(() => this.#work.run(options.signal, fetch));
          if (chunk !== null && chunk.rowCount > 0) return chunk;
          if (result.returnType === ResultReturnType.INVALID) {
            throw await this.#brokenOff(options.signal, findReason);
          }
          return undefined;
        } catch (error) {
          throw await explain(error);
        }
      },
    };
  }

  /**
   * The failure of a streamed result. node-api ends such a result as if it were whole, and keeps
   * DuckDB's reason to itself: the statement is run again, without its rows, to hear it.
   */
  async #brokenOff(
    signal: AbortSignal | undefined,
    findReason: (() => Promise<unknown>) | undefined,
  ): Promise<unknown> {
    const isTooLate = AbortSignal.timeout(REASON_MS);
    const signals = signal === undefined ? isTooLate : AbortSignal.any([signal, isTooLate]);
    try {
      if (findReason !== undefined) await this.#work.run(signals, findReason);
    } catch (error) {
      throwIfAborted(signal);
      if (!isTooLate.aborted) return error;
    }
    return new ServiceError("the result broke off before its end", {
      hint: "the rows so far are not all of them; run the query again, with query() where its " +
        "result fits in memory",
    });
  }

  async #prepareExtensions(statement: Statement, signal: AbortSignal | undefined): Promise<void> {
    const isSpatial = statement.tokens.some(({ kind, value }) =>
      kind === "word" && SPATIAL.test(value)
    );
    if (isSpatial) await this.#load("spatial", signal);
  }

  async #load(name: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.#loaded.has(name)) return;
    await loadExtension(this.connection, this.#environment.places, name, signal);
    this.#loaded.add(name);
  }

  /** Whether the failure's cause could be removed, so that the statement may be run once more. */
  async #canRepeat(
    error: unknown,
    statement: Statement,
    explain: (error: unknown) => Promise<DipperError>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const extension = wantedExtension(error);
    if (extension !== undefined && !this.#loaded.has(extension)) {
      await this.#load(extension, signal);
      return true;
    }
    if (httpFailure(error) === undefined || !isRepeatable(statement)) return false;
    return await this.call.learnFrom(await explain(error), httpFailure(error)!.facts.region);
  }
}

/** The parameters that one statement of several takes from those that were given. */
function valuesFor(statement: Statement, params: Params | undefined): Params | undefined {
  const names = parametersOf(statement);
  if (params === undefined) return names.length > 0 ? [] : undefined;
  if (Array.isArray(params)) return names.length > 0 ? params : undefined;
  if (names.length === 0) return undefined;
  const named = params as Record<string, ParamValue>;
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(named, name)).map((name) => [name, named[name]]),
  );
}

function checkParameters(statements: readonly Statement[], params: Params | undefined): void {
  if (params === undefined || Array.isArray(params)) return;
  const known = new Set(statements.flatMap(parametersOf));
  const unknown = Object.keys(params).filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new UsageError(`the SQL has no parameter ${unknown.map((name) => `$${name}`).join(", ")}`, {
    hint: known.size === 0
      ? "write $name where its value belongs"
      : `it has ${[...known].map((name) => `$${name}`).join(", ")}`,
  });
}

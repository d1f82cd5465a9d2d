/**
 * The calls of a session: each has a runner of its own while it lasts, a budget, a signal and a report.
 *
 * @module
 */
import type { DuckDBDataChunk } from "@duckdb/node-api";
import { type CountedRequests, countRequests, noRequests } from "../store/request_counts.ts";
import { addRequests } from "./accounting.ts";
import type { Connections } from "./connections.ts";
import { CountedChunks } from "./counted_chunks.ts";
import { type ForecastTotals, ofSomeRows } from "./forecast/forecast.ts";
import type { OnProgress } from "./progress.ts";
import type { Report, Transport } from "./report.ts";
import type { TypedColumn } from "./result.ts";
import type { Runner, RunOptions } from "./runner.ts";
import { ResultStream } from "./stream.ts";
import type { Budget } from "./transport/carrier.ts";
import type { Params } from "./values/bind.ts";

/** How a query is to be run. */
export interface QueryOptions extends Budget {
  /** Aborts the query; it then rejects with a {@link CancelledError}. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second with the fraction done, 0 to 1. */
  readonly onProgress?: OnProgress;
  /** Rows to return at most; what lies behind them is not computed. */
  readonly limit?: number;
  /** `true`: the report has what {@link Session.explain} says, beside what was read. */
  readonly forecast?: boolean;
}

/** How a stream is to be run. */
export interface StreamOptions extends QueryOptions {
  /** Rows in a record batch, about; 65,536 when nothing is said. */
  readonly batchRows?: number;
}

/** A statement whose result is read while it is computed. */
export interface StreamCall {
  readonly sql: string;
  readonly params: Params | undefined;
  readonly options: QueryOptions;
  /** Makes the forecast, where one is wanted. */
  readonly forecasting: () => Promise<ForecastTotals | undefined>;
}

/** Makes items of a result's chunks. */
export type ReadChunks<T> = (
  columns: readonly TypedColumn[],
  chunks: AsyncIterable<DuckDBDataChunk>,
) => AsyncIterable<T>;

/** What calls are made with. */
export interface CallsInit {
  readonly connections: Connections;
  /** Of each call that says nothing itself. */
  readonly budget: Budget;
  /** Aborts every call. */
  readonly signal: AbortSignal | undefined;
  readonly transport: Transport;
}

/** Makes calls. */
export class Calls {
  readonly #init: CallsInit;

  constructor(init: CallsInit) {
    this.#init = init;
  }

  /**
   * Calls `work` with a runner that nobody else uses meanwhile, and with the counts of the requests that
   * it sends past the runner.
   */
  async holding<T>(
    run: RunOptions & Budget,
    work: (runner: Runner, own: CountedRequests) => Promise<T>,
  ): Promise<T> {
    const { runner, release } = await this.#init.connections.acquire(run.signal, run);
    const own = noRequests();
    try {
      return await this.#init.connections.during(countRequests(own, () => work(runner, own)));
    } finally {
      void runner.idle().then(release);
    }
  }

  /** The same, for a result that is read while it is computed. */
  stream<T>(
    { sql, params, options, forecasting }: StreamCall,
    read: ReadChunks<T>,
  ): ResultStream<T> {
    return new ResultStream(async () => {
      const forecast = await forecasting();
      const started = performance.now();
      const run = this.runOptions(options);
      const lease = await this.#init.connections.acquire(run.signal, run);
      const { runner } = lease;
      const own = noRequests();
      const end = this.#init.connections.lendToStream(lease);
      try {
        const opening = countRequests(own, () => runner.open(sql, params, run, "streaming"));
        const result = await this.#init.connections.during(opening);
        const counted = new CountedChunks(result, options.limit);
        return {
          columns: result.columns,
          items: read(result.columns, counted),
          finish: async () => {
            try {
              if (this.#init.connections.closing.aborted) return undefined;
              const report = this.report(runner, started, counted.rows, own);
              return beside(await this.#init.connections.during(report), forecast, options.limit);
            } finally {
              end();
            }
          },
          abandon: () => void runner.idle().then(end),
        };
      } catch (error) {
        void runner.idle().then(end);
        throw error;
      }
    });
  }

  /** What the session says, where the call says nothing; aborted with either. */
  runOptions(options: QueryOptions): RunOptions & Budget {
    const signals = [options.signal, this.#init.signal, this.#init.connections.closing]
      .filter((signal) => signal !== undefined);
    return { ...this.#init.budget, ...defined(options), signal: AbortSignal.any(signals) };
  }

  /** What the call has cost so far. */
  async report(
    runner: Runner,
    started: number,
    rows: number,
    own: CountedRequests,
  ): Promise<Report> {
    const seconds = (performance.now() - started) / 1000;
    const traffic = addRequests(await runner.traffic(), own);
    return { seconds, rows, ...traffic, transport: this.#init.transport };
  }
}

/** `report` with what was forecast; `limit`: the rows after which the statement was left. */
export function beside(
  report: Report,
  forecast: ForecastTotals | undefined,
  limit = Infinity,
): Report {
  if (forecast === undefined) return report;
  return { ...report, forecast: report.rows < limit ? forecast : ofSomeRows(forecast) };
}

function defined<T extends object>(options: T): T {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as T;
}

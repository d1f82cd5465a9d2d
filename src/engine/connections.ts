/**
 * The connections of a session: its own, lent to one call at a time, and others beside it for the time
 * in which a stream holds the session's own.
 *
 * @module
 */
import type { DuckDBInstance } from "@duckdb/node-api";
import { cancelled, throwIfAborted, UsageError } from "../errors.ts";
import { Mutex } from "./mutex.ts";
import { Runner, type RunnerEnvironment } from "./runner.ts";
import type { Budget } from "./transport/carrier.ts";

/** A runner that nobody else uses until it is released; releasing it again does nothing. */
export interface Lease {
  readonly runner: Runner;
  readonly release: () => void;
}

/** All connections of one DuckDB instance. */
export class Connections {
  readonly #instance: DuckDBInstance;
  readonly #own: Runner;
  readonly #environment: RunnerEnvironment;
  readonly #turn = new Mutex();
  /** Streams that hold a connection while their reader is at work. */
  #streams = 0;
  /** Tells those who wait for their turn that a stream has taken it. */
  #streamBegan = Promise.withResolvers<void>();
  /** Runners with a statement under way. */
  readonly #active = new Set<Runner>();
  /** Calls that have not ended. */
  readonly #calls = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(instance: DuckDBInstance, own: Runner, environment: RunnerEnvironment) {
    this.#instance = instance;
    this.#own = own;
    this.#environment = environment;
  }

  /** Aborted when the session is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Waits for a runner.
   *
   * @throws {UsageError} when the session is closed
   * @throws {CancelledError} when `signal` is aborted meanwhile
   */
  async acquire(signal: AbortSignal | undefined, budget: Budget = {}): Promise<Lease> {
    this.#throwIfClosed();
    throwIfAborted(signal);
    const endTurn = this.#streams > 0 ? undefined : await this.#ownTurn(signal);
    if (endTurn === undefined) return await this.#besides(budget);
    try {
      return await this.#begin(this.#own, budget, endTurn);
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  /** Marks a lease as a stream's, so that other calls run beside it; call the result at its end. */
  lendToStream({ release }: Lease): () => void {
    this.#streams++;
    this.#streamBegan.resolve();
    return once(() => {
      if (--this.#streams === 0) this.#streamBegan = Promise.withResolvers();
      release();
    });
  }

  /** Remembers a call while it is under way, so that closing waits for its end. */
  async during<T>(call: Promise<T>): Promise<T> {
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Ends what is under way, and then every connection. */
  async close(): Promise<void> {
    this.#closing.abort(closedError());
    await Promise.allSettled(this.#calls);
    const runners = new Set([this.#own, ...this.#active]);
    await Promise.all([...runners].map((runner) => runner.idle()));
    for (const runner of runners) runner.close();
  }

  /** Waits for the session's own connection; undefined when a stream has taken it meanwhile. */
  async #ownTurn(signal: AbortSignal | undefined): Promise<(() => void) | undefined> {
    if (!this.#turn.isBusy) return await this.#turn.acquire();
    const turn = this.#turn.acquire();
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(cancelled(signal));
    signal?.addEventListener("abort", abort, { once: true });
    let endTurn: (() => void) | undefined;
    try {
      endTurn = await Promise.race([turn, this.#streamBegan.promise, aborted.promise]) ?? undefined;
      return endTurn;
    } finally {
      signal?.removeEventListener("abort", abort);
      if (endTurn === undefined) void turn.then((end) => end());
    }
  }

  /** A runner on a new connection, for the time in which a stream holds the session's own. */
  async #besides(budget: Budget): Promise<Lease> {
    this.#throwIfClosed();
    const connection = await this.#instance.connect();
    const runner = new Runner(connection, this.#environment);
    try {
      return await this.#begin(runner, budget, () => runner.close());
    } catch (error) {
      runner.close();
      throw error;
    }
  }

  async #begin(runner: Runner, budget: Budget, end: () => void): Promise<Lease> {
    this.#throwIfClosed();
    this.#active.add(runner);
    const release = once(() => {
      void this.during(runner.endCall()).finally(() => {
        this.#active.delete(runner);
        end();
      });
    });
    try {
      await this.during(runner.beginCall(budget));
      return { runner, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #throwIfClosed(): void {
    if (this.#closing.signal.aborted) throw closedError();
  }
}

function closedError(): UsageError {
  return new UsageError("the session is closed", { hint: "open another with connect()" });
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}

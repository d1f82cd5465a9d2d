/**
 * A result that is read while it is computed.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import type { Report } from "./report.ts";
import type { Column } from "./values/types.ts";

/** What a stream runs on, once it has begun. */
export interface StreamSource<T> {
  readonly columns: readonly Column[];
  readonly items: AsyncIterable<T>;
  /** Frees what the stream holds and says what it cost. */
  readonly finish: () => Promise<Report | undefined>;
  /** Frees what the stream holds as soon as DuckDB lets go of it, after a failure. */
  readonly abandon: () => void;
}

/** Read once, with `for await`; leaving the loop early ends the query. */
export class ResultStream<T> implements AsyncIterable<T> {
  readonly #begin: () => Promise<StreamSource<T>>;
  #source: Promise<StreamSource<T>> | undefined;
  #isRead = false;
  #report: Report | undefined;

  constructor(begin: () => Promise<StreamSource<T>>) {
    this.#begin = begin;
  }

  /** Name and type of each column; starts the query. */
  async columns(): Promise<readonly Column[]> {
    return (await this.#open()).columns.map(({ name, type }) => ({ name, type }));
  }

  /** What the query cost; undefined until the loop has ended, and after a failure. */
  get report(): Report | undefined {
    return this.#report;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    if (this.#isRead) {
      throw new UsageError("this stream has been read", { hint: "run the query again" });
    }
    this.#isRead = true;
    const source = await this.#open();
    let isFailed = false;
    try {
      yield* source.items;
    } catch (error) {
      isFailed = true;
      source.abandon();
      throw error;
    } finally {
      if (!isFailed) this.#report = await source.finish();
    }
  }

  #open(): Promise<StreamSource<T>> {
    this.#source ??= this.#begin();
    return this.#source;
  }
}

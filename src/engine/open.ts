/**
 * Files of the stores as streams of typed rows, without DuckDB: `session.open`.
 *
 * @module
 */
import type { RecordBatch } from "apache-arrow";
import { isDipperError } from "../errors.ts";
import { openFormat, type OpenFormatOptions } from "../formats/open.ts";
import type {
  DescribeOptions,
  FormatDescription,
  FormatName,
  FormatReader,
  ReadBatchesOptions,
} from "../formats/reader.ts";
import { rowsOf } from "../formats/values.ts";
import { explainFailure } from "../objects/explain.ts";
import { type CacheOptions, openCache } from "../range/cache/open_cache.ts";
import type { LayeredCache } from "../range/cache/layered_cache.ts";
import type { ReadCounter, ReadCounts } from "../range/counts.ts";
import { RangeReader } from "../range/reader.ts";
import { redact } from "../redaction.ts";
import { readSettings, type Settings } from "../settings.ts";
import type { Store } from "../store/store.ts";
import type { StoreSet } from "../store/store_set.ts";
import { formatS3Uri, resolveS3Uri } from "../store/uri.ts";
import { ENGINE_VALUES } from "./values/arrow_makers.ts";
import { cleanBatch, cleanSchema } from "./values/clean_batch.ts";
import type { Row } from "./values/types.ts";

/** How to open a file. */
export type OpenFileOptions = OpenFormatOptions;

/** Which rows and columns to read, and how. */
export type ReadFileOptions = Omit<ReadBatchesOptions, "counter">;

/** What the readers of a session share: one reading core over the stores, made when first needed. */
export class FileOpener {
  readonly #stores: StoreSet;
  readonly #closing: AbortSignal | undefined;
  readonly #cacheOptions: CacheOptions;
  readonly #settings: Settings;
  #core: Promise<{ reader: RangeReader; cache: LayeredCache }> | undefined;

  /**
   * @param closing aborted when the session ends: so do the readers
   * @param settings where the cache is: on disk it is the one that the gateway has
   */
  constructor(
    stores: StoreSet,
    closing?: AbortSignal,
    cache: CacheOptions = {},
    settings: Settings = readSettings(),
  ) {
    this.#stores = stores;
    this.#closing = closing;
    this.#cacheOptions = cache;
    this.#settings = settings;
  }

  /** The reading core and its cache. */
  core(): Promise<{ readonly reader: RangeReader; readonly cache: LayeredCache }> {
    const network = this.#settings.offline ? "none" : undefined;
    return this.#core ??= openCache(this.#cacheOptions, this.#settings)
      .then((cache) => ({ cache, reader: new RangeReader({ cache, network }) }));
  }

  /** `signal`, or the end of the session. */
  untilClosed(signal: AbortSignal | undefined): AbortSignal | undefined {
    if (this.#closing === undefined || signal === undefined) return signal ?? this.#closing;
    return AbortSignal.any([signal, this.#closing]);
  }

  /**
   * Opens an object as rows.
   *
   * @param uri `s3://bucket/key`, or a key of the default bucket
   */
  async open(uri: string, options: OpenFileOptions = {}): Promise<DataFile> {
    const signal = this.untilClosed(options.signal);
    const location = resolveS3Uri(uri, this.#stores.default?.bucket);
    const { store, bucket } = await this.#stores.locate(location.bucket, signal);
    const { reader } = await this.core();
    const counter = reader.newCounter();
    return await explaining(store, signal, async () => {
      const source = await reader.open(store, { ...location, bucket }, { signal, counter });
      const format = await openFormat(source, { ...options, signal });
      return new DataFile({
        uri: formatS3Uri(location),
        store,
        format,
        counter,
        until: (own) => this.untilClosed(own),
      });
    });
  }

  /** Frees the connections and writes what the cache has in hand. */
  async close(): Promise<void> {
    const core = await this.#core;
    core?.reader.close();
    await core?.cache[Symbol.asyncDispose]();
  }
}

/** What a {@link DataFile} is made of. */
export interface DataFileInit {
  readonly uri: string;
  readonly store: Store;
  readonly format: FormatReader;
  readonly counter: ReadCounter;
  /** A caller's signal together with the session's. */
  readonly until: (signal: AbortSignal | undefined) => AbortSignal | undefined;
}

/**
 * A Parquet or CSV file as Arrow record batches or rows. It holds nothing open between calls; leaving a
 * loop early ends its requests. Names and texts hold no registered secret.
 */
export class DataFile implements AsyncDisposable {
  readonly uri: string;
  readonly #init: DataFileInit;
  readonly #closing = new AbortController();

  /** Use `session.open`. */
  constructor(init: DataFileInit) {
    this.uri = redact(init.uri);
    this.#init = init;
  }

  get format(): FormatName {
    return this.#init.format.format;
  }

  /** What opening, describing and reading cost so far. */
  get report(): ReadCounts {
    return this.#init.counter.snapshot();
  }

  /**
   * What the file holds, from as few bytes as say so.
   *
   * @throws {UnreadableFileError} when it is not what its name says, or is damaged
   */
  async describe(options: Pick<DescribeOptions, "signal"> = {}): Promise<FormatDescription> {
    const { store, format, counter } = this.#init;
    const signal = this.#signal(options.signal);
    const described = await explaining(store, signal, () => format.describe({ signal, counter }));
    return {
      ...described,
      columns: described.columns.map(({ name, type, nullable }) => ({
        name: redact(name),
        type: redact(type),
        nullable,
      })),
      schema: cleanSchema(described.schema),
      details: Object.fromEntries(
        Object.entries(described.details).map(([name, value]) =>
          [name, typeof value === "string" ? redact(value) : value] as const
        ),
      ),
    };
  }

  /**
   * The rows as record batches of apache-arrow, in the file's order; one of no rows where none match.
   *
   * @throws {UsageError} for a column that is not there, or a `where` that does not fit its columns
   * @throws {UnreadableFileError} at the first damaged place
   * @throws {ObjectChangedError} when the object was replaced since it was opened
   * @throws {CancelledError} when `signal` is aborted or the session is closed
   */
  async *batches(options: ReadFileOptions = {}): AsyncGenerator<RecordBatch, void, undefined> {
    const { store, format, counter } = this.#init;
    const signal = this.#signal(options.signal);
    const batches = format.batches({ ...options, signal, counter })[Symbol.asyncIterator]();
    try {
      while (true) {
        const next = await explaining(store, signal, () => batches.next());
        if (next.done === true) return;
        yield cleanBatch(next.value);
      }
    } finally {
      await batches.return?.();
    }
  }

  /** The rows one by one, with the values that a query gives. Fails as {@link batches} does. */
  rows(options: ReadFileOptions = {}): AsyncIterableIterator<Row> {
    return rowsOf(this.batches(options), ENGINE_VALUES);
  }

  /** Ends the reads under way; later ones are refused. */
  close(): Promise<void> {
    this.#closing.abort();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    const outer = this.#init.until(signal);
    const own = this.#closing.signal;
    return outer === undefined ? own : AbortSignal.any([own, outer]);
  }
}

/** Runs `work`; what the service refuses is looked into. */
async function explaining<T>(
  store: Store,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isDipperError(error) ? await explainFailure(store, error, signal) : error;
  }
}

/**
 * Opens a session.
 *
 * @module
 */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { throwIfAborted, UsageError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { readSettings } from "../settings.ts";
import type { Environment } from "../store/environment.ts";
import { StoreSet, type StoresOptions } from "../store/store_set.ts";
import { startAccounting } from "./accounting.ts";
import {
  type ExtensionPlaces,
  extensionPlaces,
  loadExtension,
  ownExtensionDirectory,
} from "./extensions.ts";
import { PROGRESS_SETTINGS } from "./progress.ts";
import type { Transport } from "./report.ts";
import { Routing } from "./routing.ts";
import { Runner } from "./runner.ts";
import { Session } from "./session.ts";
import { applyNetwork } from "./store_settings.ts";

/** How to open a session; everything has a default, resolved as every AWS tool does. */
export interface ConnectOptions extends StoresOptions {
  /** `direct`: DuckDB's own httpfs talks to the stores. */
  readonly transport?: Transport;
  /** Refuses statements that write to a bucket or a file. */
  readonly readOnly?: boolean;
  /** Threads of DuckDB, which are also its requests in flight; 16 when nothing is said. */
  readonly threads?: number;
  /** Most memory for DuckDB, such as `4GB`; beyond it, it spills to disk. */
  readonly memoryLimit?: string;
  /** Aborts everything in the session. */
  readonly signal?: AbortSignal;
  /** Where variables and the AWS files are looked for; default: this process's. */
  readonly environment?: Environment;
}

/**
 * httpfs' other client, curl, obeys the process's `http_proxy` whatever it is told; this one checks no
 * certificates, so it is for plain HTTP alone.
 */
const OWN_PROXIES_ONLY = "SET GLOBAL httpfs_client_implementation = 'httplib'";

/** httpfs keeps as many requests in flight as DuckDB has threads. */
const DEFAULT_THREADS = 16;

/**
 * Opens a session.
 *
 * @throws {ConfigurationError} when a profile or a setting cannot be understood
 * @throws {ExtensionError} when httpfs cannot be had
 *
 * @example
 * ```ts
 * await using session = await connect();
 * const result = await session.query("SELECT 42 AS answer");
 * ```
 */
export async function connect(options: ConnectOptions = {}): Promise<Session> {
  throwIfAborted(options.signal);
  const { transport = "direct", readOnly = false, signal } = options;
  if (transport !== "direct") {
    throw new UsageError(`there is no transport ${JSON.stringify(transport)}`, {
      hint: 'transports: "direct"',
    });
  }
  const stores = await StoreSet.resolve(storesOptions(options), options.environment);
  const { cacheDirectory } = readSettings();
  const folder = await Deno.makeTempDir({ prefix: "dipper-" });
  const dispose = () => Deno.remove(folder, { recursive: true });
  let instance: DuckDBInstance | undefined;
  try {
    instance = await DuckDBInstance.create(":memory:", {
      extension_directory: ownExtensionDirectory(cacheDirectory),
      secret_directory: `${folder}/secrets`,
      temp_directory: `${folder}/spill`,
      threads: String(checkThreads(options.threads)),
      ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
    });
    const connection = await instance.connect();
    const places = await extensionPlaces(connection, cacheDirectory);
    await prepareInstance(connection, places, stores, signal);
    if (options.environment !== undefined && stores.all.every(isPlainHttp)) {
      await connection.run(OWN_PROXIES_ONLY);
    }
    const environment = { stores, places, readOnly, routing: new Routing(stores) };
    const runner = await Runner.on(connection, environment);
    return new Session({ instance, runner, environment, transport, signal, dispose });
  } catch (error) {
    instance?.closeSync();
    stores.close();
    await dispose();
    throw error;
  }
}

async function prepareInstance(
  connection: DuckDBConnection,
  places: ExtensionPlaces,
  stores: StoreSet,
  signal: AbortSignal | undefined,
): Promise<void> {
  await loadExtension(connection, places, "httpfs", signal);
  await connection.run(PROGRESS_SETTINGS);
  const first = stores.default ?? stores.all[0];
  if (first !== undefined) await applyNetwork(connection, first);
  await startAccounting(connection);
}

function isPlainHttp({ endpoint }: Store): boolean {
  return endpoint?.protocol === "http:";
}

function storesOptions(options: ConnectOptions): StoresOptions {
  const {
    transport: _t,
    readOnly: _r,
    threads: _n,
    memoryLimit: _m,
    signal: _s,
    environment: _e,
    ...stores
  } = options;
  return stores;
}

function checkThreads(threads = DEFAULT_THREADS): number {
  if (Number.isInteger(threads) && threads >= 1 && threads <= 1024) return threads;
  throw new UsageError(`threads: ${threads} is not a number of threads`, {
    hint: "a whole number from 1 to 1024",
  });
}

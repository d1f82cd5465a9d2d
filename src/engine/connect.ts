/**
 * Opens a session.
 *
 * @module
 */
import { DuckDBInstance } from "@duckdb/node-api";
import { throwIfAborted, UsageError } from "../errors.ts";
import { type Gateway, startGateway } from "../gateway/gateway.ts";
import type { Store } from "../store/store.ts";
import { DEFAULT_SETTINGS, type ReadSettings } from "../range/settings.ts";
import { readSettings } from "../settings.ts";
import type { Environment } from "../store/environment.ts";
import { StoreSet, type StoresOptions } from "../store/store_set.ts";
import { extensionPlaces, loadExtension, ownExtensionDirectory } from "./extensions.ts";
import { PROGRESS_SETTINGS } from "./progress.ts";
import type { Transport } from "./report.ts";
import { Runner } from "./runner.ts";
import { Session } from "./session.ts";
import type { Budget, Carrier } from "./transport/carrier.ts";
import { DirectCarrier } from "./transport/direct.ts";
import { GatewayCarrier } from "./transport/gateway.ts";

/** How to open a session; everything has a default, resolved as every AWS tool does. */
export interface ConnectOptions extends StoresOptions, Budget {
  /**
   * `gateway`, the default: DuckDB's requests go through an S3 endpoint of this process, which reads
   * ahead, caches and holds the credentials. `direct`: DuckDB's own httpfs talks to the stores, and
   * nothing is cached.
   */
  readonly transport?: Transport;
  /** Where bytes of objects are kept; what is not said, the environment says (`DIPPER_CACHE…`). */
  readonly cache?: CacheOptions;
  /** Bytes that each query may receive from the stores, unless it says otherwise itself. */
  readonly maxBytes?: number;
  /** Requests that each query may send to the stores, unless it says otherwise itself. */
  readonly maxRequests?: number;
  /**
   * Seconds for which a request that fails is tried again, as long as it brings nothing; 30 when
   * nothing is said. Not in direct transport.
   */
  readonly retrySeconds?: number;
  /** Seconds without an answer after which a request has failed; 20. Not in direct transport. */
  readonly timeoutSeconds?: number;
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

/** Where bytes of objects are kept. */
export interface CacheOptions {
  /** Folder for what may be deleted at any time. */
  readonly directory?: string;
  /** Most bytes on disk. */
  readonly size?: number;
  /** `off`: nothing is kept on disk. */
  readonly disk?: "on" | "off";
  /** Most bytes in memory; 64 MiB when nothing is said. */
  readonly memory?: number;
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
  const { transport = "gateway", readOnly = false, signal } = options;
  checkTransport(transport);
  const threads = String(checkThreads(options.threads));
  const stores = await StoreSet.resolve(storesOptions(options), options.environment);
  const starting = transport === "gateway" ? openGateway(stores, options) : undefined;
  starting?.catch(() => {}); // told where it is awaited
  const { cacheDirectory } = readSettings();
  const folder = await Deno.makeTempDir({ prefix: "dipper-" });
  const dispose = () => Deno.remove(folder, { recursive: true });
  let instance: DuckDBInstance | undefined;
  try {
    instance = await DuckDBInstance.create(":memory:", {
      extension_directory: ownExtensionDirectory(cacheDirectory),
      secret_directory: `${folder}/secrets`,
      temp_directory: `${folder}/spill`,
      threads,
      ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
    });
    const connection = await instance.connect();
    const places = await extensionPlaces(connection, cacheDirectory);
    await loadExtension(connection, places, "httpfs", signal);
    await connection.run(PROGRESS_SETTINGS);
    const isPlain = options.environment !== undefined && stores.all.every(isPlainHttp);
    if (isPlain) await connection.run(OWN_PROXIES_ONLY);
    const carrier: Carrier = starting === undefined
      ? await DirectCarrier.on(connection, stores)
      : await GatewayCarrier.on(connection, stores, await starting);
    const environment = { stores, places, readOnly, carrier };
    const runner = new Runner(connection, environment);
    const { maxBytes, maxRequests } = options;
    const budget = { maxBytes, maxRequests };
    // Direct transport caches nothing.
    const cache: CacheOptions = transport === "direct" ? { disk: "off" } : options.cache ?? {};
    return new Session({ instance, runner, environment, budget, cache, signal, dispose });
  } catch (error) {
    instance?.closeSync();
    await starting?.then((gateway) => gateway.close(), () => {});
    stores.close();
    await dispose();
    throw error;
  }
}

async function openGateway(stores: StoreSet, options: ConnectOptions): Promise<Gateway> {
  const { readOnly = false, cache, signal, notice } = options;
  return await startGateway({
    stores,
    mode: readOnly ? "read-only" : "read-write",
    cache,
    notice,
    signal,
    settings: readingSettings(options),
  });
}

function readingSettings({ retrySeconds, timeoutSeconds }: ConnectOptions): Partial<ReadSettings> {
  const milliseconds = (seconds: number, name: string) => {
    if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
    throw new UsageError(`${name}: ${seconds} is not a number of seconds`, {
      hint: "a number, 0 or above",
    });
  };
  const settings: { -readonly [Name in keyof ReadSettings]?: ReadSettings[Name] } = {};
  if (retrySeconds !== undefined) {
    settings.retryBudget = milliseconds(retrySeconds, "retrySeconds");
    settings.unreachableBudget = Math.min(
      settings.retryBudget,
      DEFAULT_SETTINGS.unreachableBudget,
    );
  }
  if (timeoutSeconds !== undefined) {
    settings.headTimeout = milliseconds(timeoutSeconds, "timeoutSeconds");
    settings.idleTimeout = Math.min(settings.headTimeout, DEFAULT_SETTINGS.idleTimeout);
  }
  return settings;
}

function checkTransport(transport: string): void {
  if (transport === "gateway" || transport === "direct") return;
  throw new UsageError(`there is no transport ${JSON.stringify(transport)}`, {
    hint: 'transports: "gateway", "direct"',
  });
}

function isPlainHttp({ endpoint }: Store): boolean {
  return endpoint?.protocol === "http:";
}

function storesOptions(options: ConnectOptions): StoresOptions {
  const {
    transport: _t,
    cache: _c,
    maxBytes: _b,
    maxRequests: _q,
    retrySeconds: _rs,
    timeoutSeconds: _ts,
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

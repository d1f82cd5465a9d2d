/**
 * Sees to it that DuckDB has, before each statement, the right credentials for the buckets that the
 * statement names: the default store's in the connection, other stores' by bucket.
 *
 * @module
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Store } from "../store/store.ts";
import type { StoreSet } from "../store/store_set.ts";
import { knownRegion, learnRegion } from "../store/region.ts";
import type { NamedRegion } from "./accounting.ts";
import {
  applyBucketStore,
  applyDefaultStore,
  applyNoStore,
  hasOwnSecret,
  settingsKey,
} from "./store_settings.ts";

/** What is set where, for one DuckDB instance. */
export class Routing {
  readonly #stores: StoreSet;
  /** What each connection's default is. */
  readonly #defaults = new WeakMap<DuckDBConnection, string>();
  /** What each bucket's secret holds; secrets belong to the whole instance. */
  readonly #buckets = new Map<string, string>();
  /** Buckets that statements have named. */
  readonly #known = new Set<string>();

  constructor(stores: StoreSet) {
    this.#stores = stores;
  }

  /**
   * Prepares `connection` for a statement that names `buckets`, and renews what earlier statements
   * needed: a view may read it.
   *
   * @throws {CredentialsError} when a store has none
   * @throws {StoreMappingError} when a bucket has no store, or more than one
   */
  async prepare(
    connection: DuckDBConnection,
    named: readonly string[],
    needsStore: boolean,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#prepareDefault(connection, needsStore, signal);
    for (const bucket of new Set([...named, ...this.#known])) {
      await this.#prepareBucket(connection, bucket, signal);
      this.#known.add(bucket);
    }
  }

  /**
   * Takes over the regions that services named when they refused a request: httpfs follows them, but
   * asks in the wrong place first, every time, and says nothing.
   */
  async learnRegions(regions: readonly NamedRegion[]): Promise<void> {
    for (const { path, region } of regions) {
      const bucket = [...this.#known].find((name) => path.startsWith(`/${name}/`)) ??
        (this.#known.size === 1 ? [...this.#known][0] : undefined);
      if (bucket !== undefined) learnRegion(await this.#stores.storeFor(bucket), bucket, region);
    }
  }

  async #prepareDefault(
    connection: DuckDBConnection,
    needsStore: boolean,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const store = this.#stores.default;
    if (store === undefined || (!needsStore && this.#known.size === 0)) {
      if (!this.#defaults.has(connection)) await applyNoStore(connection);
      if (!this.#defaults.has(connection)) this.#defaults.set(connection, "");
      return;
    }
    const credentials = await store.credentials(signal);
    const key = settingsKey(store, credentials);
    if (this.#defaults.get(connection) === key) return;
    await applyDefaultStore(connection, store, credentials);
    this.#defaults.set(connection, key);
  }

  async #prepareBucket(
    connection: DuckDBConnection,
    bucket: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (await hasOwnSecret(connection, bucket)) return;
    const store = await this.#stores.storeFor(bucket, signal);
    const region = knownRegion(store, bucket);
    if (store === this.#stores.default && region === store.region) return;
    await this.#applyBucket(connection, bucket, store, region, signal);
  }

  async #applyBucket(
    connection: DuckDBConnection,
    bucket: string,
    store: Store,
    region: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const credentials = await store.credentials(signal);
    const key = `${settingsKey(store, credentials)} ${region}`;
    if (this.#buckets.get(bucket) === key) return;
    await applyBucketStore(connection, bucket, store, credentials, region);
    this.#buckets.set(bucket, key);
  }
}

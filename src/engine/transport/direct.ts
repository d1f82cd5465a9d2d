/**
 * Direct transport: DuckDB's own httpfs talks to the stores, with their credentials.
 *
 * @module
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { type DipperError, isDipperError, UsageError } from "../../errors.ts";
import { s3Client } from "../../store/client.ts";
import { bucketRegion, knownRegion, learnRegion } from "../../store/region.ts";
import type { StoreSet } from "../../store/store_set.ts";
import {
  clearTraffic,
  connectionId,
  readTraffic,
  startAccounting,
  type Traffic,
} from "../accounting.ts";
import { Routing } from "../routing.ts";
import { applyNetwork } from "../store_settings.ts";
import type { Budget, CarriedCall, Carrier, Mentions } from "./carrier.ts";

/** Carries requests by httpfs itself. */
export class DirectCarrier implements Carrier {
  readonly transport = "direct";
  readonly #stores: StoreSet;
  readonly #routing: Routing;
  #underWay = 0;

  private constructor(stores: StoreSet) {
    this.#stores = stores;
    this.#routing = new Routing(stores);
  }

  /** A carrier for the instance of `connection`. */
  static async on(connection: DuckDBConnection, stores: StoreSet): Promise<DirectCarrier> {
    const first = stores.default ?? stores.all[0];
    if (first !== undefined) await applyNetwork(connection, first);
    await startAccounting(connection);
    return new DirectCarrier(stores);
  }

  async begin(connection: DuckDBConnection, budget: Budget): Promise<CarriedCall> {
    if (budget.maxBytes !== undefined || budget.maxRequests !== undefined) {
      throw new UsageError("direct transport cannot hold a budget", {
        hint: 'leave out maxBytes and maxRequests, or use transport: "gateway"',
      });
    }
    if (this.#underWay === 0) await clearTraffic(connection);
    const id = await connectionId(connection);
    this.#underWay++;
    return new DirectCall(connection, id, this.#stores, this.#routing, () => this.#underWay--);
  }

  async close(): Promise<void> {}
}

class DirectCall implements CarriedCall {
  readonly #connection: DuckDBConnection;
  readonly #id: bigint;
  readonly #stores: StoreSet;
  readonly #routing: Routing;
  readonly #ended: () => void;

  constructor(
    connection: DuckDBConnection,
    id: bigint,
    stores: StoreSet,
    routing: Routing,
    ended: () => void,
  ) {
    this.#connection = connection;
    this.#id = id;
    this.#stores = stores;
    this.#routing = routing;
    this.#ended = ended;
  }

  async prepare({ buckets, mentionsS3 }: Mentions, signal?: AbortSignal): Promise<void> {
    await this.#routing.prepare(this.#connection, buckets, mentionsS3, signal);
  }

  secretDefaults(): undefined {}

  readonly readsAhead = false;

  expect(): Promise<void> {
    return Promise.resolve();
  }

  async writing<T>(statement: () => Promise<T>): Promise<T> {
    return await statement();
  }

  holdsWrites(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async learnFrom(failure: DipperError, region: string | undefined): Promise<boolean> {
    const { bucket } = failure.context;
    if (!isDipperError(failure, "wrong_region") || bucket === undefined) return false;
    const store = await this.#stores.storeFor(bucket);
    const before = knownRegion(store, bucket);
    if (region !== undefined) learnRegion(store, bucket, region);
    if (knownRegion(store, bucket) !== before) return true;
    return await bucketRegion(s3Client(store), store, bucket) !== before;
  }

  failures(): Promise<readonly DipperError[]> {
    return Promise.resolve([]);
  }

  locate(): undefined {}

  async traffic(): Promise<Traffic> {
    const { traffic, regions } = await readTraffic(this.#connection, this.#id);
    if (regions.length > 0) await this.#routing.learnRegions(regions);
    return traffic;
  }

  end(): Promise<void> {
    this.#ended();
    return Promise.resolve();
  }
}

/**
 * Gateway transport: DuckDB's requests go to an S3 endpoint of this process, which holds the
 * credentials, reads through the cache, and keeps what a statement writes invisible until it has
 * succeeded. Each call has an access key of its own there, so that requests, bytes and budget are its.
 *
 * @module
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { type DipperError, InternalError } from "../../errors.ts";
import type { Activity } from "../../gateway/activity.ts";
import type { ReadHint } from "../../gateway/ahead/hint.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { IssuedKey } from "../../gateway/keys.ts";
import { unpackError } from "../../gateway/messages.ts";
import { exemptLoopback } from "../../store/environment.ts";
import { bucketMeant, objectMeant, VERSION_OF_MACRO } from "../../gateway/version_address.ts";
import type { Store } from "../../store/store.ts";
import type { StoreSet } from "../../store/store_set.ts";
import { decodedPath } from "../../store/uri.ts";
import {
  clearTraffic,
  connectionId,
  readTraffic,
  startAccounting,
  type Traffic,
} from "../accounting.ts";
import { addBytes, addRequestCounts, bytesOfReads, totalRequests } from "../report.ts";
import type { SecretDefaults } from "../sql/own_secret.ts";
import { quoteLiteral } from "../sql/quote.ts";
import {
  applyDefaultStore,
  applyGateway,
  applyPatience,
  applyProxyForUrls,
  hasOwnSecret,
  secretDefaults,
} from "../store_settings.ts";
import type { Budget, CarriedCall, Carrier, Mentions } from "./carrier.ts";

/** Carries requests through a gateway. */
export class GatewayCarrier implements Carrier {
  readonly transport = "gateway";
  readonly stores: StoreSet;
  readonly gateway: Gateway;
  readonly host: string;
  /** Where connections are pointed. */
  readonly #aims = new WeakMap<DuckDBConnection, "gateway" | "store">();
  #calls = 0;
  #underWay = 0;
  #isWatching = false;

  private constructor(stores: StoreSet, gateway: Gateway) {
    this.stores = stores;
    this.gateway = gateway;
    this.host = new URL(gateway.endpoint).host;
  }

  /** A carrier for the instance of `connection`; the gateway is its own from now on. */
  static async on(
    connection: DuckDBConnection,
    stores: StoreSet,
    gateway: Gateway,
  ): Promise<GatewayCarrier> {
    exemptLoopback();
    await connection.run(VERSION_OF_MACRO);
    await applyProxyForUrls(connection, stores.default ?? stores.all[0]);
    return new GatewayCarrier(stores, gateway);
  }

  async begin(connection: DuckDBConnection, budget: Budget): Promise<CarriedCall> {
    if (this.#isWatching && this.#underWay === 0) await clearTraffic(connection);
    const name = `query-${++this.#calls}`;
    const { maxBytes, maxRequests } = budget;
    const key = await this.gateway.issueKey(name, { kind: "statement", maxBytes, maxRequests });
    this.#underWay++;
    return new GatewayCall(this, connection, key, () => this.#underWay--);
  }

  close(): Promise<void> {
    return this.gateway.close();
  }

  /**
   * Requests past the gateway are counted by DuckDB's log. It is started only when a statement could
   * cause some, because it costs time, and is never stopped: a view may go on causing them.
   */
  async watch(connection: DuckDBConnection): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    await startAccounting(connection);
  }

  /** Whether a secret made in SQL, and so the way past the gateway, answers for `bucket`. */
  async isBypassed(connection: DuckDBConnection, bucket: string): Promise<boolean> {
    return this.#isWatching && await hasOwnSecret(connection, bucket);
  }

  /** What went past the gateway, from `connection`. */
  async bypassed(connection: DuckDBConnection): Promise<Traffic | undefined> {
    if (!this.#isWatching) return undefined;
    const id = await connectionId(connection);
    return (await readTraffic(connection, id, { without: this.host })).traffic;
  }

  /** Points `connection` at the gateway, as the holder of `key`. */
  async aimAtGateway(connection: DuckDBConnection, key: IssuedKey): Promise<void> {
    if (this.#aims.get(connection) !== "gateway") {
      await applyGateway(connection, this.host, key.secretAccessKey);
      this.#aims.set(connection, "gateway");
    }
    await connection.run(`SET SESSION s3_access_key_id = ${quoteLiteral(key.accessKeyId)}`);
  }

  /**
   * Points `connection` at the default store, without credentials: for statements all of whose buckets
   * a secret made in SQL answers for. What such a secret leaves open, its endpoint above all, DuckDB
   * takes from here.
   */
  async aimAtStore(connection: DuckDBConnection, store: Store): Promise<void> {
    if (this.#aims.get(connection) === "store") return;
    await applyDefaultStore(connection, store, undefined);
    await applyPatience(connection, "duckdb");
    this.#aims.set(connection, "store");
  }
}

class GatewayCall implements CarriedCall {
  readonly #carrier: GatewayCarrier;
  readonly #connection: DuckDBConnection;
  readonly #key: IssuedKey;
  readonly #name: string;
  readonly #ended: () => void;
  #isFirst = true;

  constructor(
    carrier: GatewayCarrier,
    connection: DuckDBConnection,
    key: IssuedKey,
    ended: () => void,
  ) {
    this.#carrier = carrier;
    this.#connection = connection;
    this.#key = key;
    this.#name = key.accessKeyId;
    this.#ended = ended;
  }

  async prepare({ buckets, mayBypass }: Mentions, signal?: AbortSignal): Promise<void> {
    const carrier = this.#carrier;
    if (mayBypass) await carrier.watch(this.#connection);
    if (!this.#isFirst) await carrier.gateway.forget(this.#name);
    this.#isFirst = false;
    const served: string[] = [];
    for (const bucket of buckets.map(bucketMeant)) {
      if (!await carrier.isBypassed(this.#connection, bucket)) served.push(bucket);
    }
    for (const bucket of served) {
      const store = await carrier.stores.storeFor(bucket, signal);
      await store.credentials(signal);
    }
    const store = carrier.stores.default;
    const isPast = buckets.length > 0 && served.length === 0 && store !== undefined;
    if (isPast) await carrier.aimAtStore(this.#connection, store);
    else await carrier.aimAtGateway(this.#connection, this.#key);
  }

  secretDefaults(): SecretDefaults {
    return secretDefaults(this.#carrier.stores.default);
  }

  readonly readsAhead = true;

  async expect(hint: ReadHint): Promise<void> {
    if (hint.scans.length > 0) await this.#carrier.gateway.hint(this.#name, hint);
  }

  async writing<T>(statement: () => Promise<T>): Promise<T> {
    const { gateway } = this.#carrier;
    await gateway.hold(this.#name);
    let result: T;
    try {
      result = await statement();
    } catch (error) {
      await gateway.abort(this.#name);
      throw error;
    }
    await gateway.commit(this.#name);
    return result;
  }

  async holdsWrites(bucket: string): Promise<boolean> {
    return !await this.#carrier.isBypassed(this.#connection, bucket);
  }

  learnFrom(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async failures(): Promise<readonly DipperError[]> {
    const { failures } = await this.#carrier.gateway.counts(this.#name);
    return failures.map(unpackError);
  }

  locate(url: URL): ReturnType<typeof objectMeant> | undefined {
    if (url.host !== this.#carrier.host) return undefined;
    const [bucket, ...key] = url.pathname.slice(1).split("/");
    return objectMeant({ bucket: decodedPath(bucket), key: decodedPath(key.join("/")) });
  }

  async traffic(): Promise<Traffic> {
    const activity = await this.#carrier.gateway.counts(this.#name);
    return withBypassed(trafficOf(activity), await this.#carrier.bypassed(this.#connection));
  }

  async end(): Promise<void> {
    this.#ended();
    try {
      await this.#carrier.gateway.revokeKey(this.#name);
    } catch (error) {
      if (!(error instanceof InternalError)) throw error; // the gateway is closed
    }
  }
}

function trafficOf(activity: Activity): Traffic {
  const { reads, sent, retries, hedges, bytes, ahead, objects, objectBytes } = activity;
  return {
    requests: sent,
    bytes: {
      ...bytesOfReads(reads),
      written: bytes.written,
      unread: ahead.fetched - ahead.used,
      ofFiles: objectBytes,
    },
    retries,
    hedges,
    files: objects,
    bypassed: 0,
  };
}

function withBypassed(traffic: Traffic, past: Traffic | undefined): Traffic {
  if (past === undefined) return traffic;
  return {
    ...traffic,
    requests: addRequestCounts(traffic.requests, past.requests),
    bytes: addBytes(traffic.bytes, past.bytes),
    retries: traffic.retries + past.retries,
    files: traffic.files + past.files,
    bypassed: totalRequests(past.requests),
  };
}

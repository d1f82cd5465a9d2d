/**
 * The endpoint itself: an S3 service on the loopback interface.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { isDipperError, UsageError } from "../errors.ts";
import type { BlockCache } from "../range/block_cache.ts";
import { NO_CACHE } from "../range/no_cache.ts";
import { RangeReader } from "../range/reader.ts";
import { DEFAULT_SETTINGS, type ReadSettings } from "../range/settings.ts";
import type { Activity } from "./activity.ts";
import { Ahead } from "./ahead/ahead.ts";
import { PinnedCache } from "./ahead/pinned_cache.ts";
import type { ReadHint } from "./ahead/hint.ts";
import { bucketFilter, servedOnly } from "./allowed_buckets.ts";
import { authenticate } from "./authenticate.ts";
import { Client, type KeyOptions } from "./client.ts";
import type { Exchange, GatewayParts, Locator } from "./exchange.ts";
import { kindOf } from "./forward.ts";
import { type CommittedWrites, HeldWrites } from "./held_writes.ts";
import type { HttpAnswer } from "./http/answer.ts";
import type { HttpRequest } from "./http/request.ts";
import { HttpServer } from "./http/server.ts";
import { type IssuedKey, KeyRing } from "./keys.ts";
import { memoryName } from "./object_memory.ts";
import { answerOffline } from "./offline/answer.ts";
import type { OfflineCatalogue } from "./offline/catalogue.ts";
import { readBucket, readService } from "./read_bucket.ts";
import { isPlainRead, readObject } from "./read_object.ts";
import { refusalOf, refusalResponse, S3Refusal } from "./refusal.ts";
import { Upstream } from "./upstream.ts";
import { parseQuery, splitPath, targetOf } from "./uri_text.ts";
import { resolveVersion } from "./version_address.ts";
import { isRead, write } from "./write_object.ts";

/** What the endpoint is made of. */
export interface GatewayServerOptions {
  readonly stores: Locator;
  /** `read-write` by default. */
  readonly mode?: "read-only" | "read-write";
  /** Names and patterns of the buckets that are served; all by default. */
  readonly buckets?: readonly string[];
  readonly cache?: BlockCache;
  readonly settings?: Partial<ReadSettings>;
  /** Given: answers come from it and from the cache alone, and no request is sent to a store. */
  readonly offline?: OfflineCatalogue;
  /** 0, by default: any free one. */
  readonly port?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Parameters that belong to a presigned address. */
const SIGNATURE =
  /^X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token|Content-Sha256)$/;

/** An S3 service on 127.0.0.1 in this thread. */
export class GatewayServer implements AsyncDisposable {
  readonly reader: RangeReader;
  readonly #keys = new KeyRing();
  readonly #clients = new Map<string, Client>();
  readonly #parts: GatewayParts;
  readonly #now: () => number;
  readonly #server: HttpServer;
  readonly #stop = new AbortController();
  readonly #idPrefix = randomBytes(4).toString("hex");
  #received = 0;
  readonly #pinned: PinnedCache | undefined;
  readonly #aheadMost: number;

  constructor(options: GatewayServerOptions) {
    const { stores, cache, settings, offline, mode = "read-write", port = 0 } = options;
    const { aheadMost } = { ...DEFAULT_SETTINGS, ...settings };
    // Nothing is kept without a cache, so nothing is fetched ahead.
    const isAhead = cache !== undefined && cache !== NO_CACHE && aheadMost > 0 &&
      offline === undefined;
    this.#pinned = isAhead ? new PinnedCache(cache) : undefined;
    this.#aheadMost = aheadMost;
    const network = offline && "none";
    this.reader = new RangeReader({ cache: this.#pinned ?? cache, settings, network });
    this.#now = options.now ?? Date.now;
    const allows = bucketFilter(options.buckets);
    this.#parts = {
      stores: servedOnly(stores, allows),
      allows,
      mode,
      reader: this.reader,
      upstream: new Upstream({ ...DEFAULT_SETTINGS, ...settings }),
      offline,
      changed: (client, bucket, key) => this.#changed(client, bucket, key),
    };
    this.#server = new HttpServer(port, (request) => this.#answer(request));
  }

  /** Requests that came, with those that were refused. */
  get received(): number {
    return this.#received;
  }

  /** `http://127.0.0.1:PORT`. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  /**
   * A key for `name`; the same again when it has one. Options hold from the first time on.
   *
   * @throws {UsageError} when `name` cannot be an access key
   */
  issueKey(name: string, options: KeyOptions = {}): IssuedKey {
    const key = this.#keys.issue(name, options.kind === "statement" ? "shared" : "own");
    if (!this.#clients.has(name)) {
      const client = new Client(name, this.reader.counter, options);
      this.#clients.set(name, client);
      client.ahead = this.#pinned && new Ahead({
        reader: this.reader,
        cache: this.#pinned,
        stores: this.#parts.stores,
        account: client.account,
        memory: client.memory,
        most: this.#aheadMost,
        follows: client.kind === "statement" ? "listings" : "objects",
      });
    }
    return key;
  }

  /** Makes the key of `name` worthless and drops what it has in hold; returns what it did. */
  async revokeKey(name: string): Promise<Activity> {
    const client = this.#client(name);
    this.#keys.revoke(name);
    client.stop();
    await this.abort(name);
    this.#clients.delete(name);
    return client.account.snapshot();
  }

  /** What `name` knows of objects is not believed any more: its next statement begins. */
  forget(name: string): void {
    const client = this.#client(name);
    client.stop();
    client.ahead?.stop();
    client.memory.clear();
  }

  /** What is known of the statement that `name` sends next, after {@link GatewayServer.forget}. */
  hint(name: string, hint: ReadHint): void {
    this.#client(name).ahead?.hint(hint);
  }

  /** What `name` writes from now on stays invisible until {@link GatewayServer.commit}. */
  hold(name: string): void {
    const client = this.#client(name);
    client.held ??= new HeldWrites(this.#parts.upstream, client.account);
  }

  /**
   * Makes visible what `name` wrote since {@link GatewayServer.hold}, and ends the hold.
   *
   * @throws {PartialError | DipperError} when the service refuses; the rest is aborted
   */
  async commit(name: string): Promise<CommittedWrites> {
    const client = this.#client(name);
    client.ahead?.stop();
    const { held } = client;
    client.held = undefined;
    try {
      return await held?.commit(this.#stop.signal) ?? { written: [], removed: [] };
    } finally {
      for (const each of this.#clients.values()) {
        if (each.kind === "tool" || each === client) each.memory.clear();
      }
    }
  }

  /** Drops what `name` wrote since {@link GatewayServer.hold}, and ends the hold. */
  async abort(name: string): Promise<void> {
    const client = this.#client(name);
    client.ahead?.stop();
    const { held } = client;
    client.held = undefined;
    await held?.abort();
  }

  /** What `name` did so far. */
  counts(name: string): Activity {
    return this.#client(name).account.snapshot();
  }

  /** Ends what is under way, aborts what is in hold and closes all connections. */
  async close(): Promise<void> {
    await Promise.all([...this.#clients.keys()].map((name) => this.abort(name)));
    this.#stop.abort();
    for (const client of this.#clients.values()) client.stop();
    await this.#server.shutdown();
    this.#parts.upstream.close();
    await this.reader.settled();
    this.reader.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(request: HttpRequest): Promise<HttpAnswer> {
    const { method, target, headers, body } = request;
    const requestId = `${this.#idPrefix}${(++this.#received).toString(16).padStart(8, "0")}`
      .toUpperCase();
    const { path, query } = targetOf(target);
    let client: Client | undefined;
    try {
      this.#checkSender(request);
      const pairs = parseQuery(query);
      const authenticated = authenticate(
        { method, path, query: pairs, headers },
        this.#keys,
        this.#now(),
      );
      client = this.#client(authenticated.name);
      // Writes end by themselves: an upload that was begun and not noted would stay.
      const { signal } = method === "GET" || method === "HEAD" ? client : this.#stop;
      const said = pairs.filter(([name]) => !SIGNATURE.test(name));
      return await perform({
        parts: this.#parts,
        method,
        ...resolveVersion({ ...splitPath(path), query: said }, method),
        headers,
        body,
        client,
        authenticated,
        requestId,
        signal,
      });
    } catch (error) {
      client?.account.failed(error);
      if (isDipperError(error, "cancelled")) return { status: 499, headers: {}, body: null };
      return refusalResponse(refusalOf(error), { method, resource: path, requestId });
    }
  }

  /** A page in a browser can reach this port as well: what only browsers send is refused. */
  #checkSender({ method, headers }: HttpRequest): void {
    const { port } = this.#server;
    const host = headers.get("host");
    if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
      throw new S3Refusal("AccessDenied", "The request is for another host.");
    }
    if (method === "OPTIONS" || headers.has("origin")) {
      throw new S3Refusal("AccessDenied", "Pages in a browser have no access here.");
    }
  }

  /** Another statement keeps the state that it knows: it then fails, and mixes nothing. */
  #changed(by: Client, bucket: string, key: string): void {
    const name = memoryName(bucket, key, undefined);
    for (const client of this.#clients.values()) {
      if (client.kind === "tool" || client === by) client.memory.forget(name);
    }
  }

  #client(name: string): Client {
    const client = this.#clients.get(name);
    if (client !== undefined) return client;
    throw new UsageError(`no key was issued to ${name}`, { hint: "Call issueKey first." });
  }
}

async function perform(exchange: Exchange): Promise<HttpAnswer> {
  const { bucket, client } = exchange;
  client.account.received(kindOf(exchange));
  const { offline } = exchange.parts;
  if (offline !== undefined) return await answerOffline(exchange, offline);
  if (!isRead(exchange)) {
    if (exchange.key !== "") client.account.touched(bucket, exchange.key);
    return await write(exchange);
  }
  if (bucket === "") return await readService(exchange);
  return isPlainRead(exchange) ? await readObject(exchange) : await readBucket(exchange);
}

/**
 * Connections to a store: its certificates, its proxy, HTTP/1.1.
 *
 * One HTTP/2 connection carries all requests to a host and is slower than many of HTTP/1.1 (services cap
 * the bandwidth of a connection, and a lost packet stops all), so HTTP/2 is not offered.
 *
 * The core has connections of its own, which need less CPU than `fetch` (`http/connection.ts`); through a
 * proxy it is `fetch`.
 *
 * @module
 */
import type { Store } from "../store/store.ts";
import { readCertificates } from "../store/tls.ts";
import type { Answer } from "./http/answer.ts";
import { ConnectionPool, type WireRequest } from "./http/pool.ts";
import type { Agents } from "./plain_fetch.ts";

/** `fetch` as the core calls it where it is told to. */
export type Fetch = (
  url: string,
  init: RequestInit & { readonly client?: Deno.HttpClient },
) => Promise<Answer>;

/** Milliseconds for which an unused connection stays open. */
const IDLE = 20_000;

/** The clients of one reader, one a combination of certificates and proxy. */
export class HttpClients {
  readonly #pools = new Map<string, ConnectionPool>();
  readonly #clients = new Map<string, Deno.HttpClient>();
  readonly #agents = new Map<string, Agents>();
  readonly #most: number;

  /** @param most idle connections per host */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Sends a request without a body; the bytes of its answer come as they are stored.
   *
   * @throws {ConfigurationError} when the CA bundle cannot be read
   */
  async send(store: Store, request: WireRequest, signal: AbortSignal): Promise<Answer> {
    if (store.proxy === undefined) return await this.#poolFor(store).send(request, signal);
    const { method, origin, target, headers } = request;
    const client = this.for(store);
    return await fetch(`${origin}${target}`, {
      method,
      headers,
      signal,
      client,
      redirect: "manual",
    });
  }

  /** Opens connections for requests that come soon, where none is open; through a proxy, none. */
  prepare(store: Store, origin: string, count: number): void {
    if (store.proxy === undefined) this.#poolFor(store).prepare(origin, count);
  }

  /** What `fetch` sends by. @throws {ConfigurationError} when the CA bundle cannot be read */
  for(store: Store): Deno.HttpClient {
    const name = nameOf(store);
    let client = this.#clients.get(name);
    if (client === undefined) {
      client = Deno.createHttpClient({
        http2: false,
        poolMaxIdlePerHost: this.#most,
        poolIdleTimeout: IDLE,
        caCerts: readCertificates(store.caBundle),
        ...(store.proxy === undefined ? {} : { proxy: proxyOptions(store.proxy) }),
      });
      this.#clients.set(name, client);
    }
    return client;
  }

  /** The same for {@link plainFetch}. */
  async agentsFor(store: Store): Promise<Agents> {
    const { requestHandler } = await import("../store/transport.ts");
    const name = nameOf(store);
    const agents = this.#agents.get(name) ?? requestHandler(store);
    this.#agents.set(name, agents);
    return agents;
  }

  #poolFor(store: Store): ConnectionPool {
    const name = nameOf(store);
    let pool = this.#pools.get(name);
    if (pool === undefined) {
      const certificates = readCertificates(store.caBundle);
      pool = new ConnectionPool({ most: this.#most, idle: IDLE, certificates });
      this.#pools.set(name, pool);
    }
    return pool;
  }

  /** Closes the connections; requests under way fail. */
  close(): void {
    for (const pool of this.#pools.values()) pool.close();
    this.#pools.clear();
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
    for (const { httpAgent, httpsAgent } of this.#agents.values()) {
      httpAgent.destroy();
      httpsAgent.destroy();
    }
    this.#agents.clear();
  }
}

function nameOf({ caBundle, proxy }: Store): string {
  return `${caBundle ?? ""}\n${proxy?.href ?? ""}`;
}

function proxyOptions(proxy: URL): Deno.Proxy {
  const url = `${proxy.protocol}//${proxy.host}`;
  if (proxy.username === "") return { url };
  return {
    url,
    basicAuth: {
      username: decodeURIComponent(proxy.username),
      password: decodeURIComponent(proxy.password),
    },
  };
}

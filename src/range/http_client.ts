/**
 * Connections to a store: its certificates, its proxy, HTTP/1.1.
 *
 * One HTTP/2 connection carries all requests to a host and is slower than many of HTTP/1.1 (services cap
 * the bandwidth of a connection, and a lost packet stops all), so HTTP/2 is not offered.
 *
 * @module
 */
import type { Store } from "../store/store.ts";
import { readCertificates } from "../store/tls.ts";
import { requestHandler } from "../store/transport.ts";
import type { Agents } from "./plain_fetch.ts";

/** `fetch` as the core calls it. */
export type Fetch = (
  url: string,
  init: RequestInit & { readonly client?: Deno.HttpClient },
) => Promise<Response>;

/** Milliseconds for which an unused connection stays open. */
const IDLE = 20_000;

/** The clients of one reader, one a combination of certificates and proxy. */
export class HttpClients {
  readonly #clients = new Map<string, Deno.HttpClient>();
  readonly #agents = new Map<string, Agents>();
  readonly #most: number;

  /** @param most idle connections per host */
  constructor(most: number) {
    this.#most = most;
  }

  /** @throws {ConfigurationError} when the CA bundle cannot be read */
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
  agentsFor(store: Store): Agents {
    const name = nameOf(store);
    const agents = this.#agents.get(name) ?? requestHandler(store);
    this.#agents.set(name, agents);
    return agents;
  }

  /** Closes the connections; requests under way fail. */
  close(): void {
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

/**
 * How the SDK's requests travel: connections kept open, certificates, proxy, time-outs.
 *
 * It is `node:http` and not `fetch`: `fetch` of Deno 2.6 inflates objects with `Content-Encoding:
 * gzip` whatever `accept-encoding` says, and takes the length from their HEAD answers.
 *
 * @module
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent, type HttpsProxyAgentOptions } from "https-proxy-agent";
import { readCertificates } from "./tls.ts";

/** What a connection depends on. */
export interface TransportSettings {
  readonly caBundle: string | undefined;
  readonly proxy: URL | undefined;
}

/** The SDK's options of that name. */
export interface RequestHandlerOptions {
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly throwOnRequestTimeout: true;
  readonly socketTimeout: number;
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

/** Milliseconds until a connection stands. */
export const CONNECTION_TIMEOUT = 10_000;

/** Milliseconds until the head of the answer is there. */
export const REQUEST_TIMEOUT = 60_000;

const MAX_SOCKETS = 64;

/** @throws {ConfigurationError} when the CA bundle cannot be read */
export function requestHandler(settings: TransportSettings): RequestHandlerOptions {
  const ca = readCertificates(settings.caBundle);
  const pool = { keepAlive: true, maxSockets: MAX_SOCKETS, ...(ca.length > 0 ? { ca } : {}) };
  const { proxy } = settings;
  return {
    connectionTimeout: CONNECTION_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    throwOnRequestTimeout: true,
    socketTimeout: REQUEST_TIMEOUT,
    httpAgent: proxy === undefined ? new HttpAgent(pool) : new HttpProxyAgent(proxy, pool),
    httpsAgent: proxy === undefined
      ? new HttpsAgent(pool)
      : new TunnelAgent(proxy, ca, pool) as unknown as HttpsAgent,
  };
}

/** Trusts `ca` inside the tunnel as well: Deno's agents do not hand their options on. */
class TunnelAgent extends HttpsProxyAgent<string> {
  readonly #ca: readonly string[];

  constructor(proxy: URL, ca: readonly string[], pool: HttpsProxyAgentOptions<string>) {
    super(proxy.href, pool);
    this.#ca = ca;
  }

  override connect(...[request, options]: Parameters<HttpsProxyAgent<string>["connect"]>) {
    const trusted = this.#ca.length > 0 ? { ...options, ca: [...this.#ca] } : options;
    return super.connect(request, trusted);
  }
}

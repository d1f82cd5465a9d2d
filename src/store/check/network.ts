/**
 * The way to a service: name, port, handshake.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { cancelled, throwIfAborted } from "../../errors.ts";
import { addressingFor } from "../endpoint.ts";
import type { Store } from "../store.ts";
import { readCertificates } from "../tls.ts";
import { failureContext, translateS3Error } from "../translate.ts";
import type { Outcome } from "./step.ts";

/** The system's network, so that tests decide what it says. */
export interface Network {
  /** IP addresses of a host. */
  lookup(host: string): Promise<readonly string[]>;
  /** Opens and closes a TCP connection. */
  connect(host: string, port: number): Promise<void>;
  /** Opens a TLS connection, verifies the certificate, closes it. */
  handshake(host: string, port: number, certificates: string[]): Promise<void>;
}

/** Milliseconds for a name, a connection or a handshake. */
const LIMIT = 10_000;

/** The network of this machine. */
export const systemNetwork: Network = {
  lookup: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  connect: (host, port) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port }, () => {
        socket.destroy();
        resolve();
      });
      socket.once("error", reject);
    }),
  handshake: async (hostname, port, caCerts) => {
    const connection = await Deno.connectTls({ hostname, port, caCerts });
    try {
      await connection.handshake();
    } finally {
      connection.close();
    }
  },
};

/** Where the first connection goes: to the service, or to the proxy before it. */
export interface Way {
  readonly host: string;
  readonly port: number;
  readonly encrypted: boolean;
  /** Whether `host` is a proxy's. */
  readonly proxied: boolean;
}

/** The way to `store`, for `bucket` where the bucket is in the host name. */
export function wayTo(store: Store, bucket: string | undefined): Way {
  const service = store.endpoint ?? new URL(`https://s3.${store.region}.amazonaws.com`);
  const virtual = bucket !== undefined &&
    addressingFor(store.addressing, store.endpoint, bucket) === "virtual";
  const target = store.proxy ?? service;
  const host = target.hostname.replace(/^\[|\]$/g, "");
  return {
    host: virtual && store.proxy === undefined ? `${bucket}.${host}` : host,
    port: Number(target.port || (target.protocol === "https:" ? 443 : 80)),
    encrypted: service.protocol === "https:",
    proxied: store.proxy !== undefined,
  };
}

/** The name has an address. */
export async function proveResolve(
  store: Store,
  way: Way,
  network: Network,
  signal?: AbortSignal,
): Promise<Outcome> {
  const who = way.proxied ? `the proxy ${way.host}` : way.host;
  if (/^[\d.]+$|:/.test(way.host)) return { status: "ok", detail: `${who} is an address already` };
  const addresses = await limited(store, way, signal, () => network.lookup(way.host));
  const more = addresses.length > 3 ? ` and ${addresses.length - 3} more` : "";
  return { status: "ok", detail: `${who} is at ${addresses.slice(0, 3).join(", ")}${more}` };
}

/** The port takes connections. */
export async function proveReach(
  store: Store,
  way: Way,
  network: Network,
  signal?: AbortSignal,
): Promise<Outcome> {
  await limited(store, way, signal, () => network.connect(way.host, way.port));
  const who = way.proxied ? "the proxy" : way.host;
  return { status: "ok", detail: `${who} takes connections on port ${way.port}` };
}

/** The certificate is good. */
export async function proveTls(
  store: Store,
  way: Way,
  network: Network,
  signal?: AbortSignal,
): Promise<Outcome> {
  if (!way.encrypted) {
    return {
      status: "skipped",
      detail: "the endpoint is http://: whoever is on the way can read what is sent",
      hint: "Good on this machine; elsewhere use https:// if the service has it.",
    };
  }
  if (way.proxied) {
    return { status: "skipped", detail: "behind the proxy; the signed request below proves it" };
  }
  const certificates = readCertificates(store.caBundle);
  await limited(store, way, signal, () => network.handshake(way.host, way.port, certificates));
  const by = store.caBundle === undefined ? "this machine trusts" : `${store.caBundle} vouches for`;
  return { status: "ok", detail: `the certificate of ${way.host} is one that ${by}` };
}

async function limited<T>(
  store: Store,
  way: Way,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const stop = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => stop.reject(Object.assign(new Error("timed out"), { code: "ETIMEDOUT" })),
    LIMIT,
  );
  const abort = () => stop.reject(cancelled(signal));
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work(), stop.promise]);
  } catch (error) {
    const at = way.proxied ? `the proxy ${way.host}:${way.port}` : `${way.host}:${way.port}`;
    throw translateS3Error(error, { ...failureContext(store), endpoint: at, signal });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

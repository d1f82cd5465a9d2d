/** A gateway in this thread, in front of the embedded S3 server. */
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Agent } from "node:http";
import { startFauxqs } from "fauxqs";
import type { KeyOptions } from "../../../src/gateway/client.ts";
import type { IssuedKey } from "../../../src/gateway/keys.ts";
import { GatewayServer, type GatewayServerOptions } from "../../../src/gateway/server.ts";
import { closeClients } from "../../../src/store/client.ts";
import { environmentOf } from "../../../src/store/environment.ts";
import { resolveStore } from "../../../src/store/resolve.ts";
import type { Store } from "../../../src/store/store.ts";
import { StoreSet } from "../../../src/store/store_set.ts";
import { type FaultPlan, type Proxy, startProxy } from "../../support/proxy.ts";
import { BUFFERS } from "../../../src/range/buffers.ts";

// Whoever looks at bytes that were given back sees others.
BUFFERS.wipes = true;

/** The gateway, what is behind it, and what passes between them. */
export interface GatewayBench extends AsyncDisposable {
  readonly gateway: GatewayServer;
  readonly store: Store;
  readonly stores: StoreSet;
  /** Between the gateway and the service. */
  readonly wire: Proxy;
  /** Past the gateway. */
  readonly direct: S3Client;
  /** A client with a key of the gateway. */
  client(name: string, options?: KeyOptions): S3Client;
  put(key: string, body: string | Uint8Array): Promise<void>;
}

export const BUCKET = "bench";

/** Starts all of it; `fault` decides what goes wrong between the gateway and the service. */
export async function openBench(
  options: Partial<GatewayServerOptions> = {},
  fault?: FaultPlan,
): Promise<GatewayBench> {
  const server = await startFauxqs({ port: 0, logger: false });
  const wire = startProxy(`http://127.0.0.1:${server.port}`, fault);
  const keys = { accessKeyId: "upstream-key", secretAccessKey: "upstream-secret-0123" };
  const store = await resolveStore(
    "embedded",
    { endpoint: wire.endpoint, ...keys },
    environmentOf({}),
  );
  const stores = StoreSet.of([store]);
  const gateway = new GatewayServer({ stores, ...options });
  const clients: S3Client[] = [];
  const connect = (endpoint: string, credentials: IssuedKey) => {
    const client = signingClient(endpoint, credentials);
    clients.push(client);
    return client;
  };
  const direct = connect(`http://127.0.0.1:${server.port}`, keys);
  await direct.send(new CreateBucketCommand({ Bucket: BUCKET }));
  return {
    gateway,
    store,
    stores,
    wire,
    direct,
    client: (name, keyOptions) => connect(gateway.endpoint, gateway.issueKey(name, keyOptions)),
    async put(key, body) {
      await direct.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await gateway.close();
      closeClients(store);
      await wire[Symbol.asyncDispose]();
      await server.stop();
    },
  };
}

/** The SDK as it comes: with checksums, and trailers for streams. */
export function signingClient(endpoint: string, credentials: IssuedKey): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
    requestHandler: { httpAgent: new Agent({ keepAlive: false }) },
  });
}

/** Bytes that differ everywhere. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed * 2654435761 >>> 0;
  for (let at = 0; at < length; at++) {
    state = state * 1664525 + 1013904223 >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

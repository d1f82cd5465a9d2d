/**
 * Sessions on the embedded store, with the requests that came to it.
 *
 * @module
 */
import { connect, type ConnectOptions } from "../../../src/engine/connect.ts";
import type { Session } from "../../../src/engine/session.ts";
import type { RequestCounts } from "../../../src/engine/report.ts";
import { countKinds, requestKind } from "../../support/access_log.ts";
import { startFauxqs, type TestStore } from "../../support/fauxqs.ts";
import { type FaultPlan, type PassedRequest, type Proxy, startProxy } from "../../support/proxy.ts";

/** A session, the store behind it and a proxy between them. */
export interface Bench extends AsyncDisposable {
  readonly session: Session;
  readonly store: TestStore;
  readonly proxy: Proxy;
  /** `s3://bucket/key`. */
  uri(key: string): string;
  /** Keys in the bucket, sorted. */
  keys(): Promise<string[]>;
}

/** Options that reach `store` through `endpoint`. */
export function optionsFor(store: TestStore, endpoint = store.endpoint): ConnectOptions {
  return {
    endpoint,
    region: store.region,
    accessKeyId: store.accessKeyId,
    secretAccessKey: store.secretAccessKey,
  };
}

/** Opens one; `fault` harms requests. */
export async function openBench(
  options: ConnectOptions = {},
  fault?: FaultPlan,
): Promise<Bench> {
  const store = await startFauxqs();
  const proxy = startProxy(store.endpoint, fault);
  const session = await connect({ ...optionsFor(store, proxy.endpoint), ...options });
  return {
    session,
    store,
    proxy,
    uri: (key) => `s3://${store.bucket}/${key}`,
    keys: () => keysIn(store),
    async [Symbol.asyncDispose]() {
      await session.close();
      await proxy[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** Keys in a store's bucket, sorted. */
export async function keysIn(store: TestStore): Promise<string[]> {
  const { ListObjectsV2Command } = await import("@aws-sdk/client-s3");
  const listing = await store.client.send(new ListObjectsV2Command({ Bucket: store.bucket }));
  return (listing.Contents ?? []).map(({ Key }) => Key!).sort();
}

/** Multipart uploads that nobody has ended. */
export async function uploadsIn(store: TestStore): Promise<string[]> {
  const { ListMultipartUploadsCommand } = await import("@aws-sdk/client-s3");
  const listing = await store.client.send(
    new ListMultipartUploadsCommand({ Bucket: store.bucket }),
  );
  return (listing.Uploads ?? []).map(({ Key }) => Key!);
}

/** The access key that a request was signed with. */
export function signerOf(request: PassedRequest): string | undefined {
  return /Credential=([^/]+)\//.exec(request.headers.get("authorization") ?? "")?.[1];
}

/** What a proxy saw, counted as a report counts. */
export function countedBy(proxy: Proxy): { requests: RequestCounts; read: number } {
  const kinds = proxy.requests.map(({ method, path, query }) => ({
    kind: requestKind(method, query.size === 0 ? path : `${path}?${query}`),
  }));
  const read = proxy.requests
    .filter(({ method, path, status }) =>
      method === "GET" && status < 300 && path.split("/").filter(Boolean).length > 1
    )
    .reduce((sum, { bytesOut }) => sum + bytesOut, 0);
  return { requests: countKinds(kinds), read };
}

/** What `work` rejects with. */
export async function rejection(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not reject");
}

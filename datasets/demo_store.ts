/**
 * An S3 server in this process with the datasets in a bucket: for the demo, notebooks and trying
 * things out without an account, a server or root.
 *
 * @module
 */
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { throwIfAborted } from "../src/errors.ts";
import { sendTo } from "../src/objects/send.ts";
import { closeClients } from "../src/store/client.ts";
import { type Environment, environmentOf } from "../src/store/environment.ts";
import { resolveStore } from "../src/store/resolve.ts";
import type { Store, StoreOptions } from "../src/store/store.ts";
import { startServer } from "./demo_server.ts";
import { loadDatasets, type LoadedDataset, type LoadOptions } from "./loader.ts";

/** What the demo store is made with. */
export interface DemoStoreOptions extends LoadOptions {
  /** Name of the bucket; `demo` when absent. */
  readonly bucket?: string;
}

/** The server, until it is disposed of: then everything that was in it is gone. */
export interface DemoStore extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`; only this machine reaches it. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  /** Random, made for this server; the secret is not checked by it. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /**
   * What `connect` takes: the person's own profile, proxy and certificates have no say in it, and
   * nothing of a server that is gone tomorrow is kept on disk.
   */
  readonly connectOptions: StoreOptions & {
    readonly environment: Environment;
    readonly cache: { readonly disk: "off" };
  };
  readonly store: Store;
  /** The datasets that are in the bucket. */
  readonly loaded: readonly LoadedDataset[];
  /** `s3://bucket/key` of a dataset by its name. */
  uri(name: string): string;
}

/**
 * Starts the server on a free port of the loopback interface and loads the datasets.
 *
 * @throws {DipperError} when it cannot listen, or a dataset's file is missing
 */
export async function startDemoStore(options: DemoStoreOptions = {}): Promise<DemoStore> {
  const { bucket = "demo", signal } = options;
  throwIfAborted(signal);
  const accessKeyId = `DEMO${random(8).toUpperCase()}`;
  const secretAccessKey = random(20);
  const region = "us-east-1";
  const server = await startServer(accessKeyId);
  const said: StoreOptions = {
    endpoint: server.address,
    region,
    accessKeyId,
    secretAccessKey,
    addressing: "path",
    bucket,
  };
  const environment = environmentOf({});
  const store = await resolveStore("demo", said, environment);
  const close = async () => {
    closeClients(store);
    await server.stop();
  };
  try {
    await sendTo(
      store,
      { bucket, operation: "CreateBucket" },
      signal,
      (client, sending) => client.send(new CreateBucketCommand({ Bucket: bucket }), sending),
    );
    const loaded = await loadDatasets(store, bucket, options);
    return {
      endpoint: server.address,
      bucket,
      region,
      accessKeyId,
      secretAccessKey,
      connectOptions: { ...said, environment, cache: { disk: "off" } },
      store,
      loaded,
      uri: (name) => uriOf(loaded, name),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function uriOf(loaded: readonly LoadedDataset[], name: string): string {
  const found = loaded.find(({ dataset }) => dataset.name === name);
  if (found === undefined) throw new RangeError(`${name} is not in the demo store`);
  return found.uri;
}

function random(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}

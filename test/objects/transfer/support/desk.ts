/**
 * A store in this process and a folder, for transfers.
 *
 * @module
 */
import { join } from "node:path";
import type { S3Client } from "@aws-sdk/client-s3";
import type { StoreOptions } from "../../../../src/store/store.ts";
import { environmentOf } from "../../../../src/store/environment.ts";
import { StoreSet } from "../../../../src/store/store_set.ts";
import { startFauxqs } from "../../../support/fauxqs.ts";
import { listObjects } from "../../../../src/objects/list.ts";

/** What a test works with. */
export interface TransferDesk extends AsyncDisposable {
  readonly stores: StoreSet;
  readonly bucket: string;
  readonly client: S3Client;
  readonly endpoint: string;
  /** A folder of its own. */
  readonly folder: string;
  path(name: string): string;
  uri(key: string): string;
  put(key: string, body: string | Uint8Array): Promise<void>;
  keys(prefix?: string): Promise<string[]>;
}

/** Makes one; `options` change the store's. */
export async function openDesk(options: StoreOptions = {}): Promise<TransferDesk> {
  const server = await startFauxqs();
  const { endpoint, bucket, accessKeyId, secretAccessKey, region, client } = server;
  const stores = await StoreSet.resolve(
    { endpoint, accessKeyId, secretAccessKey, region, ...options },
    environmentOf({}),
  );
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "dipper-transfer-" }));
  return {
    stores,
    bucket,
    client,
    endpoint,
    folder,
    path: (name) => join(folder, name),
    uri: (key) => `s3://${bucket}/${key}`,
    put: (key, body) => server.put(key, body),
    keys: async (prefix = "") => {
      const entries = listObjects(await stores.storeFor(bucket), bucket, { prefix });
      return (await Array.fromAsync(entries)).map((entry) =>
        entry.kind === "object" ? entry.key : entry.prefix
      );
    },
    async [Symbol.asyncDispose]() {
      stores.close();
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

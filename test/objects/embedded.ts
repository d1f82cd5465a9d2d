/** The embedded S3 server for tests, and a store of it. */
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { startFauxqs } from "fauxqs";
import { closeClients, s3Client } from "../../src/store/client.ts";
import { environmentOf } from "../../src/store/environment.ts";
import { resolveStore } from "../../src/store/resolve.ts";
import type { Store } from "../../src/store/store.ts";

export interface EmbeddedStore extends AsyncDisposable {
  readonly store: Store;
  readonly endpoint: string;
}

/** A server with one `bucket` of `keys`, each holding its own name. */
export async function embeddedStore(
  bucket: string,
  keys: readonly string[],
): Promise<EmbeddedStore> {
  const server = await startFauxqs({ port: 0, logger: false });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const options = { endpoint, accessKeyId: "test", secretAccessKey: "embedded-secret" };
  const store = await resolveStore("embedded", options, environmentOf({}));
  const client = s3Client(store);
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const key of keys) {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: key }));
  }
  return {
    store,
    endpoint,
    async [Symbol.asyncDispose]() {
      closeClients(store);
      await server.stop();
    },
  };
}

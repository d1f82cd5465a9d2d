/**
 * A bucket of a server in which a feature is tried, gone afterwards with all that is in it.
 *
 * @module
 */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { makeBucket } from "../../../src/objects/buckets/make.ts";
import { emptyBucket, removeBucket } from "../../../src/objects/buckets/remove.ts";
import { closeClients, s3Client } from "../../../src/store/client.ts";
import { environmentOf } from "../../../src/store/environment.ts";
import { resolveStore } from "../../../src/store/resolve.ts";
import type { Store } from "../../../src/store/store.ts";
import { freshBucket } from "../../support/names.ts";
import type { TestKeys } from "../../support/s3.ts";
import type { Server } from "../support/servers.ts";

export interface Place extends AsyncDisposable {
  readonly server: Server;
  readonly store: Store;
  /** The same service for somebody without rights. */
  readonly guest: Store;
  readonly bucket: string;
  put(key: string, body: string, metadata?: Record<string, string>): Promise<void>;
  /** The same service with other keys. */
  as(keys: TestKeys): Promise<Store>;
}

export async function place(server: Server): Promise<Place> {
  const stores: Store[] = [];
  const as = async (keys: TestKeys) => {
    const options = { endpoint: server.endpoint, region: "us-east-1", ...keys };
    const store = await resolveStore("default", options, environmentOf({}));
    stores.push(store);
    return store;
  };
  const store = await as(server.owner);
  const bucket = freshBucket("buckets");
  await makeBucket(store, bucket);
  return {
    server,
    store,
    guest: await as(server.guest),
    bucket,
    as,
    async put(key, body, metadata) {
      await s3Client(store).send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, Metadata: metadata }),
      );
    },
    async [Symbol.asyncDispose]() {
      await emptyBucket(store, bucket);
      await removeBucket(store, bucket);
      for (const each of stores) closeClients(each);
    },
  };
}

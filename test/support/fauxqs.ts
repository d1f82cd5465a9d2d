/**
 * An S3 server in this process, for tests that need no account and no server.
 *
 * It checks no signatures and keeps everything in memory; what needs a real server is in test/e2e.
 *
 * @module
 */
import { CreateBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { startFauxqs as start } from "fauxqs";
import { freshBucket } from "./names.ts";
import { testClient } from "./s3.ts";

/** The server, with one bucket of its own. */
export interface TestStore extends AsyncDisposable {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** A bucket that exists and is empty. */
  readonly bucket: string;
  readonly client: S3Client;
  put(key: string, body: string | Uint8Array): Promise<void>;
}

/** Starts it on a free port of the loopback interface. */
export async function startFauxqs(bucket: string = freshBucket("unit")): Promise<TestStore> {
  const server = await start({ port: 0, host: "127.0.0.1", logger: false });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const keys = { accessKeyId: "fauxqs-access-key", secretAccessKey: "fauxqs-secret-key-0123" };
  const region = "us-east-1";
  const client = testClient(endpoint, keys);
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    endpoint,
    ...keys,
    region,
    bucket,
    client,
    async put(key, body) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server.stop();
    },
  };
}

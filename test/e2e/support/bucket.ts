/**
 * A bucket for one test, gone when the test has ended.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { freshBucket } from "../../support/names.ts";
import type { Server } from "./servers.ts";

/** A bucket and what a test does with it besides using Dipper. */
export interface TestBucket extends AsyncDisposable {
  readonly name: string;
  uri(key: string): string;
  put(key: string, body: string | Uint8Array): Promise<void>;
  keys(): Promise<string[]>;
}

/** Small real files of `datasets/data`, under the keys that they get here. */
const DATA = {
  "airlines.csv": "nycflights13/airlines.csv",
  "airports.csv": "nycflights13/airports.csv",
  "flights.parquet": "nycflights13/flights.parquet",
  "countries.parquet": "borders/countries.parquet",
} as const;

export type DataKey = keyof typeof DATA;

/** A new bucket of the server's owner with `data` in it. */
export async function makeBucket(
  { client }: Server,
  data: readonly DataKey[] = [],
  name: string = freshBucket("e2e"),
): Promise<TestBucket> {
  await client.send(new CreateBucketCommand({ Bucket: name }));
  const put = async (key: string, body: string | Uint8Array) => {
    await client.send(new PutObjectCommand({ Bucket: name, Key: key, Body: body }));
  };
  for (const key of data) {
    await put(key, readFileSync(new URL(`../../../datasets/data/${DATA[key]}`, import.meta.url)));
  }
  return {
    name,
    uri: (key) => `s3://${name}/${key}`,
    put,
    keys: () => keysOf(client, name),
    async [Symbol.asyncDispose]() {
      for (const key of await keysOf(client, name)) {
        await client.send(new DeleteObjectCommand({ Bucket: name, Key: key }));
      }
      await client.send(new DeleteBucketCommand({ Bucket: name }));
    },
  };
}

async function keysOf(client: S3Client, bucket: string): Promise<string[]> {
  const answer = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return (answer.Contents ?? []).map(({ Key }) => Key!).sort();
}

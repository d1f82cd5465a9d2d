import assert from "node:assert/strict";
import { ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { BUCKET, openBench } from "./support/gateway.ts";

const list = async (client: S3Client, prefix: string) => {
  const { Contents = [] } = await client.send(
    new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }),
  );
  return Contents.map(({ Key }) => Key);
};

Deno.test("a statement lists a folder once, until it writes there or another begins", async () => {
  await using bench = await openBench();
  await bench.put("a/1.csv", "x");
  const client = bench.client("statement-1", { kind: "statement" });
  for (let time = 0; time < 3; time++) assert.deepEqual(await list(client, "a/"), ["a/1.csv"]);
  assert.equal(bench.wire.requests.length, 1);
  assert.deepEqual(await list(client, "b/"), []);
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "a/2.csv", Body: "y" }));
  assert.deepEqual(await list(client, "a/"), ["a/1.csv", "a/2.csv"]);
  await bench.put("a/3.csv", "by somebody else");
  assert.deepEqual(await list(client, "a/"), ["a/1.csv", "a/2.csv"]);
  bench.gateway.forget("statement-1");
  assert.equal((await list(client, "a/")).length, 3);
});

Deno.test("a tool lists what is there now", async () => {
  await using bench = await openBench();
  const client = bench.client("tool");
  assert.deepEqual(await list(client, "a/"), []);
  await bench.put("a/1.csv", "x");
  assert.deepEqual(await list(client, "a/"), ["a/1.csv"]);
});

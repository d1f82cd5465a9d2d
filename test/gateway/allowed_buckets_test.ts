import assert from "node:assert/strict";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { bucketFilter } from "../../src/gateway/allowed_buckets.ts";
import { BUCKET, openBench } from "./support/gateway.ts";

const REFUSED = { name: "AccessDenied" };

Deno.test("a gateway for some buckets refuses the others without a request to the store", async () => {
  await using bench = await openBench({ buckets: ["bench", "climate-*"] });
  await bench.put("a.txt", "abc");
  for (const Bucket of ["bench-evil", "climate-2020", "other"]) {
    await bench.direct.send(new CreateBucketCommand({ Bucket }));
    await bench.direct.send(new PutObjectCommand({ Bucket, Key: "a.txt", Body: "abc" }));
  }
  const client = bench.client("tool");
  const { Buckets } = await client.send(new ListBucketsCommand({}));
  assert.deepEqual(Buckets?.map(({ Name }) => Name), ["bench", "climate-2020"]);
  await client.send(new GetObjectCommand({ Bucket: "climate-2020", Key: "a.txt" }));
  const before = bench.wire.requests.length;
  for (const Bucket of ["bench-evil", "other"]) {
    await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: "a.txt" })), REFUSED);
    await assert.rejects(client.send(new ListObjectsV2Command({ Bucket })), REFUSED);
    await assert.rejects(
      client.send(new PutObjectCommand({ Bucket, Key: "b.txt", Body: "b" })),
      REFUSED,
    );
    const copy = { Bucket: BUCKET, Key: "b.txt", CopySource: `${Bucket}/a.txt` };
    await assert.rejects(client.send(new CopyObjectCommand(copy)), REFUSED);
  }
  assert.equal(bench.wire.requests.length, before);
});

Deno.test("without names every bucket is served", () => {
  assert.ok(bucketFilter(undefined)("any"));
  assert.ok(!bucketFilter([])("any"));
});

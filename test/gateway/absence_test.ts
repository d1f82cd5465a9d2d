import assert from "node:assert/strict";
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { BUCKET, openBench } from "./support/gateway.ts";

const MISSING = { Bucket: BUCKET, Key: "points.gpkg-journal" };

Deno.test("a statement asks once for what is not there", async () => {
  await using bench = await openBench();
  const client = bench.client("statement-1", { kind: "statement" });
  for (let time = 0; time < 3; time++) {
    await assert.rejects(client.send(new HeadObjectCommand(MISSING)), { name: "NotFound" });
    await assert.rejects(client.send(new GetObjectCommand(MISSING)), { name: "NoSuchKey" });
  }
  assert.equal(bench.wire.requests.length, 1);
  await client.send(new PutObjectCommand({ ...MISSING, Body: "now it is" }));
  await client.send(new HeadObjectCommand(MISSING));
});

Deno.test("the next statement asks again for what was not there", async () => {
  await using bench = await openBench();
  const client = bench.client("statement-1", { kind: "statement" });
  await assert.rejects(client.send(new HeadObjectCommand(MISSING)), { name: "NotFound" });
  await bench.put(MISSING.Key, "written by somebody else");
  await assert.rejects(client.send(new HeadObjectCommand(MISSING)), { name: "NotFound" });
  bench.gateway.forget("statement-1");
  await client.send(new HeadObjectCommand(MISSING));
});

Deno.test("a tool sees an object as soon as it is there", async () => {
  await using bench = await openBench();
  const client = bench.client("tool");
  await assert.rejects(client.send(new HeadObjectCommand(MISSING)), { name: "NotFound" });
  await bench.put(MISSING.Key, "written by somebody else");
  await client.send(new HeadObjectCommand(MISSING));
});

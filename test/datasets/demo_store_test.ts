import assert from "node:assert/strict";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { datasetNamed, datasets } from "../../datasets/catalogue.ts";
import { startDemoStore } from "../../datasets/demo_store.ts";
import { isDipperError } from "../../src/errors.ts";
import { headObject } from "../../src/objects/head.ts";
import { listObjects } from "../../src/objects/list.ts";
import { s3Client } from "../../src/store/client.ts";

Deno.test("the demo store holds every dataset of the catalogue, under its key and type", async () => {
  const seen: string[] = [];
  await using demo = await startDemoStore({ onFile: ({ dataset }) => seen.push(dataset.name) });
  const listed: Record<string, number> = {};
  for await (const entry of listObjects(demo.store, demo.bucket)) {
    if (entry.kind === "object") listed[entry.key] = entry.size;
  }
  assert.deepEqual(
    listed,
    Object.fromEntries(datasets.map(({ key, bytes }) => [key, bytes])),
  );
  assert.deepEqual(seen.toSorted(), datasets.map(({ name }) => name).toSorted());
  const head = await headObject(demo.store, { bucket: demo.bucket, key: datasets[0].key });
  assert.equal(head.contentType, datasets[0].contentType);
});

Deno.test("an object comes back as the bytes that went in", async () => {
  await using demo = await startDemoStore({ names: ["airlines"], prefix: "a b/" });
  const { key, bytes, sha256 } = datasetNamed("airlines");
  assert.equal(demo.uri("airlines"), `s3://demo/a b/${key}`);
  const answer = await s3Client(demo.store).send(
    new GetObjectCommand({ Bucket: "demo", Key: `a b/${key}` }),
  );
  const body = await answer.Body!.transformToByteArray() as Uint8Array<ArrayBuffer>;
  assert.equal(body.length, bytes);
  assert.equal(new Uint8Array(await crypto.subtle.digest("SHA-256", body)).toHex(), sha256);
});

Deno.test("it answers on the loopback interface, to its own key, and as S3 only", async () => {
  await using demo = await startDemoStore({ names: [] });
  assert.equal(new URL(demo.endpoint).hostname, "127.0.0.1");
  const status = async (path: string, init?: RequestInit) => {
    const answer = await fetch(demo.endpoint + path, init);
    await answer.body?.cancel();
    return answer.status;
  };
  const signed = { authorization: `AWS4-HMAC-SHA256 Credential=${demo.accessKeyId}/x` };
  const stranger = { authorization: "AWS4-HMAC-SHA256 Credential=AKIDSTRANGER/x" };
  assert.equal(await status("/demo"), 403);
  assert.equal(await status("/demo", { headers: stranger }), 403);
  assert.equal(await status("/demo", { headers: signed }), 200);
  assert.equal(await status("/_fauxqs/queues", { headers: signed }), 403);
  assert.equal(await status("/", { method: "POST", headers: signed }), 403);
});

Deno.test("it takes requests larger than a part of DuckDB's, from any environment", async () => {
  await using demo = await startDemoStore({ names: [], bucket: "big" });
  const body = new Uint8Array(20_000_000);
  const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${demo.accessKeyId}/x` };
  const answer = await fetch(`${demo.endpoint}/big/x`, { method: "PUT", body, headers });
  await answer.body?.cancel();
  assert.equal(answer.status, 200);
});

Deno.test("loading is cancelled by its signal", async () => {
  await assert.rejects(
    startDemoStore({ signal: AbortSignal.abort() }),
    (error) => isDipperError(error, "cancelled"),
  );
});

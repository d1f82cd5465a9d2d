import assert from "node:assert/strict";
import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { sidePrefix } from "../../src/gateway/side_files.ts";
import { BUCKET, openBench } from "./support/gateway.ts";

const SIDE_FILES = [
  "d/points.gpkg-journal",
  "d/points.gpkg-wal",
  "d/points.gpkg.aux.xml",
  "d/points.aux",
  "d/points.AUX",
  "d/points.gpkg.aux",
];

Deno.test("side files are told by their names", () => {
  assert.equal(sidePrefix("d/points.gpkg-journal"), "d/points.");
  assert.equal(sidePrefix("points.v2.gpkg.aux.xml"), "points.v2.");
  assert.equal(sidePrefix("d/points.gpkg"), undefined);
  assert.equal(sidePrefix("journal"), undefined);
  assert.equal(sidePrefix("d.x/points-journal"), undefined);
});

Deno.test("one listing says which side files there are", async () => {
  await using bench = await openBench();
  await bench.put("d/points.gpkg", "the file");
  await bench.put("d/points.gpkg.aux.xml", "metadata");
  const client = bench.client("statement-1", { kind: "statement" });
  await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "d/points.gpkg" }));
  bench.wire.clear();
  for (const Key of SIDE_FILES.filter((key) => !key.endsWith(".xml"))) {
    await assert.rejects(client.send(new GetObjectCommand({ Bucket: BUCKET, Key })), {
      name: "NoSuchKey",
    });
  }
  assert.deepEqual(bench.wire.requests.map(({ query }) => query.get("prefix")), ["d/points."]);
  const there = { Bucket: BUCKET, Key: "d/points.gpkg.aux.xml" };
  const got = await client.send(new GetObjectCommand(there));
  assert.equal(await got.Body!.transformToString(), "metadata");
  // The next statement looks again.
  bench.gateway.forget("statement-1");
  await bench.put("d/points.aux", "written since");
  await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "d/points.aux" }));
});

Deno.test("who may not list is answered file by file", async () => {
  const denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
  await using bench = await openBench(
    {},
    ({ query }) =>
      query.has("list-type") ? { kind: "answer", status: 403, body: denied } : undefined,
  );
  await bench.put("d/points.aux", "there");
  const client = bench.client("statement-1", { kind: "statement" });
  const head = (Key: string) => client.send(new HeadObjectCommand({ Bucket: BUCKET, Key }));
  await assert.rejects(head("d/points.gpkg-journal"), { name: "NotFound" });
  await assert.rejects(head("d/points.gpkg-wal"), { name: "NotFound" });
  assert.equal((await head("d/points.aux")).ContentLength, 5);
  assert.equal(bench.wire.requests.filter(({ query }) => query.has("list-type")).length, 1);
});

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import type { FaultPlan, PassedRequest } from "../support/proxy.ts";
import { BUCKET, type GatewayBench, openBench, pattern } from "./support/gateway.ts";

const MIB = 1024 * 1024;

async function bytesOf(client: S3Client, Key: string): Promise<Uint8Array> {
  const answer = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
  return await answer.Body!.transformToByteArray();
}

async function keysOf(client: S3Client): Promise<(string | undefined)[]> {
  const listing = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  return (listing.Contents ?? []).map(({ Key }) => Key);
}

/** Uploads begun and neither completed nor aborted, as the service saw it: it lists none. */
function openUploads({ wire }: GatewayBench): number {
  const all = (method: string, parameter: string) =>
    wire.requests.filter((request) =>
      request.method === method && request.query.has(parameter) && request.status < 300
    ).length;
  return all("POST", "uploads") - all("POST", "uploadId") - all("DELETE", "uploadId");
}

async function upload(client: S3Client, Key: string, parts: readonly Uint8Array[]) {
  const at = { Bucket: BUCKET, Key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const [index, Body] of parts.entries()) {
    const PartNumber = index + 1;
    const { ETag } = await client.send(
      new UploadPartCommand({ ...at, UploadId, PartNumber, Body }),
    );
    Parts.push({ PartNumber, ETag });
  }
  return {
    UploadId,
    complete: () =>
      client.send(
        new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }),
      ),
  };
}

Deno.test("objects are written from memory and from streams, and forgotten when they change", async () => {
  await using bench = await openBench();
  const client = bench.client("c");
  for (const size of [0, 1, 100_000, 3 * MIB]) {
    const body = pattern(size);
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "a.bin", Body: body }));
    assert.deepEqual(await bytesOf(bench.direct, "a.bin"), body);
    assert.deepEqual(await bytesOf(client, "a.bin"), body);
    const stream = Readable.from([body.subarray(0, size / 2), body.subarray(size / 2)]);
    await client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: "s.bin", Body: stream, ContentLength: size }),
    );
    assert.deepEqual(await bytesOf(bench.direct, "s.bin"), body);
    assert.deepEqual(await bytesOf(client, "s.bin"), body);
  }
  assert.ok(bench.gateway.counts("c").bytes.written >= 6 * MIB);
  for (const { headers } of bench.wire.requests) {
    assert.doesNotMatch(headers.get("content-encoding") ?? "", /aws-chunked/);
    assert.match(headers.get("authorization") ?? "upstream-key", /upstream-key/);
  }
});

Deno.test("an upload by parts is begun, listed, completed and aborted", async () => {
  await using bench = await openBench();
  const client = bench.client("c");
  const parts = [pattern(5 * MIB, 1), pattern(5 * MIB, 2), pattern(1000, 3)];
  const { complete } = await upload(client, "big.bin", parts);
  await complete();
  assert.ok(Buffer.concat(parts).equals(await bytesOf(client, "big.bin")));
  const at = { Bucket: BUCKET, Key: "copy.bin" };
  const { UploadId: copyId } = await client.send(new CreateMultipartUploadCommand(at));
  const copied = await client.send(
    new UploadPartCopyCommand({
      ...at,
      UploadId: copyId,
      PartNumber: 1,
      CopySource: `${BUCKET}/big.bin`,
      CopySourceRange: `bytes=0-${5 * MIB - 1}`,
    }),
  );
  const Parts = [{ PartNumber: 1, ETag: copied.CopyPartResult?.ETag }];
  await client.send(
    new CompleteMultipartUploadCommand({ ...at, UploadId: copyId, MultipartUpload: { Parts } }),
  );
  assert.ok(Buffer.from(parts[0]).equals(await bytesOf(client, "copy.bin")));
  const aborted = await upload(client, "never.bin", [pattern(1000)]);
  await client.send(
    new AbortMultipartUploadCommand({
      Bucket: BUCKET,
      Key: "never.bin",
      UploadId: aborted.UploadId,
    }),
  );
  assert.equal(openUploads(bench), 0);
  assert.deepEqual(await keysOf(bench.direct), ["big.bin", "copy.bin"]);
});

Deno.test("objects are copied and removed, one and many", async () => {
  await using bench = await openBench();
  const client = bench.client("c");
  await bench.put("dir/a b&c.txt", "x");
  await client.send(
    new CopyObjectCommand({
      Bucket: BUCKET,
      Key: "copy.txt",
      CopySource: `${BUCKET}/dir/a%20b%26c.txt`,
    }),
  );
  assert.deepEqual(await keysOf(client), ["copy.txt", "dir/a b&c.txt"]);
  await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "copy.txt" }));
  await client.send(
    new DeleteObjectsCommand({
      Bucket: BUCKET,
      Delete: { Objects: [{ Key: "dir/a b&c.txt" }, { Key: "none" }] },
    }),
  );
  assert.deepEqual(await keysOf(bench.direct), []);
});

Deno.test("a gateway that reads only changes nothing", async () => {
  await using bench = await openBench({ mode: "read-only" });
  await bench.put("a.txt", "x");
  const client = bench.client("c");
  const at = { Bucket: BUCKET, Key: "a.txt" };
  bench.wire.clear();
  for (
    const work of [
      () => client.send(new PutObjectCommand({ ...at, Body: "y" })),
      () => client.send(new DeleteObjectCommand(at)),
      () => client.send(new CreateMultipartUploadCommand(at)),
      () => client.send(new CopyObjectCommand({ ...at, CopySource: `${BUCKET}/a.txt` })),
      () => client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: [at] } })),
    ]
  ) await assert.rejects(work(), { name: "AccessDenied" });
  assert.equal(bench.wire.requests.length, 0);
  assert.equal(new TextDecoder().decode(await bytesOf(client, "a.txt")), "x");
});

Deno.test("what is held is invisible until it is committed", async () => {
  await using bench = await openBench();
  await bench.put("old.txt", "old");
  const client = bench.client("q");
  bench.gateway.hold("q");
  const parts = [pattern(5 * MIB, 1), pattern(1000, 2)];
  const { complete } = await upload(client, "parts.bin", parts);
  const done = await complete();
  const put = (Key: string, Body: Uint8Array) =>
    client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, ContentType: "text/x" }));
  await put("empty.bin", pattern(0));
  await put("small.bin", pattern(1000));
  await put("large.bin", pattern(2 * MIB));
  await put("twice.bin", pattern(10));
  await put("twice.bin", pattern(20));
  await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "old.txt" }));
  assert.deepEqual(await keysOf(bench.direct), ["old.txt"]);
  const result = await bench.gateway.commit("q");
  assert.deepEqual(result.removed, [`s3://${BUCKET}/old.txt`]);
  assert.deepEqual(await keysOf(bench.direct), [
    "empty.bin",
    "large.bin",
    "parts.bin",
    "small.bin",
    "twice.bin",
  ]);
  assert.ok(Buffer.concat(parts).equals(await bytesOf(bench.direct, "parts.bin")));
  assert.deepEqual(await bytesOf(bench.direct, "large.bin"), pattern(2 * MIB));
  assert.deepEqual(await bytesOf(bench.direct, "twice.bin"), pattern(20));
  const head = await bench.direct.send(
    new HeadObjectCommand({ Bucket: BUCKET, Key: "parts.bin" }),
  );
  assert.equal(head.ETag, done.ETag);
  assert.equal(openUploads(bench), 0);
  await put("after.bin", pattern(5));
  assert.equal((await bytesOf(bench.direct, "after.bin")).length, 5);
});

Deno.test("what is aborted was never there, and leaves no upload behind", async () => {
  await using bench = await openBench();
  await bench.put("old.txt", "old");
  const client = bench.client("q");
  bench.gateway.hold("q");
  await (await upload(client, "complete.bin", [pattern(1000)])).complete();
  await upload(client, "begun.bin", [pattern(1000)]);
  await client.send(
    new PutObjectCommand({ Bucket: BUCKET, Key: "large.bin", Body: pattern(2 * MIB) }),
  );
  await client.send(
    new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: [{ Key: "old.txt" }] } }),
  );
  assert.equal(openUploads(bench), 3);
  await bench.gateway.abort("q");
  assert.deepEqual(await keysOf(bench.direct), ["old.txt"]);
  assert.equal(openUploads(bench), 0);
});

Deno.test("a commit that the service refuses says so, and what began is gone", async () => {
  await using bench = await openBench();
  const client = bench.client("q");
  bench.gateway.hold("q");
  const { complete, UploadId } = await upload(client, "a.bin", [pattern(1000)]);
  await complete();
  await bench.direct.send(
    new AbortMultipartUploadCommand({ Bucket: BUCKET, Key: "a.bin", UploadId }),
  );
  await assert.rejects(bench.gateway.commit("q"), (error: Error) => {
    assert.match(error.message, /upload/i);
    return true;
  });
  assert.deepEqual(await keysOf(bench.direct), []);
});

/** Breaks the answer of the first request that `when` says. */
function losingOnce(when: (request: PassedRequest) => boolean): FaultPlan {
  let isLost = false;
  return (request) => {
    if (isLost || !when(request)) return undefined;
    isLost = true;
    return { kind: "truncate", afterBytes: 0 };
  };
}

Deno.test("a completion whose answer is lost has still been carried out", async () => {
  for (const how of ["held", "at once"]) {
    await using bench = await openBench(
      {},
      losingOnce(({ method, query }) => method === "POST" && query.has("uploadId")),
    );
    const client = bench.client("q");
    if (how === "held") bench.gateway.hold("q");
    const { complete } = await upload(client, "a.bin", [pattern(1000)]);
    const { ETag } = await complete();
    if (how === "held") {
      assert.deepEqual((await bench.gateway.commit("q")).written, [`s3://${BUCKET}/a.bin`]);
    }
    assert.deepEqual(await bytesOf(bench.direct, "a.bin"), pattern(1000));
    const head = await bench.direct.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "a.bin" }));
    assert.equal(head.ETag, ETag);
  }
});

Deno.test("an upload that is gone is not taken for the object that has its name", async () => {
  await using bench = await openBench();
  await bench.put("a.bin", "of somebody else");
  const client = bench.client("c");
  const { complete, UploadId } = await upload(client, "a.bin", [pattern(1000)]);
  await bench.direct.send(
    new AbortMultipartUploadCommand({ Bucket: BUCKET, Key: "a.bin", UploadId }),
  );
  await assert.rejects(complete(), { name: "NoSuchUpload" });
});

Deno.test("a service that falls silent is asked again", async () => {
  let heads = 0;
  await using bench = await openBench(
    { settings: { headTimeout: 100 } },
    ({ method }) => method === "HEAD" && ++heads === 1 ? { kind: "silence" } : undefined,
  );
  await bench.put("a.bin", "abc");
  const head = await bench.client("c").send(
    new HeadObjectCommand({ Bucket: BUCKET, Key: "a.bin" }),
  );
  assert.equal(head.ContentLength, 3);
  assert.equal(heads, 2);
});

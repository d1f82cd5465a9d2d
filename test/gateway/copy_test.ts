import assert from "node:assert/strict";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { startFauxqs } from "fauxqs";
import { GatewayServer } from "../../src/gateway/server.ts";
import { environmentOf } from "../../src/store/environment.ts";
import { StoreSet } from "../../src/store/store_set.ts";
import { type FaultPlan, startProxy } from "../support/proxy.ts";
import { pattern, signingClient } from "./support/gateway.ts";

const MIB = 1024 * 1024;
const PART = 8 * MIB;

/** Two stores behind one gateway: `left` holds the bucket left, `right` the bucket right. */
async function openTwo(fault?: FaultPlan) {
  const servers = await Promise.all([1, 2].map(() => startFauxqs({ port: 0, logger: false })));
  const wires = servers.map(({ port }) => startProxy(`http://127.0.0.1:${port}`, fault));
  const keys = { accessKeyId: "upstream-key", secretAccessKey: "upstream-secret-0123" };
  const stores = await StoreSet.resolve({
    stores: {
      one: { endpoint: wires[0].endpoint, ...keys },
      two: { endpoint: wires[1].endpoint, ...keys },
    },
    buckets: { left: "one", also: "one", right: "two" },
  }, environmentOf({}));
  const gateway = new GatewayServer({ stores });
  const clients: S3Client[] = [];
  const connect = (endpoint: string, credentials: typeof keys) => {
    const client = signingClient(endpoint, credentials);
    clients.push(client);
    return client;
  };
  const direct = servers.map(({ port }) => connect(`http://127.0.0.1:${port}`, keys));
  for (const [index, Bucket] of [[0, "left"], [0, "also"], [1, "right"]] as const) {
    await direct[index].send(new CreateBucketCommand({ Bucket }));
  }
  return {
    gateway,
    left: direct[0],
    right: direct[1],
    client: (name: string) => connect(gateway.endpoint, gateway.issueKey(name)),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await gateway.close();
      stores.close();
      for (const wire of wires) await wire[Symbol.asyncDispose]();
      for (const server of servers) await server.stop();
    },
  };
}

/** In parts where the embedded server takes no body so large. */
async function put(
  client: S3Client,
  Bucket: string,
  Key: string,
  body: Uint8Array,
  said: Partial<PutObjectCommandInput> = {},
): Promise<void> {
  const at = { Bucket, Key };
  if (body.length <= PART) {
    await client.send(new PutObjectCommand({ ...at, ...said, Body: body }));
    return;
  }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at, ...said }));
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (let offset = 0; offset < body.length; offset += PART) {
    const PartNumber = Parts.length + 1;
    const Body = body.subarray(offset, offset + PART);
    const { ETag } = await client.send(
      new UploadPartCommand({ ...at, UploadId, PartNumber, Body }),
    );
    Parts.push({ PartNumber, ETag });
  }
  await client.send(
    new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }),
  );
}

async function bytesOf(client: S3Client, Bucket: string, Key: string): Promise<Buffer> {
  const answer = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from(await answer.Body!.transformToByteArray());
}

async function keysOf(client: S3Client, Bucket: string): Promise<(string | undefined)[]> {
  const listing = await client.send(new ListObjectsV2Command({ Bucket }));
  return (listing.Contents ?? []).map(({ Key }) => Key);
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => assert.fail("it was not refused"), (error) => error);
  return `${error.$metadata?.httpStatusCode} ${error.name}`;
}

Deno.test("an object is copied from one store to another, with what it says of itself", async () => {
  await using bench = await openTwo();
  const client = bench.client("c");
  for (const size of [0, 10, 3 * MIB, 21 * MIB]) {
    const body = pattern(size);
    const Key = `dir/ż ${size}%+.bin`;
    await put(bench.left, "left", Key, body, {
      ContentType: "text/x-own",
      Metadata: { station: "7" },
    });
    const copied = await client.send(
      new CopyObjectCommand({
        Bucket: "right",
        Key: "copy",
        CopySource: `left/${encodeURIComponent(Key)}`,
      }),
    );
    assert.ok(Buffer.from(body).equals(await bytesOf(bench.right, "right", "copy")), `${size}`);
    assert.ok(Buffer.from(body).equals(await bytesOf(client, "right", "copy")), `${size}`);
    const head = await bench.right.send(new HeadObjectCommand({ Bucket: "right", Key: "copy" }));
    assert.equal(head.ETag, copied.CopyObjectResult?.ETag);
    assert.equal(head.ContentType, "text/x-own");
    assert.deepEqual(head.Metadata, { station: "7" });
    assert.ok(copied.CopyObjectResult?.LastModified instanceof Date);
  }
  await client.send(
    new CopyObjectCommand({
      Bucket: "right",
      Key: "copy",
      CopySource: `left/${encodeURIComponent("dir/ż 10%+.bin")}`,
      MetadataDirective: "REPLACE",
      ContentType: "text/other",
      Metadata: { fresh: "yes" },
    }),
  );
  const head = await bench.right.send(new HeadObjectCommand({ Bucket: "right", Key: "copy" }));
  assert.deepEqual([head.ContentType, head.Metadata], ["text/other", { fresh: "yes" }]);
});

Deno.test("a copy between stores is refused as the service would refuse it", async () => {
  await using bench = await openTwo();
  const client = bench.client("c");
  await bench.left.send(new PutObjectCommand({ Bucket: "left", Key: "a", Body: "abc" }));
  const copy = (input: Partial<CopyObjectCommandInput>) =>
    codeOf(
      client.send(
        new CopyObjectCommand({ Bucket: "right", Key: "b", CopySource: "left/a", ...input }),
      ),
    );
  assert.equal(await copy({ CopySource: "left/none" }), "404 NoSuchKey");
  assert.equal(await copy({ CopySource: "left" }), "400 InvalidArgument");
  assert.equal(await copy({ CopySourceIfMatch: '"other"' }), "412 PreconditionFailed");
  assert.equal(
    await copy({ CopySourceIfModifiedSince: new Date(Date.now() + 3600_000) }),
    "412 PreconditionFailed",
  );
  assert.equal(await copy({ CopySource: "nowhere/a" }), "404 NoSuchBucket");
  assert.deepEqual(await keysOf(bench.right, "right"), []);
});

Deno.test("an upload takes parts from another store", async () => {
  await using bench = await openTwo();
  const client = bench.client("c");
  const body = pattern(9 * MIB);
  await bench.left.send(new PutObjectCommand({ Bucket: "left", Key: "a", Body: body }));
  const at = { Bucket: "right", Key: "b" };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
  const part = async (PartNumber: number, CopySourceRange?: string) => {
    const { CopyPartResult } = await client.send(
      new UploadPartCopyCommand({
        ...at,
        UploadId,
        PartNumber,
        CopySource: "left/a",
        CopySourceRange,
      }),
    );
    return { PartNumber, ETag: CopyPartResult?.ETag };
  };
  const Parts = [
    await part(1, `bytes=0-${5 * MIB - 1}`),
    await part(2),
    await part(3, `bytes=${9 * MIB - 10}-${9 * MIB - 1}`),
  ];
  assert.equal(await codeOf(part(4, `bytes=0-${9 * MIB}`)), "416 InvalidRange");
  await client.send(
    new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }),
  );
  const wanted = Buffer.concat([body.subarray(0, 5 * MIB), body, body.subarray(-10)]);
  assert.ok(wanted.equals(await bytesOf(bench.right, "right", "b")));
});

Deno.test("copies are held back with the other writes, each of the state that it was made from", async () => {
  await using bench = await openTwo();
  const client = bench.client("q");
  const bodies: Record<string, Uint8Array> = {
    "left/empty": pattern(0),
    "left/small": pattern(1000),
    "left/large": pattern(6 * MIB),
    "also/large": pattern(7 * MIB, 2),
  };
  for (const [path, Body] of Object.entries(bodies)) {
    const [Bucket, Key] = path.split("/");
    await bench.left.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: "text/x" }));
  }
  bench.gateway.hold("q");
  for (const path of Object.keys(bodies)) {
    for (const Bucket of ["left", "right"]) {
      await client.send(
        new CopyObjectCommand({ Bucket, Key: `copy/${path}`, CopySource: path }),
      );
    }
  }
  // What was copied is the state of then.
  for (const path of Object.keys(bodies)) {
    const [Bucket, Key] = path.split("/");
    await bench.left.send(new PutObjectCommand({ Bucket, Key, Body: "changed" }));
  }
  await client.send(new DeleteObjectCommand({ Bucket: "also", Key: "large" }));
  assert.deepEqual(await keysOf(bench.left, "left"), ["empty", "large", "small"]);
  assert.deepEqual(await keysOf(bench.right, "right"), []);
  const { written, removed } = await bench.gateway.commit("q");
  assert.equal(written.length, 8);
  assert.deepEqual(removed, ["s3://also/large"]);
  for (const [path, body] of Object.entries(bodies)) {
    for (const [direct, bucket] of [[bench.left, "left"], [bench.right, "right"]] as const) {
      assert.ok(Buffer.from(body).equals(await bytesOf(direct, bucket, `copy/${path}`)), path);
      const head = await direct.send(
        new HeadObjectCommand({ Bucket: bucket, Key: `copy/${path}` }),
      );
      assert.equal(head.ContentType, "text/x");
    }
  }
});

Deno.test("a held copy that is aborted leaves nothing", async () => {
  await using bench = await openTwo();
  const client = bench.client("q");
  await bench.left.send(
    new PutObjectCommand({ Bucket: "left", Key: "large", Body: pattern(6 * MIB) }),
  );
  bench.gateway.hold("q");
  for (const Bucket of ["left", "right"]) {
    await client.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: "left/large" }));
  }
  await bench.gateway.abort("q");
  assert.deepEqual(await keysOf(bench.left, "left"), ["large"]);
  assert.deepEqual(await keysOf(bench.right, "right"), []);
  for (const [direct, Bucket] of [[bench.left, "left"], [bench.right, "right"]] as const) {
    const { Uploads } = await direct.send(new ListMultipartUploadsCommand({ Bucket }));
    assert.deepEqual(Uploads ?? [], []);
  }
});

Deno.test("a copy whose source changes meanwhile is an error, not a mix", async () => {
  const replaced = {
    kind: "answer",
    status: 412,
    body: "<Error><Code>PreconditionFailed</Code></Error>",
  } as const;
  let gets = 0;
  await using bench = await openTwo(({ method, path }) =>
    method === "GET" && path === "/left/a" && ++gets > 2 ? replaced : undefined
  );
  const client = bench.client("c");
  await put(bench.left, "left", "a", pattern(20 * MIB));
  const copy = new CopyObjectCommand({ Bucket: "right", Key: "b", CopySource: "left/a" });
  assert.equal(await codeOf(client.send(copy)), "412 PreconditionFailed");
  assert.ok(gets > 2);
  assert.deepEqual(await keysOf(bench.right, "right"), []);
});

Deno.test("a copy goes on when its target's service fails for a while", async () => {
  let puts = 0;
  await using bench = await openTwo(({ method, path }) =>
    method === "PUT" && path === "/right/b" && ++puts < 3
      ? { kind: "answer", status: 503, body: "<Error><Code>SlowDown</Code></Error>" }
      : undefined
  );
  const body = pattern(3 * MIB);
  await bench.left.send(new PutObjectCommand({ Bucket: "left", Key: "a", Body: body }));
  await bench.client("c").send(
    new CopyObjectCommand({ Bucket: "right", Key: "b", CopySource: "left/a" }),
  );
  assert.equal(puts, 3);
  assert.ok(Buffer.from(body).equals(await bytesOf(bench.right, "right", "b")));
});

import assert from "node:assert/strict";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { OfflineCatalogue } from "../../../src/gateway/offline/catalogue.ts";
import { GatewayServer } from "../../../src/gateway/server.ts";
import { planPull, pull } from "../../../src/objects/pull.ts";
import { openCache } from "../../../src/range/cache/open_cache.ts";
import { forgetPulled, pulledPrefixes } from "../../../src/range/cache/pulled.ts";
import { readSettings, type Settings } from "../../../src/settings.ts";
import {
  BUCKET,
  type GatewayBench,
  openBench,
  pattern,
  signingClient,
} from "../support/gateway.ts";

const KEYS = ["a.txt", "d/one.bin", "d/two ü.bin", "d/e/three.bin", "d/empty", "z/ü"];

interface Offline extends AsyncDisposable {
  readonly client: S3Client;
  /** A client with a key of a statement's kind. */
  readonly statement: S3Client;
}

/** A bucket, a cache folder, and what was pulled from the one into the other. */
async function withPulled(
  body: (bench: GatewayBench, settings: Settings, open: () => Promise<Offline>) => Promise<void>,
  prefix = "",
): Promise<void> {
  const directory = await Deno.makeTempDir();
  const settings = { ...readSettings(() => undefined), cacheDirectory: directory };
  try {
    await using bench = await openBench();
    for (const [index, key] of KEYS.entries()) {
      await bench.put(key, key === "d/empty" ? "" : pattern(100_000 + index, index));
    }
    await pull(await planPull(bench.store, { bucket: BUCKET, key: prefix }, { settings }), {
      settings,
    });
    bench.wire.clear();
    await body(bench, settings, () => openOffline(bench, directory, settings));
    assert.deepEqual(bench.wire.requests, []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function openOffline(
  { stores }: GatewayBench,
  directory: string,
  settings: Settings,
): Promise<Offline> {
  const cache = await openCache({}, settings);
  const offline = new OfflineCatalogue(await pulledPrefixes(directory), cache);
  const gateway = new GatewayServer({ stores, cache, offline });
  const client = signingClient(gateway.endpoint, gateway.issueKey("tool"));
  const statement = signingClient(
    gateway.endpoint,
    gateway.issueKey("statement", { kind: "statement" }),
  );
  return {
    client,
    statement,
    async [Symbol.asyncDispose]() {
      client.destroy();
      statement.destroy();
      await gateway.close();
      await cache.settled();
    },
  };
}

async function bytesOf(client: S3Client, Key: string, Range?: string): Promise<Uint8Array> {
  const answer = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key, Range }));
  return await answer.Body!.transformToByteArray();
}

Deno.test("what was pulled is read without a request, whole and in parts", () =>
  withPulled(async (_bench, _settings, open) => {
    await using offline = await open();
    for (const client of [offline.client, offline.statement]) {
      for (const [index, key] of KEYS.entries()) {
        if (key === "d/empty") continue;
        const body = pattern(100_000 + index, index);
        assert.deepEqual(await bytesOf(client, key), body);
        assert.deepEqual(await bytesOf(client, key, "bytes=-10"), body.subarray(-10));
      }
      const at = { Bucket: BUCKET, Key: "d/empty" };
      assert.equal((await client.send(new HeadObjectCommand(at))).ContentLength, 0);
      await assert.rejects(bytesOf(client, "d/none"), { name: "NoSuchKey" });
      await client.send(new HeadBucketCommand({ Bucket: BUCKET }));
    }
    const { Buckets } = await offline.client.send(new ListBucketsCommand({}));
    assert.deepEqual(Buckets?.map(({ Name }) => Name), [BUCKET]);
  }));

Deno.test("listings are those of the service", async () => {
  const asked: Partial<ListObjectsV2CommandInput>[] = [
    {},
    { Delimiter: "/" },
    { Prefix: "d/", Delimiter: "/" },
    { Prefix: "d", Delimiter: "/", MaxKeys: 1 },
    { MaxKeys: 2 },
    { MaxKeys: 1, Delimiter: "/", EncodingType: "url" },
    { StartAfter: "d/one.bin" },
    { Prefix: "none/" },
  ];
  const pagesOf = async (client: S3Client, input: Partial<ListObjectsV2CommandInput>) => {
    const pages: unknown[] = [];
    for (let ContinuationToken: string | undefined, at = 0; at < 20; at++) {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: BUCKET, ...input, ContinuationToken }),
      );
      pages.push([
        page.Contents?.map(({ Key, Size, ETag }) => [Key, Size, ETag]),
        page.CommonPrefixes?.map(({ Prefix }) => Prefix),
        page.KeyCount,
      ]);
      ContinuationToken = page.NextContinuationToken;
      if (ContinuationToken === undefined) break;
    }
    return pages;
  };
  await withPulled(async (bench, _settings, open) => {
    await using offline = await open();
    for (const input of asked) {
      assert.deepEqual(
        await pagesOf(offline.client, input),
        await pagesOf(bench.direct, input),
        JSON.stringify(input),
      );
    }
    const old = await offline.client.send(
      new ListObjectsCommand({ Bucket: BUCKET, Marker: "d/e/three.bin", MaxKeys: 2 }),
    );
    assert.deepEqual(old.Contents?.map(({ Key }) => Key), ["d/empty", "d/one.bin"]);
    assert.equal(old.IsTruncated, true);
  });
});

Deno.test("what was not pulled is refused, never taken for missing", () =>
  withPulled(async (_bench, _settings, open) => {
    await using offline = await open();
    const refused = { name: "NotInCache" };
    for (const client of [offline.client, offline.statement]) {
      await assert.rejects(bytesOf(client, "a.txt"), refused);
      const list = (Prefix: string) =>
        client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
      await assert.rejects(list(""), refused);
      assert.equal((await list("d/e/")).KeyCount, 1);
      const other = { Bucket: "other", Key: "a" };
      await assert.rejects(client.send(new GetObjectCommand(other)), refused);
      await assert.rejects(client.send(new ListObjectsV2Command(other)), refused);
    }
  }, "d/"));

Deno.test("nothing is written without a network", () =>
  withPulled(async (_bench, _settings, open) => {
    await using offline = await open();
    const at = { Bucket: BUCKET, Key: "a.txt" };
    const denied = { name: "AccessDenied" };
    await assert.rejects(offline.client.send(new PutObjectCommand({ ...at, Body: "x" })), denied);
    await assert.rejects(offline.client.send(new DeleteObjectCommand(at)), denied);
    await assert.rejects(offline.client.send(new CreateBucketCommand(at)), denied);
  }));

Deno.test("bytes that are gone from the cache are an error, not other bytes", () =>
  withPulled(async (_bench, settings, open) => {
    const folder = join(settings.cacheDirectory, "blocks-1");
    for await (const shard of Deno.readDir(folder)) {
      if (shard.isDirectory) await Deno.remove(join(folder, shard.name), { recursive: true });
    }
    await using offline = await open();
    await assert.rejects(bytesOf(offline.client, "d/one.bin"), { name: "NotInCache" });
    const [pulled] = await pulledPrefixes(settings.cacheDirectory);
    await forgetPulled(settings.cacheDirectory, pulled);
    assert.deepEqual(await pulledPrefixes(settings.cacheDirectory), []);
  }));

Deno.test("a newer pull goes before an older one", () =>
  withPulled(async (bench, settings, open) => {
    await bench.put("d/one.bin", "new");
    await bench.direct.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "d/two ü.bin" }));
    const plan = await planPull(bench.store, { bucket: BUCKET, key: "d/" }, { settings });
    assert.equal(plan.objects.length, 3);
    await pull(plan, { settings });
    bench.wire.clear();
    await using offline = await open();
    assert.equal(new TextDecoder().decode(await bytesOf(offline.client, "d/one.bin")), "new");
    await assert.rejects(bytesOf(offline.client, "d/two ü.bin"), { name: "NoSuchKey" });
    assert.deepEqual(await bytesOf(offline.client, "a.txt"), pattern(100_000, 0));
  }));

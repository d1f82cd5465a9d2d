import assert from "node:assert/strict";
import {
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3ServiceException,
} from "@aws-sdk/client-s3";
import { BUCKET, openBench, pattern } from "./support/gateway.ts";

const HOSTILE = [
  "plain.txt",
  "part=0/a b.txt",
  "part%3D0/percent.txt",
  "plus+and&amp.txt",
  "quote'\"(1)!*.txt",
  "unicode/żółć-日本.txt",
  "tab\there.txt",
  "double//slash",
  "question?mark#hash",
  "trailing/",
  "dots/../up.txt",
  "./here/.",
  "..",
];

async function refused(work: Promise<unknown>): Promise<S3ServiceException> {
  try {
    await work;
  } catch (error) {
    return error as S3ServiceException;
  }
  throw new Error("it was not refused");
}

Deno.test("an object is read whole, in ranges and by its end", async () => {
  await using bench = await openBench();
  const body = pattern(3_000_000);
  await bench.put("data.bin", body);
  for (const kind of ["tool", "statement"] as const) {
    const client = bench.client(kind, { kind });
    const read = async (Range?: string) => {
      const answer = await client.send(
        new GetObjectCommand({ Bucket: BUCKET, Key: "data.bin", Range }),
      );
      const bytes = await answer.Body!.transformToByteArray();
      return { status: answer.$metadata.httpStatusCode, range: answer.ContentRange, bytes };
    };
    const whole = await read();
    assert.equal(whole.status, 200);
    assert.ok(Buffer.from(whole.bytes).equals(Buffer.from(body)));
    for (
      const [header, start, end] of [
        ["bytes=0-0", 0, 1],
        ["bytes=1000-2500000", 1000, 2500001],
        ["bytes=2999990-9999999", 2999990, 3000000],
        ["bytes=2000000-", 2000000, 3000000],
        ["bytes=-17", 2999983, 3000000],
      ] as const
    ) {
      const part = await read(header);
      assert.equal(part.status, 206);
      assert.equal(part.range, `bytes ${start}-${end - 1}/3000000`);
      assert.ok(Buffer.from(part.bytes).equals(Buffer.from(body.subarray(start, end))), header);
    }
    const past = await refused(read("bytes=3000000-"));
    assert.equal(past.$metadata.httpStatusCode, 416);
    assert.equal(past.name, "InvalidRange");
  }
});

Deno.test("preconditions are answered as the service would", async () => {
  await using bench = await openBench();
  await bench.put("a.txt", "hello");
  const client = bench.client("c");
  const head = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "a.txt" }));
  const get = (conditions: object) =>
    client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a.txt", ...conditions }));
  assert.equal((await get({ IfMatch: head.ETag })).$metadata.httpStatusCode, 200);
  assert.equal((await refused(get({ IfMatch: '"other"' }))).$metadata.httpStatusCode, 412);
  assert.equal((await refused(get({ IfNoneMatch: head.ETag }))).$metadata.httpStatusCode, 304);
  const later = new Date(Date.now() + 3600_000);
  assert.equal((await refused(get({ IfModifiedSince: later }))).$metadata.httpStatusCode, 304);
  const before = new Date(Date.now() - 3600_000);
  assert.equal((await refused(get({ IfUnmodifiedSince: before }))).$metadata.httpStatusCode, 412);
});

Deno.test("what is not there is a 404 with its own code", async () => {
  await using bench = await openBench();
  for (const kind of ["tool", "statement"] as const) {
    const client = bench.client(kind, { kind });
    const noKey = await refused(
      client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "none-journal" })),
    );
    assert.equal(noKey.$metadata.httpStatusCode, 404);
    const head = await refused(
      client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "none-wal" })),
    );
    assert.equal(head.$metadata.httpStatusCode, 404);
    const noBucket = await refused(
      client.send(new ListObjectsV2Command({ Bucket: "no-such-bucket" })),
    );
    assert.equal(noBucket.name, "NoSuchBucket");
    assert.equal(
      (await refused(client.send(new HeadBucketCommand({ Bucket: "no-such-bucket" }))))
        .$metadata.httpStatusCode,
      404,
    );
  }
  const statement = bench.client("statement");
  const missing = await refused(
    statement.send(new GetObjectCommand({ Bucket: BUCKET, Key: "none" })),
  );
  assert.equal(missing.name, "NoSuchKey");
  assert.ok(missing.$metadata.requestId);
});

Deno.test("keys of every kind are written, listed and read as they are", async () => {
  await using bench = await openBench();
  const client = bench.client("c");
  for (const Key of HOSTILE) {
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: `body of ${Key}` }));
  }
  const listed = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  const past = await bench.direct.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  assert.deepEqual(listed.Contents, past.Contents);
  assert.deepEqual(new Set(past.Contents?.map(({ Key }) => Key)), new Set(HOSTILE));
  const statement = bench.client("s", { kind: "statement" });
  for (const Key of HOSTILE) {
    for (const each of [client, statement]) {
      const answer = await each.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      assert.equal(await answer.Body!.transformToString(), `body of ${Key}`);
    }
  }
});

Deno.test("listings take every parameter and go on by page", async () => {
  await using bench = await openBench();
  for (let index = 0; index < 7; index++) await bench.put(`dir/${index}.txt`, "x");
  await bench.put("other/a b.txt", "x");
  const client = bench.client("c");
  const folders = await client.send(
    new ListObjectsV2Command({ Bucket: BUCKET, Delimiter: "/", EncodingType: "url" }),
  );
  assert.deepEqual(folders.CommonPrefixes?.map(({ Prefix }) => Prefix), ["dir/", "other/"]);
  const first = await client.send(
    new ListObjectsV2Command({
      Bucket: BUCKET,
      Prefix: "dir/",
      MaxKeys: 3,
      StartAfter: "dir/0.txt",
    }),
  );
  assert.deepEqual(first.Contents?.map(({ Key }) => Key), ["dir/1.txt", "dir/2.txt", "dir/3.txt"]);
  const second = await client.send(
    new ListObjectsV2Command({
      Bucket: BUCKET,
      Prefix: "dir/",
      ContinuationToken: first.NextContinuationToken,
    }),
  );
  assert.deepEqual(second.Contents?.map(({ Key }) => Key), ["dir/4.txt", "dir/5.txt", "dir/6.txt"]);
  const old = await client.send(
    new ListObjectsCommand({ Bucket: BUCKET, Prefix: "dir/", Marker: "dir/4.txt" }),
  );
  assert.deepEqual(old.Contents?.map(({ Key }) => Key), ["dir/5.txt", "dir/6.txt"]);
  const buckets = await client.send(new ListBucketsCommand({}));
  assert.deepEqual(buckets.Buckets?.map(({ Name }) => Name), [BUCKET]);
  await client.send(new HeadBucketCommand({ Bucket: BUCKET }));
  await client.send(new GetBucketLocationCommand({ Bucket: BUCKET }));
});

Deno.test("a statement asks nothing twice: a listing is a HEAD, an opening brings the end", async () => {
  await using bench = await openBench();
  const body = pattern(200_000);
  await bench.put("l/a.bin", body);
  await bench.put("l/b.bin", body);
  await bench.put("single.bin", body);
  const client = bench.client("q", { kind: "statement" });
  bench.wire.clear();
  await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "l/" }));
  const head = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "l/a.bin" }));
  assert.equal(head.ContentLength, body.length);
  assert.equal(bench.wire.requests.length, 1);
  const get = async (Key: string, Range: string) =>
    await (await client.send(new GetObjectCommand({ Bucket: BUCKET, Key, Range }))).Body!
      .transformToByteArray();
  assert.equal((await get("l/b.bin", "bytes=100-199")).length, 100);
  assert.equal(bench.wire.requests.length, 2);
  bench.wire.clear();
  await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "single.bin" }));
  assert.deepEqual(await get("single.bin", "bytes=-8"), body.slice(-8));
  assert.deepEqual(await get("single.bin", "bytes=150000-199999"), body.slice(150000));
  assert.equal(bench.wire.requests.length, 1);
});

Deno.test("a statement sees one state of an object; a tool sees the new one", async () => {
  await using bench = await openBench();
  await bench.put("x.bin", pattern(300_000, 1));
  const range = { Bucket: BUCKET, Key: "x.bin", Range: "bytes=0-99" };
  const statement = bench.client("s", { kind: "statement" });
  const tool = bench.client("t");
  for (const each of [statement, tool]) {
    await each.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "x.bin" }));
  }
  await bench.put("x.bin", pattern(300_000, 2));
  const error = await refused(statement.send(new GetObjectCommand(range)));
  assert.equal(error.$metadata.httpStatusCode, 412);
  assert.equal(bench.gateway.counts("s").failures[0].tag, "object_changed");
  const answer = await tool.send(new GetObjectCommand(range));
  assert.deepEqual(await answer.Body!.transformToByteArray(), pattern(300_000, 2).slice(0, 100));
  bench.gateway.forget("s");
  const again = await statement.send(new GetObjectCommand(range));
  assert.deepEqual(await again.Body!.transformToByteArray(), pattern(300_000, 2).slice(0, 100));
});

Deno.test("a tool gets metadata, type and encoding as they are stored", async () => {
  await using bench = await openBench();
  const client = bench.client("c");
  await client.send(
    new PutObjectCommand({
      Bucket: BUCKET,
      Key: "m.csv",
      Body: "a,b\n",
      ContentType: "text/csv",
      Metadata: { origin: "station-7" },
      CacheControl: "max-age=60",
    }),
  );
  for (const command of [HeadObjectCommand, GetObjectCommand] as const) {
    const answer = await client.send(
      new command({ Bucket: BUCKET, Key: "m.csv" }) as HeadObjectCommand,
    );
    assert.equal(answer.ContentType, "text/csv");
    assert.deepEqual(answer.Metadata, { origin: "station-7" });
  }
});

Deno.test("a client that goes away ends the reads behind its answer, and harms no other", async () => {
  await using bench = await openBench();
  const body = pattern(9_000_000);
  await bench.put("a.bin", body);
  const client = bench.client("s", { kind: "statement" });
  const get = () => client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a.bin" }));
  const [left, stays] = await Promise.all([get(), get()]);
  (left.Body as unknown as { destroy(): void }).destroy();
  assert.deepEqual(Buffer.from(await stays.Body!.transformToByteArray()), Buffer.from(body));
  for (let time = 0; time < 30; time++) {
    ((await get()).Body as unknown as { destroy(): void }).destroy();
  }
  const until = Date.now() + 5_000;
  while (bench.gateway.reader.load(bench.store).underWay > 0) {
    assert.ok(Date.now() < until, "reads are still under way");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(
    Buffer.from(await (await get()).Body!.transformToByteArray()),
    Buffer.from(body),
  );
});

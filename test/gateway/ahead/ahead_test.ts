import assert from "node:assert/strict";
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { setTimeout as delay } from "node:timers/promises";
import { openCache } from "../../../src/range/cache/open_cache.ts";
import { BUCKET, type GatewayBench, openBench, pattern } from "../support/gateway.ts";

const MIB = 1024 * 1024;
const STEP = MIB / 4;

async function open(aheadMost?: number): Promise<GatewayBench> {
  const cache = await openCache({ disk: "off" });
  const settings = { hedgeShare: 0, ...(aheadMost === undefined ? {} : { aheadMost }) };
  return await openBench({ cache, settings });
}

async function read(client: S3Client, key: string, start: number, length: number) {
  const { Body } = await client.send(
    new GetObjectCommand({
      Bucket: BUCKET,
      Key: key,
      Range: `bytes=${start}-${start + length - 1}`,
    }),
  );
  return await Body!.transformToByteArray();
}

/** Resolves when nothing has come for a while. */
async function quiet({ wire }: GatewayBench): Promise<void> {
  for (let before = -1; before !== wire.requests.length;) {
    before = wire.requests.length;
    await delay(150);
  }
}

for (const kind of ["statement", "tool"] as const) {
  Deno.test(`a scan of a ${kind} finds the bytes there, the same and each fetched once`, async () => {
    await using bench = await open();
    const body = pattern(10 * MIB);
    await bench.put("scan.bin", body);
    const client = bench.client(kind, { kind });
    for (let at = 0; at < body.length; at += STEP) {
      const bytes = await read(client, "scan.bin", at, STEP);
      assert.ok(Buffer.from(bytes).equals(Buffer.from(body.subarray(at, at + STEP))), `${at}`);
    }
    await quiet(bench);
    const { ahead, bytes } = bench.gateway.counts(kind);
    assert.ok(ahead.fetched >= 8 * MIB, `${ahead.fetched}`);
    assert.equal(ahead.used, ahead.fetched);
    assert.ok(bytes.read <= body.length + 64 * 1024, `${bytes.read}`);
  });
}

Deno.test("with read-ahead off, nothing is fetched that was not asked for", async () => {
  await using bench = await open(0);
  await bench.put("scan.bin", pattern(10 * MIB));
  const client = bench.client("s", { kind: "statement" });
  for (let at = 0; at < 4 * MIB; at += STEP) await read(client, "scan.bin", at, STEP);
  await quiet(bench);
  const { ahead, bytes } = bench.gateway.counts("s");
  assert.deepEqual(ahead, { fetched: 0, used: 0 });
  assert.ok(bytes.read <= 4 * MIB + 64 * 1024, `${bytes.read}`);
});

Deno.test("what is ahead of a scan stays within its bound when the scan stops", async () => {
  await using bench = await open(MIB);
  await bench.put("scan.bin", pattern(10 * MIB));
  const client = bench.client("s", { kind: "statement" });
  for (let at = 0; at < 4 * MIB; at += STEP) await read(client, "scan.bin", at, STEP);
  await quiet(bench);
  const { ahead } = bench.gateway.counts("s");
  assert.ok(ahead.fetched > 0 && ahead.fetched - ahead.used <= MIB, JSON.stringify(ahead));
});

for (const end of ["forget", "abort", "commit", "revokeKey"] as const) {
  Deno.test(`${end} ends what is being fetched ahead`, async () => {
    await using bench = await open();
    await bench.put("scan.bin", pattern(10 * MIB));
    const client = bench.client("s", { kind: "statement" });
    for (let at = 0; at < 4 * MIB; at += MIB) await read(client, "scan.bin", at, MIB);
    await bench.gateway[end]("s");
    const count = bench.wire.requests.length;
    await delay(300);
    assert.equal(bench.wire.requests.length, count);
    assert.equal(bench.gateway.reader.load(bench.store).underWay, 0);
  });
}

Deno.test("small files of a listing are fetched whole, before they are asked for", async () => {
  await using bench = await open();
  const bodies = Array.from({ length: 40 }, (_, i) => pattern(20_000 + i, i + 1));
  const key = (i: number) => `rows/${String(i).padStart(3, "0")}.csv`;
  for (const [i, body] of bodies.entries()) await bench.put(key(i), body);
  const client = bench.client("s", { kind: "statement" });
  await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "rows/" }));
  assert.equal(bench.wire.requests.length, 1);
  for (const [i, body] of bodies.entries()) {
    const bytes = await read(client, key(i), 0, body.length);
    assert.ok(Buffer.from(bytes).equals(Buffer.from(body)), key(i));
  }
  await quiet(bench);
  assert.equal(bench.wire.requests.length, 1 + bodies.length);
  const { ahead } = bench.gateway.counts("s");
  assert.ok(ahead.fetched > 700_000 && ahead.used === ahead.fetched, JSON.stringify(ahead));
});

Deno.test("an object that was replaced after its listing fails as it is read, ahead or not", async () => {
  await using bench = await open();
  for (let i = 0; i < 4; i++) await bench.put(`rows/${i}.csv`, pattern(10_000, i + 1));
  const client = bench.client("s", { kind: "statement" });
  await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "rows/" }));
  await bench.put("rows/2.csv", pattern(10_000, 99));
  for (const i of [0, 1, 3]) await read(client, `rows/${i}.csv`, 0, 10_000);
  await assert.rejects(read(client, "rows/2.csv", 0, 10_000), { name: "PreconditionFailed" });
});

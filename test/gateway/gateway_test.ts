import assert from "node:assert/strict";
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { isDipperError } from "../../src/errors.ts";
import { type GatewayOptions, startGateway } from "../../src/gateway/gateway.ts";
import type { Credentials, Store } from "../../src/store/store.ts";
import { StoreSet } from "../../src/store/store_set.ts";
import { BUCKET, openBench, pattern, signingClient } from "./support/gateway.ts";

const NO_DISK = { disk: "off" } as const;

async function start(options: Pick<GatewayOptions, "stores"> & Partial<GatewayOptions>) {
  return await startGateway({ cache: NO_DISK, ...options });
}

async function bytesOf(client: S3Client, Key: string, Bucket = BUCKET): Promise<Uint8Array> {
  return await (await client.send(new GetObjectCommand({ Bucket, Key }))).Body!
    .transformToByteArray();
}

Deno.test("a gateway in its own thread reads, writes, holds and counts", async () => {
  await using bench = await openBench();
  const body = pattern(3_000_000);
  await bench.put("a.bin", body);
  await using gateway = await start({ stores: bench.stores });
  const key = await gateway.issueKey("q", { kind: "statement" });
  assert.deepEqual(await gateway.issueKey("q"), key);
  const client = signingClient(gateway.endpoint, key);
  assert.deepEqual(await bytesOf(client, "a.bin"), body);
  await gateway.hold("q");
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "b.bin", Body: body }));
  await assert.rejects(bytesOf(bench.direct, "b.bin"), { name: "NoSuchKey" });
  assert.deepEqual(await gateway.commit("q"), { written: [`s3://${BUCKET}/b.bin`], removed: [] });
  assert.deepEqual(await bytesOf(bench.direct, "b.bin"), body);
  const { bytes, received } = await gateway.counts("q");
  assert.deepEqual([bytes.answered, received.get, received.put], [3_000_000, 1, 1]);
  assert.deepEqual((await gateway.revokeKey("q")).bytes.answered, 3_000_000);
  await assert.rejects(bytesOf(client, "a.bin"), { name: "SignatureDoesNotMatch" });
  client.destroy();
});

Deno.test("errors come back as their own class, and a taken port is said", async () => {
  await using bench = await openBench();
  await using gateway = await start({ stores: bench.stores });
  await assert.rejects(gateway.issueKey("not/a name"), (error) => isDipperError(error, "usage"));
  await assert.rejects(gateway.counts("nobody"), (error) => isDipperError(error, "usage"));
  const port = Number(new URL(gateway.endpoint).port);
  await assert.rejects(
    start({ stores: bench.stores, port }),
    (error) => isDipperError(error, "configuration"),
  );
  await gateway.close();
  await gateway.close();
  await assert.rejects(gateway.counts("q"), /closed/);
});

Deno.test("work of the session's thread holds up nothing", async () => {
  await using bench = await openBench();
  await bench.put("a.bin", pattern(1000));
  await using gateway = await start({ stores: bench.stores });
  const key = await gateway.issueKey("q");
  const client = signingClient(gateway.endpoint, key);
  await bytesOf(client, "a.bin");
  client.destroy();
  // Another process asks for a page while this thread does nothing else.
  const code = `const start = performance.now();
const { status } = await fetch("${gateway.endpoint}/x");
console.log(status, (performance.now() - start) / 1000);`;
  const other = new Deno.Command(Deno.execPath(), { args: ["eval", code], stdout: "piped" })
    .spawn();
  const until = performance.now() + 1500;
  while (performance.now() < until);
  const text = new TextDecoder().decode((await other.output()).stdout);
  const [status, seconds] = text.split(" ").map(Number);
  assert.equal(status, 403);
  assert.ok(seconds < 1, `it took ${seconds} s`);
});

Deno.test("credentials are renewed across the threads, and after a refusal", async () => {
  await using bench = await openBench();
  await bench.put("a.bin", pattern(1000));
  const asked: (string | undefined)[] = [];
  let serial = 0;
  const store: Store = {
    ...bench.store,
    origins: { credentials: { value: "assumed role", source: "test" } },
    credentials: (_signal, refused?: Credentials) => {
      asked.push(refused?.accessKeyId);
      return Promise.resolve({
        accessKeyId: `temporary-${++serial}`,
        secretAccessKey: "secret-of-the-role",
        expiration: new Date(Date.now() + (serial === 1 ? 1_000 : 3600_000)),
      });
    },
  };
  await using gateway = await start({ stores: StoreSet.of([store]) });
  const client = signingClient(gateway.endpoint, await gateway.issueKey("q"));
  await bytesOf(client, "a.bin");
  await bytesOf(client, "a.bin");
  client.destroy();
  assert.deepEqual(asked, [undefined, undefined]);
  const keys = bench.wire.requests.map(({ headers }) =>
    /Credential=([^/]+)/.exec(headers.get("authorization") ?? "")?.[1]
  );
  assert.deepEqual(new Set(keys), new Set(["temporary-2"]));
});

Deno.test("buckets of several stores are one service, under the names of the map", async () => {
  await using one = await openBench();
  await using two = await openBench();
  await one.put("a.txt", "one");
  await two.put("a.txt", "two");
  const environment = { get: () => undefined, home: "/nonexistent" };
  const keys = { accessKeyId: "k", secretAccessKey: "secret-of-stores" };
  const stores = await StoreSet.resolve({
    stores: {
      first: { endpoint: one.wire.endpoint, ...keys },
      second: { endpoint: two.wire.endpoint, ...keys },
    },
    buckets: { [BUCKET]: "first", "other-name": `second/${BUCKET}` },
  }, environment);
  await using gateway = await start({ stores });
  const client = signingClient(gateway.endpoint, await gateway.issueKey("q"));
  const text = async (bucket: string) =>
    new TextDecoder().decode(await bytesOf(client, "a.txt", bucket));
  assert.deepEqual([await text(BUCKET), await text("other-name")], ["one", "two"]);
  client.destroy();
  stores.close();
});

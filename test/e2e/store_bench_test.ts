import assert from "node:assert/strict";
import { ListObjectVersionsCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { benchStore } from "../../src/objects/store_bench/measure.ts";
import { benchPlan } from "../../src/objects/store_bench/plan.ts";
import { listUploads } from "../../src/objects/uploads.ts";
import { environmentOf } from "../../src/store/environment.ts";
import { StoreSet } from "../../src/store/store_set.ts";
import { freshBucket } from "../support/names.ts";
import { makeBucket } from "./support/bucket.ts";
import { dipper, interrupted, personOf } from "./support/command.ts";
import { onEachServer, type Server } from "./support/servers.ts";

const MIB = 2 ** 20;

async function place(of: Server) {
  const bucket = await makeBucket(of, [], freshBucket("storebench"));
  const stores = await StoreSet.resolve(of.options, environmentOf({}));
  return {
    bucket,
    stores,
    uploads: () => Array.fromAsync(listUploads(stores.all[0], bucket.name)),
    async [Symbol.asyncDispose]() {
      await bucket[Symbol.asyncDispose]();
      stores.close();
    },
  };
}

onEachServer("a bucket is measured with checked bytes, and nothing is left", async (of) => {
  await using where = await place(of);
  const sizes = ["--sizes", "1KiB,1MiB,20MiB", "--repeat", "2"];
  const ran = await dipper(personOf(of), "bench-store", where.bucket.uri("x"), ...sizes, "--json");
  assert.equal(ran.code, 0, ran.stderr);
  const { rows, checked, isClean } = JSON.parse(ran.stdout);
  assert.deepEqual([rows.length, isClean, checked.none], [4, true, undefined]);
  assert.ok(rows[3].up.mibPerSecond > rows[1].up.mibPerSecond);
  assert.deepEqual(await where.bucket.keys(), []);
  assert.deepEqual(await where.uploads(), []);
});

onEachServer("a measurement that is stopped leaves nothing", async (of) => {
  await using where = await place(of);
  const someUploads = async () => {
    while ((await where.uploads()).length === 0 && (await where.bucket.keys()).length < 2);
  };
  const args = ["bench-store", where.bucket.uri(""), "--sizes", "64MiB", "--repeat", "5"];
  const { code } = await interrupted(personOf(of), someUploads, ...args);
  assert.equal(code, 130);
  assert.deepEqual(await where.bucket.keys(), []);
  assert.deepEqual(await where.uploads(), []);
});

onEachServer("where versions are kept none is left", async (of) => {
  await using where = await place(of);
  await of.client.send(
    new PutBucketVersioningCommand({
      Bucket: where.bucket.name,
      VersioningConfiguration: { Status: "Enabled" },
    }),
  );
  const plan = benchPlan([MIB], 1);
  assert.ok((await benchStore(where.stores, where.bucket.uri(""), { plan })).isClean);
  const left = await of.client.send(new ListObjectVersionsCommand({ Bucket: where.bucket.name }));
  assert.deepEqual([left.Versions ?? [], left.DeleteMarkers ?? []], [[], []]);
});

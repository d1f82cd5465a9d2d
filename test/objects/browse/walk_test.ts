import assert from "node:assert/strict";
import { isDipperError } from "../../../src/errors.ts";
import { compareKeys, walkGlob, walkPrefix } from "../../../src/objects/browse/walk.ts";
import { closeClients } from "../../../src/store/client.ts";
import { environmentOf } from "../../../src/store/environment.ts";
import { resolveStore } from "../../../src/store/resolve.ts";
import { thrownBy } from "../../store/scripted.ts";
import { embeddedStore } from "../embedded.ts";
import { type ListingServer, listingServer } from "./listing_server.ts";

async function storeOf({ url }: ListingServer) {
  const options = { endpoint: url, accessKeyId: "test", secretAccessKey: "listing-secret" };
  return await resolveStore("listing", options, environmentOf({}));
}

async function keysOf(walk: AsyncIterable<{ key: string }>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of walk) keys.push(key);
  return keys;
}

const KEYS = [
  ...Array.from(
    { length: 40 },
    (_, y) => Array.from({ length: 120 }, (_, m) => `t/year=${2000 + y}/part-${m}.parquet`),
  ).flat(),
  "t/a.csv",
  "t/year=2000.csv",
  "t-side/x",
  "é/ü\u{1f600}",
  "é/ü\uffee",
].sort(compareKeys);

Deno.test("a walk brings every key in order, folders beside each other", async () => {
  await using server = listingServer(KEYS);
  const store = await storeOf(server);
  assert.deepEqual(await keysOf(walkPrefix(store, "lake", "")), KEYS);
  assert.ok(server.most > 4, `only ${server.most} requests at once`);
  const below = KEYS.filter((key) => key.startsWith("t/year=20"));
  assert.deepEqual(await keysOf(walkPrefix(store, "lake", "t/year=20")), below);
  closeClients(store);
});

Deno.test("a small folder costs one request", async () => {
  await using server = listingServer(KEYS);
  const store = await storeOf(server);
  assert.equal((await keysOf(walkPrefix(store, "lake", "t/year=2001/"))).length, 120);
  assert.equal(server.requests, 1);
  closeClients(store);
});

Deno.test("folders of a key or two are not listed each for itself", async () => {
  const keys = Array.from({ length: 5000 }, (_, i) => `d${String(i).padStart(5, "0")}/x`);
  await using server = listingServer(keys);
  const store = await storeOf(server);
  assert.deepEqual(await keysOf(walkPrefix(store, "lake", "")), keys);
  assert.ok(server.requests <= 7, `${server.requests} requests`);
  closeClients(store);
});

Deno.test("a pattern lists only the folders that can match", async () => {
  await using server = listingServer(KEYS);
  const store = await storeOf(server);
  const expected = KEYS.filter((key) => /^t\/year=200[12]\/.*9\.parquet$/.test(key));
  const found = await keysOf(walkGlob(store, "lake", "t/year=200[12]/*9.parquet"));
  assert.deepEqual(found, expected);
  assert.deepEqual(server.prefixes, ["t/year=200", "t/year=2001/", "t/year=2002/"]);
  const all = await keysOf(walkGlob(store, "lake", "t/year=*/**.parquet"));
  assert.equal(all.length, 4800);
  assert.deepEqual(await keysOf(walkGlob(store, "lake", "**/x")), ["t-side/x"]);
  closeClients(store);
});

Deno.test("few pages are held, however many folders there are", async () => {
  const keys = Array.from(
    { length: 60 },
    (_, d) =>
      Array.from({ length: 3000 }, (_, i) => `d${String(d).padStart(2, "0")}/${10_000 + i}`),
  ).flat();
  await using server = listingServer(keys);
  const store = await storeOf(server);
  const walk = walkPrefix(store, "lake", "");
  assert.equal((await walk.next()).value?.key, keys[0]);
  await server.quiet();
  assert.ok(server.requests < 70, `${server.requests} of 240 requests before anything was read`);
  await walk.return(undefined);
  closeClients(store);
});

Deno.test("a bucket that is not there is told with its nearest", async () => {
  await using embedded = await embeddedStore("lake", ["a"]);
  const error = await thrownBy(() => keysOf(walkPrefix(embedded.store, "laek", "")));
  assert.ok(isDipperError(error, "bucket_not_found"));
  assert.deepEqual(error.context.nearest, ["lake"]);
});

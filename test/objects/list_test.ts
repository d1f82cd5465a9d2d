import assert from "node:assert/strict";
import type { DipperError } from "../../src/errors.ts";
import { listBuckets, listObjects, listPages } from "../../src/objects/list.ts";
import { thrownBy } from "../store/scripted.ts";
import { embeddedStore } from "./embedded.ts";

const KEYS = ["a.csv", "data/year=2020/x.parquet", "data/year=2021/y.parquet", "data/z é+&.csv"];

Deno.test("objects, folders, limits, buckets", async () => {
  await using embedded = await embeddedStore("lake", KEYS);
  const { store } = embedded;
  const all = await Array.fromAsync(listObjects(store, "lake"));
  assert.deepEqual(all.map((each) => each.kind === "object" && each.key), KEYS);
  const first = all[0];
  assert.ok(first.kind === "object" && first.size === 5 && first.lastModified instanceof Date);
  assert.match(first.etag!, /^[0-9a-f]{32}$/);
  const folder = await Array.fromAsync(
    listObjects(store, "lake", { prefix: "data/", delimiter: "/" }),
  );
  assert.deepEqual(
    folder.map((each) => each.kind === "object" ? each.key : each.prefix),
    ["data/year=2020/", "data/year=2021/", "data/z é+&.csv"],
  );
  assert.equal((await Array.fromAsync(listObjects(store, "lake", { limit: 2 }))).length, 2);
  assert.equal((await Array.fromAsync(listObjects(store, "lake", { startAfter: "b" }))).length, 3);
  assert.deepEqual((await listBuckets(store)).map(({ name }) => name), ["lake"]);
});

Deno.test("pages follow one another", async () => {
  const keys = Array.from({ length: 1003 }, (_, i) => `k${String(i).padStart(5, "0")}`);
  await using embedded = await embeddedStore("many", keys);
  const pages = await Array.fromAsync(listPages(embedded.store, "many"));
  assert.deepEqual(pages.map(({ entries }) => entries.length), [1000, 3]);
  assert.equal(pages[1].next, undefined);
});

Deno.test("a bucket that does not exist, an abort", async () => {
  await using embedded = await embeddedStore("lake", []);
  const missing = await thrownBy(() => Array.fromAsync(listObjects(embedded.store, "laek")));
  assert.equal((missing as DipperError).tag, "bucket_not_found");
  const signal = AbortSignal.abort();
  const aborted = await thrownBy(() =>
    Array.fromAsync(listObjects(embedded.store, "lake", { signal }))
  );
  assert.equal(aborted.name, "CancelledError");
});

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { copy } from "../../src/objects/transfer/copy.ts";
import { move } from "../../src/objects/transfer/move.ts";
import { remove } from "../../src/objects/transfer/remove.ts";
import { sync } from "../../src/objects/transfer/sync.ts";
import { abortUploads, listUploads } from "../../src/objects/uploads.ts";
import { environmentOf } from "../../src/store/environment.ts";
import { StoreSet } from "../../src/store/store_set.ts";
import { Pattern } from "../faults/pattern.ts";
import { freshBucket } from "../support/names.ts";
import { makeBucket, type TestBucket } from "./support/bucket.ts";
import { onEachServer, type Server, server } from "./support/servers.ts";

const MIB = 2 ** 20;

/** Nothing, one byte, around the least part, in one piece, in parts, and large. */
const SIZES = [0, 1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 16 * MIB, 16 * MIB + 1, 64 * MIB];

interface Desk extends AsyncDisposable {
  readonly bucket: TestBucket;
  readonly stores: StoreSet;
  path(name: string): string;
}

async function open(of: Server): Promise<Desk> {
  const bucket = await makeBucket(of, [], freshBucket("transfer"));
  const stores = await StoreSet.resolve(of.options, environmentOf({}));
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "dipper-e2e-transfer-" }));
  return {
    bucket,
    stores,
    path: (name) => join(folder, name),
    async [Symbol.asyncDispose]() {
      await abortUploads(stores.all[0], bucket.name);
      await remove(stores, [bucket.uri("")], { recursive: true, all: true });
      await bucket[Symbol.asyncDispose]();
      stores.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function state(desk: Desk) {
  return { stateFolder: desk.path("state") };
}

onEachServer("files of any size go up, across and down, and stay what they are", async (of) => {
  await using desk = await open(of);
  const { stores, bucket } = desk;
  await Deno.mkdir(desk.path("in"));
  for (const size of SIZES) {
    await Deno.writeFile(desk.path(`in/${size}.bin`), Pattern.of(5).slice(1, size));
  }
  const recursive = { ...state(desk), recursive: true };
  const up = await copy(stores, desk.path("in"), bucket.uri("a"), recursive);
  assert.deepEqual([up.done, up.failed, up.checked.none], [SIZES.length, [], undefined]);
  const across = await copy(stores, bucket.uri("a"), bucket.uri("b"), recursive);
  assert.deepEqual([across.done, across.failed], [SIZES.length, []]);
  const down = await copy(stores, bucket.uri("b"), desk.path("out"), recursive);
  assert.deepEqual([down.done, down.failed], [SIZES.length, []]);
  for (const size of SIZES) {
    const bytes = await Deno.readFile(desk.path(`out/${size}.bin`));
    assert.equal(Buffer.compare(bytes, Pattern.of(5).slice(1, size)), 0, `${size} bytes`);
  }
  const direct = await copy(stores, bucket.uri("a"), desk.path("direct"), recursive);
  assert.equal(
    direct.checked.none,
    undefined,
    "every byte that came down was held against a checksum",
  );
  assert.deepEqual(await Array.fromAsync(listUploads(stores.all[0], bucket.name)), []);
  assert.equal((await sync(stores, desk.path("in"), bucket.uri("a"))).done, 0);
  const later = new Date(Date.now() + 3_600_000);
  await Deno.utime(desk.path(`in/${64 * MIB}.bin`), later, later);
  const options = { sameness: "checksum" } as const;
  assert.equal((await sync(stores, desk.path("in"), bucket.uri("a"), options)).done, 0);
});

onEachServer("odd names go up and come back", async (of) => {
  await using desk = await open(of);
  const { stores, bucket } = desk;
  const names = [
    "a b+c&d=e.txt",
    "ż%20ó'%3D.txt",
    "part=0/x.csv",
    "(x)!*'.txt",
    "日本/🙂.txt",
    "~x;y,z@w",
  ];
  for (const name of names) {
    await Deno.mkdir(desk.path(`in/${name}`).replace(/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(desk.path(`in/${name}`), name);
  }
  await copy(stores, desk.path("in"), bucket.uri("n"), { recursive: true });
  const back = await copy(stores, bucket.uri("n"), bucket.uri("m"), { recursive: true });
  assert.deepEqual([back.done, back.failed], [names.length, []]);
  await copy(stores, bucket.uri("m"), desk.path("out"), { recursive: true });
  for (const name of names) assert.equal(await Deno.readTextFile(desk.path(`out/${name}`)), name);
});

onEachServer("an upload that was cut short goes on", async (of) => {
  await using desk = await open(of);
  const { stores, bucket } = desk;
  const bytes = Pattern.of(6).slice(0, 64 * MIB);
  await Deno.writeFile(desk.path("large"), bytes);
  for (
    const [from, to] of [[desk.path("large"), bucket.uri("large")], [
      bucket.uri("large"),
      desk.path("back"),
    ]]
  ) {
    const stop = new AbortController();
    const cut = copy(stores, from, to, {
      ...state(desk),
      // Two parts at once at most: at 24 MiB one of them at least has arrived.
      limits: { requests: 64, bytes: 8 * MIB },
      signal: stop.signal,
      onEvent: (event) => {
        if (event.kind === "progress" && event.bytes > 24 * MIB) stop.abort();
      },
    });
    await assert.rejects(cut, { tag: "cancelled" });
    let first: number | undefined;
    await copy(stores, from, to, {
      ...state(desk),
      onEvent: (event) => {
        if (event.kind === "progress" && event.bytes > 0) first ??= event.bytes;
      },
    });
    assert.ok(first !== undefined && first >= 8 * MIB, `${from} began anew: ${first}`);
  }
  assert.equal(Buffer.compare(await Deno.readFile(desk.path("back")), bytes), 0);
  assert.deepEqual(await Array.fromAsync(listUploads(stores.all[0], bucket.name)), []);
});

onEachServer("what exists is left, replaced or compared as a person says", async (of) => {
  await using desk = await open(of);
  const { stores, bucket } = desk;
  await Deno.writeTextFile(desk.path("one"), "one");
  await Deno.writeTextFile(desk.path("two"), "second");
  const uri = bucket.uri("k");
  const properties = { contentType: "text/x", metadata: { a: "b" }, cacheControl: "max-age=1" };
  await copy(stores, desk.path("one"), uri, { ...properties, tags: { t: "1" } });
  const kept = await copy(stores, desk.path("two"), uri, { noClobber: true });
  assert.deepEqual([kept.done, kept.skipped], [0, 1]);
  const head = await of.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: "k" }));
  assert.deepEqual([head.ContentType, head.Metadata, head.CacheControl], [
    "text/x",
    { a: "b" },
    "max-age=1",
  ]);
  await assert.rejects(copy(stores, desk.path("two"), uri, { ifMatch: "0".repeat(32) }), {
    tag: "object_changed",
  });
  const replaced = await copy(stores, desk.path("two"), uri, { ifMatch: head.ETag });
  assert.deepEqual([replaced.done, replaced.failed], [1, []]);
  await copy(stores, uri, desk.path("back"));
  assert.equal(await Deno.readTextFile(desk.path("back")), "second");
  await copy(stores, uri, bucket.uri("l"), { metadata: { c: "d" } });
  const copied = await of.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: "l" }));
  assert.deepEqual(copied.Metadata?.c, "d");
  await move(stores, bucket.uri("l"), bucket.uri("m"));
  assert.deepEqual(await bucket.keys(), ["k", "m"]);
});

onEachServer("streams, globs and removing", async (of) => {
  await using desk = await open(of);
  const { stores, bucket } = desk;
  const bytes = Pattern.of(8).slice(0, 20 * MIB + 3);
  async function* input() {
    for (let at = 0; at < bytes.length; at += 70_001) yield bytes.subarray(at, at + 70_001);
  }
  await copy(stores, "-", bucket.uri("s/stream"), { input: input() });
  const chunks: Uint8Array[] = [];
  await copy(stores, bucket.uri("s/stream"), "-", {
    output: (chunk) => Promise.resolve(void chunks.push(chunk)),
  });
  assert.equal(Buffer.compare(Buffer.concat(chunks), bytes), 0);
  for (let index = 0; index < 12; index++) {
    await bucket.put(`g/${index}.${index % 2 ? "csv" : "txt"}`, "x");
  }
  const globbed = await copy(stores, bucket.uri("g/*.csv"), desk.path("csv"));
  assert.equal(globbed.done, 6);
  const removed = await remove(stores, [bucket.uri("g/*.txt")], {
    confirm: () => Promise.resolve(true),
  });
  assert.equal(removed.deleted, 6);
  assert.equal((await bucket.keys()).length, 7);
});

Deno.test("from one server to another an object keeps its bytes and properties", async () => {
  const [one, two] = [server("ceph"), server("seaweedfs")];
  await using from = await open(one);
  await using to = await open(two);
  const bytes = Pattern.of(9).slice(0, 40 * MIB + 1);
  await Deno.writeFile(from.path("large"), bytes);
  await copy(from.stores, from.path("large"), from.bucket.uri("large"), { metadata: { a: "b" } });
  const both = await StoreSet.resolve({
    stores: { one: one.options, two: two.options },
    buckets: { [from.bucket.name]: "one", [to.bucket.name]: "two" },
  }, environmentOf({}));
  const summary = await copy(both, from.bucket.uri("large"), to.bucket.uri("copy"), state(from));
  assert.deepEqual([summary.done, summary.failed], [1, []]);
  await copy(both, to.bucket.uri("copy"), to.path("back"), state(to));
  assert.equal(Buffer.compare(await Deno.readFile(to.path("back")), bytes), 0);
  const head = await two.client.send(
    new HeadObjectCommand({ Bucket: to.bucket.name, Key: "copy" }),
  );
  assert.deepEqual(head.Metadata, { a: "b" });
  both.close();
});

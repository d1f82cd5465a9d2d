import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { copy } from "../../../src/objects/transfer/copy.ts";
import type { TransferEvent } from "../../../src/objects/transfer/events.ts";
import { move } from "../../../src/objects/transfer/move.ts";
import { remove } from "../../../src/objects/transfer/remove.ts";
import { sync } from "../../../src/objects/transfer/sync.ts";
import { abortUploads } from "../../../src/objects/uploads.ts";
import { Pattern } from "../../faults/pattern.ts";
import { openDesk, type TransferDesk } from "./support/desk.ts";

const MIB = 2 ** 20;

const LARGE = Pattern.of(3).slice(0, 21 * MIB + 5);

async function fill(desk: TransferDesk, files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, body] of Object.entries(files)) {
    await Deno.mkdir(desk.path(name).replace(/[^/]*$/, ""), { recursive: true });
    await Deno.writeFile(
      desk.path(name),
      typeof body === "string" ? new TextEncoder().encode(body) : body,
    );
  }
}

async function read(desk: TransferDesk, name: string): Promise<string> {
  return await Deno.readTextFile(desk.path(name));
}

Deno.test("files of any size go up and come back, and nothing else is left", async () => {
  await using desk = await openDesk();
  const state = { stateFolder: desk.path("state") };
  await fill(desk, { "in/empty": "", "in/one": "1", "in/deep/er/large.bin": LARGE });
  const up = await copy(desk.stores, desk.path("in"), desk.uri("p"), { ...state, recursive: true });
  assert.deepEqual([up.done, up.failed, up.bytes], [3, [], LARGE.length + 1]);
  assert.deepEqual(await desk.keys(), ["p/deep/er/large.bin", "p/empty", "p/one"]);
  const down = await copy(desk.stores, desk.uri("p/"), desk.path("out"), {
    ...state,
    recursive: true,
  });
  assert.equal(down.done, 3);
  assert.equal(down.checked.none, undefined, "every byte is held against a checksum");
  const back = await Deno.readFile(desk.path("out/deep/er/large.bin"));
  assert.equal(Buffer.compare(back, LARGE), 0);
  assert.equal(await read(desk, "out/one"), "1");
  assert.equal((await Deno.stat(desk.path("out/empty"))).size, 0);
  assert.deepEqual(Array.from(Deno.readDirSync(desk.path("state"))), []);
  assert.deepEqual(names(desk.path("out")), ["deep", "empty", "one"]);
});

Deno.test("one name goes where a person means", async () => {
  await using desk = await openDesk();
  await fill(desk, { "a.csv": "x\n1\n" });
  const a = desk.path("a.csv");
  await copy(desk.stores, a, desk.uri("k.csv"), {
    contentType: "text/plain",
    metadata: { who: "ż" },
  });
  await copy(desk.stores, a, desk.uri("folder/"));
  await copy(desk.stores, a, `s3://${desk.bucket}`);
  assert.deepEqual(await desk.keys(), ["a.csv", "folder/a.csv", "k.csv"]);
  const head = await desk.client.send(new HeadObjectCommand({ Bucket: desk.bucket, Key: "k.csv" }));
  assert.equal(head.ContentType, "text/plain");
  assert.deepEqual(head.Metadata, { who: "=?UTF-8?B?xbw=?=" });
  const guessed = await desk.client.send(
    new HeadObjectCommand({ Bucket: desk.bucket, Key: "a.csv" }),
  );
  assert.equal(guessed.ContentType, "text/csv");
  await Deno.mkdir(desk.path("d"));
  await copy(desk.stores, desk.uri("k.csv"), desk.path("d"));
  await copy(desk.stores, desk.uri("k.csv"), desk.path("other.csv"));
  assert.equal(await read(desk, "d/k.csv"), "x\n1\n");
  assert.equal(await read(desk, "other.csv"), "x\n1\n");
  await assert.rejects(copy(desk.stores, desk.uri("none"), desk.path("x")), {
    tag: "key_not_found",
  });
  await assert.rejects(copy(desk.stores, desk.path("d"), desk.uri("x")), { tag: "usage" });
  await assert.rejects(copy(desk.stores, a, desk.path("b.csv")), { tag: "usage" });
});

Deno.test("with a default bucket, a file's name is a whole command", async () => {
  await using plain = await openDesk();
  await using desk = await openDesk({ bucket: plain.bucket, endpoint: plain.endpoint });
  await fill(desk, { "a.csv": "1" });
  const summary = await copy(desk.stores, desk.path("a.csv"), undefined);
  assert.equal(summary.done, 1);
  assert.deepEqual(await plain.keys(), ["a.csv"]);
  await copy(desk.stores, "a.csv", desk.path("b.csv"));
  assert.equal(await read(desk, "b.csv"), "1");
  await assert.rejects(copy(plain.stores, desk.path("a.csv"), undefined), { tag: "usage" });
});

Deno.test("streams of unknown length go up, and objects come out in order", async () => {
  await using desk = await openDesk();
  for (
    const [key, length] of [["none", 0], ["small", 5], ["exact", 8 * MIB], [
      "large",
      21 * MIB,
    ]] as const
  ) {
    const bytes = LARGE.subarray(0, length);
    const up = await copy(desk.stores, "-", desk.uri(key), { input: pieces(bytes) });
    assert.equal(up.bytes, length);
    const chunks: Uint8Array[] = [];
    await copy(desk.stores, desk.uri(key), "-", {
      output: (chunk) => Promise.resolve(void chunks.push(chunk)),
    });
    assert.equal(Buffer.compare(Buffer.concat(chunks), bytes), 0, key);
  }
});

Deno.test("a stream that fails leaves nothing", async () => {
  await using desk = await openDesk();
  async function* input() {
    yield LARGE;
    throw new Error("broken pipe");
  }
  await assert.rejects(copy(desk.stores, "-", desk.uri("k"), { input: input() }), /broken pipe/);
  assert.deepEqual(await desk.keys(), []);
  assert.equal(await abortUploads(await desk.stores.storeFor(desk.bucket), desk.bucket), 0);
});

Deno.test("globs and filters pick names, and brackets in keys stay brackets with raw", async () => {
  await using desk = await openDesk();
  for (
    const key of ["t/year=1/a.csv", "t/year=1/b.tmp", "t/year=2/m/c.csv", "t/x.csv", "t/[a].csv"]
  ) {
    await desk.put(key, key);
  }
  await copy(desk.stores, desk.uri("t/year=*/**.csv"), desk.path("g"));
  assert.deepEqual([await read(desk, "g/year=1/a.csv"), await read(desk, "g/year=2/m/c.csv")], [
    "t/year=1/a.csv",
    "t/year=2/m/c.csv",
  ]);
  await copy(desk.stores, desk.uri("t"), desk.uri("u"), {
    recursive: true,
    include: ["*.csv"],
    exclude: ["year=2/*/*"],
  });
  assert.deepEqual(await desk.keys("u/"), ["u/[a].csv", "u/x.csv", "u/year=1/a.csv"]);
  await copy(desk.stores, desk.uri("t/[a].csv"), desk.path("raw.csv"), { literal: true });
  assert.equal(await read(desk, "raw.csv"), "t/[a].csv");
});

Deno.test("a dry run says all and does nothing", async () => {
  await using desk = await openDesk();
  await fill(desk, { "in/a": "1", "in/b": "2" });
  const events: TransferEvent[] = [];
  const summary = await copy(desk.stores, desk.path("in"), desk.uri("p/"), {
    recursive: true,
    dryRun: true,
    onEvent: (event) => void events.push(event),
  });
  assert.equal(summary.done, 2);
  assert.deepEqual(await desk.keys(), []);
  assert.deepEqual(
    events.flatMap((event) => event.kind === "done" ? [[event.dryRun, event.to]] : []),
    [[true, desk.uri("p/a")], [true, desk.uri("p/b")]],
  );
});

Deno.test("a mirror sends what is new, changed or newer, and removes the rest when asked", async () => {
  await using desk = await openDesk();
  await fill(desk, { "in/a": "1", "in/b": "2", "in/c/d": "3" });
  const from = desk.path("in");
  const first = await sync(desk.stores, from, desk.uri("p"));
  assert.deepEqual([first.done, first.skipped], [3, 0]);
  assert.deepEqual((await sync(desk.stores, from, desk.uri("p"))).done, 0);
  const later = new Date(Date.now() + 60_000);
  await Deno.utime(desk.path("in/a"), later, later);
  assert.equal((await sync(desk.stores, from, desk.uri("p"), { sameness: "checksum" })).done, 0);
  assert.equal((await sync(desk.stores, from, desk.uri("p"))).done, 1);
  await desk.put("p/extra", "x");
  await desk.put("p/keep.tmp", "x");
  const asked: number[] = [];
  const options = { delete: true, exclude: ["*.tmp"] };
  const refusing = sync(desk.stores, from, desk.uri("p"), {
    ...options,
    confirm: ({ count, bytes }) =>
      Promise.resolve(void asked.push(count, bytes) as unknown as boolean),
  });
  await assert.rejects(refusing, { tag: "cancelled" });
  assert.deepEqual(asked, [1, 1]);
  const mirrored = await sync(desk.stores, from, desk.uri("p"), options);
  assert.equal(mirrored.deleted, 1);
  assert.deepEqual(await desk.keys("p/"), ["p/a", "p/b", "p/c/d", "p/keep.tmp"]);
  await sync(desk.stores, desk.uri("p"), desk.path("back"), { exclude: ["*.tmp"] });
  await fill(desk, { "back/old": "o" });
  const back = await sync(desk.stores, desk.uri("p"), desk.path("back"), options);
  assert.deepEqual([back.done, back.skipped, back.deleted], [0, 3, 1]);
  assert.deepEqual(names(desk.path("back")), ["a", "b", "c"]);
  await assert.rejects(sync(desk.stores, desk.uri("nothing"), desk.path("back"), options), {
    tag: "usage",
  });
  assert.deepEqual(names(desk.path("back")), ["a", "b", "c"]);
});

Deno.test("what is moved is gone where it was, and many are asked about", async () => {
  await using desk = await openDesk();
  await fill(desk, { "in/a": "1", "in/b": "2" });
  await move(desk.stores, desk.path("in/a"), desk.uri("m/"));
  assert.deepEqual(names(desk.path("in")), ["b"]);
  await desk.put("m/c", "3");
  await move(desk.stores, desk.uri("m"), desk.uri("n"), { recursive: true });
  assert.deepEqual(await desk.keys(), ["n/a", "n/c"]);
  const refuse = { recursive: true, confirm: () => Promise.resolve(false) };
  await assert.rejects(move(desk.stores, desk.uri("n"), desk.uri("o"), refuse), {
    tag: "cancelled",
  });
  await assert.rejects(move(desk.stores, desk.uri(""), desk.uri("o"), { recursive: true }), {
    tag: "usage",
  });
  assert.deepEqual(await desk.keys(), ["n/a", "n/c"]);
});

Deno.test("removing many asks with numbers, and a whole bucket wants more than that", async () => {
  await using desk = await openDesk();
  for (let index = 0; index < 5; index++) await desk.put(`r/${index}`, "12");
  await desk.put("s", "1");
  const asked: unknown[] = [];
  const summary = await remove(desk.stores, [desk.uri("r")], {
    recursive: true,
    confirm: ({ count, bytes, where }) => {
      asked.push(count, bytes, where);
      return Promise.resolve(true);
    },
  });
  assert.deepEqual(asked, [5, 10, desk.uri("r")]);
  assert.equal(summary.deleted, 5);
  assert.deepEqual(await desk.keys(), ["s"]);
  for (
    const uri of [desk.uri(""), `s3://${desk.bucket}`, desk.uri("*"), desk.uri("**"), desk.uri("/")]
  ) {
    await assert.rejects(remove(desk.stores, [uri], { recursive: true }), { tag: "usage" }, uri);
  }
  await assert.rejects(remove(desk.stores, [desk.uri("r/")]), { tag: "usage" });
  await remove(desk.stores, [desk.uri("")], { recursive: true, all: true });
  assert.deepEqual(await desk.keys(), []);
});

Deno.test("what exists stays with no-clobber, and if-match wants the right object", async () => {
  await using desk = await openDesk();
  await fill(desk, { a: "new", "d/k": "local" });
  await desk.put("k", "old");
  const kept = await copy(desk.stores, desk.path("a"), desk.uri("k"), { noClobber: true });
  assert.deepEqual([kept.done, kept.skipped], [0, 1]);
  const local = await copy(desk.stores, desk.uri("k"), desk.path("d/k"), { noClobber: true });
  assert.deepEqual([local.done, local.skipped], [0, 1]);
  assert.equal(await read(desk, "d/k"), "local");
  const wrong = { ifMatch: "0".repeat(32) };
  await assert.rejects(copy(desk.stores, desk.path("a"), desk.uri("k"), wrong), {
    tag: "object_changed",
  });
  const head = await desk.client.send(new HeadObjectCommand({ Bucket: desk.bucket, Key: "k" }));
  await copy(desk.stores, desk.path("a"), desk.uri("k"), { ifMatch: head.ETag });
  await copy(desk.stores, desk.uri("k"), desk.path("b"));
  assert.equal(await read(desk, "b"), "new");
});

Deno.test("links are not followed out, odd files are named, and the rest goes", async () => {
  await using desk = await openDesk();
  await fill(desk, { "in/a": "1", "in/sub/b": "2", outside: "secret" });
  await Deno.symlink(desk.path("outside"), desk.path("in/out"));
  await Deno.symlink("a", desk.path("in/inside"));
  await Deno.symlink("sub", desk.path("in/folder"));
  await Deno.symlink("nowhere", desk.path("in/broken"));
  const left: string[] = [];
  await copy(desk.stores, desk.path("in"), desk.uri("p"), {
    recursive: true,
    onEvent: (event) => {
      if (event.kind === "skipped") left.push(event.from.slice(desk.folder.length + 1));
    },
  });
  assert.deepEqual(await desk.keys(), ["p/a", "p/inside", "p/sub/b"]);
  assert.deepEqual(left, ["in/broken", "in/folder", "in/out"]);
  await Deno.mkdir(desk.path("target"));
  await Deno.symlink(desk.path("outside"), desk.path("target/a"));
  await copy(desk.stores, desk.uri("p"), desk.path("target"), { recursive: true });
  assert.equal(await read(desk, "outside"), "secret");
  assert.equal(await read(desk, "target/a"), "1");
});

Deno.test("hostile keys come down inside the folder and go up as they were", async () => {
  await using desk = await openDesk();
  const keys = [
    "..x",
    "/etc/x",
    "a//b",
    "C:\\x",
    "new\nline",
    "dots.",
    "%{2E}",
    "d/",
    "e\u0301",
  ];
  for (const key of keys) await desk.put(`h/${key}`, key === "d/" ? "" : key);
  const down = await copy(desk.stores, desk.uri("h/"), desk.path("safe"), { recursive: true });
  assert.deepEqual([down.done, down.skipped, down.failed], [keys.length - 1, 1, []]);
  assert.deepEqual(names(desk.folder), ["safe"]);
  await copy(desk.stores, desk.path("safe"), desk.uri("i/"), { recursive: true });
  const wanted = keys.filter((key) => key !== "d/").map((key) => `i/${key}`).sort();
  assert.deepEqual((await desk.keys("i/")).sort(), wanted);
});

Deno.test("between stores an object goes through here, with its properties", async () => {
  await using one = await openDesk();
  await using two = await openDesk();
  await fill(one, { large: LARGE, small: "s" });
  const metadata = { project: "p" };
  await copy(one.stores, one.path("large"), one.uri("large"), { metadata, contentType: "x/y" });
  await copy(one.stores, one.path("small"), one.uri("small"), { metadata });
  const { StoreSet } = await import("../../../src/store/store_set.ts");
  const [a, b] = [one.stores.all[0], two.stores.all[0]];
  const both = StoreSet.of([
    { ...a, name: "one", buckets: [one.bucket] },
    { ...b, name: "two", buckets: [two.bucket] },
  ]);
  const summary = await copy(both, one.uri(""), two.uri("c/"), { recursive: true });
  assert.deepEqual([summary.done, summary.failed], [2, []]);
  const head = await two.client.send(new HeadObjectCommand({ Bucket: two.bucket, Key: "c/large" }));
  assert.deepEqual([head.ContentType, head.Metadata], ["x/y", metadata]);
  await copy(two.stores, two.uri("c/large"), two.path("large"));
  assert.equal(Buffer.compare(await Deno.readFile(two.path("large")), LARGE), 0);
  both.close();
});

Deno.test("a file that changes while it is read ends the upload, and nothing is left", async () => {
  await using desk = await openDesk();
  await fill(desk, { large: LARGE });
  let isTouched = false;
  const failing = copy(desk.stores, desk.path("large"), desk.uri("large"), {
    stateFolder: desk.path("state"),
    onEvent: (event) => {
      if (event.kind !== "progress" || event.bytes === 0 || isTouched) return;
      isTouched = true;
      Deno.writeTextFileSync(desk.path("large"), "x", { append: true });
    },
  });
  const { failed } = await failing;
  assert.deepEqual(failed.map(({ tag }) => tag), ["object_changed"]);
  assert.deepEqual(await desk.keys(), []);
  assert.equal(await abortUploads(await desk.stores.storeFor(desk.bucket), desk.bucket), 0);
  assert.deepEqual(names(desk.path("state")), []);
});

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += 100_003) yield bytes.subarray(at, at + 100_003);
}

import assert from "node:assert/strict";
import { checkCache, clearCache, showCache } from "../../../src/range/cache/manage.ts";
import { filesBelow, fill, objectOf, openIn, withFolder } from "./support.ts";

const A = objectOf(200_000, "e", { bucket: "a", key: "x/1" });
const B = objectOf(10_000, "e", { bucket: "a", key: "y/1" });
const C = objectOf(50_000, "e", { bucket: "c", key: "x/1" });

async function withCache(work: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    {
      await using cache = await openIn(folder);
      for (const object of [A, B, C]) fill(cache, object, { offset: 0, length: object.size });
      fill(cache, C, { offset: 40_000, length: 10_000 }, "index");
    }
    await work(folder);
  });
}

Deno.test("a cache tells what it holds, by bucket", async () => {
  await withCache(async (folder) => {
    const shown = await showCache(folder);
    assert.deepEqual([shown.objects, shown.files, shown.damaged], [3, 3, 0]);
    assert.deepEqual(
      shown.buckets.map(({ store, bucket, objects }) => [store, bucket, objects]),
      [[A.store, "a", 2], [A.store, "c", 1]],
    );
    let size = 0;
    for (const path of await filesBelow(folder)) size += (await Deno.stat(path)).size;
    assert.ok(shown.bytes >= size && shown.bytes < size + 3 * 4096);
  });
});

Deno.test("no cache holds nothing", async () => {
  await withFolder(async (folder) => {
    const shown = await showCache(`${folder}/none`);
    assert.deepEqual([shown.folder, shown.objects, shown.bytes], [undefined, 0, 0]);
    assert.equal((await checkCache(`${folder}/none`)).files, 0);
    assert.equal((await clearCache(`${folder}/none`)).files, 0);
  });
});

Deno.test("a check reads all and removes what is damaged", async () => {
  await withCache(async (folder) => {
    assert.deepEqual(await checkCache(folder), {
      files: 3,
      bytes: 260_000,
      damaged: 0,
      unreadable: 0,
      abandoned: 0,
    });
    const files = await filesBelow(folder);
    const bytes = await Deno.readFile(files[0]);
    bytes[bytes.byteLength >> 1] ^= 1;
    await Deno.writeFile(files[0], bytes);
    // Under the name of another place, whole as it is.
    const [name] = files[1].split("/").reverse();
    const other = (name[0] === "0" ? "1" : "0") + name.slice(1);
    await Deno.rename(files[1], files[1].replace(name, other));
    const seen: number[] = [];
    const check = await checkCache(folder, { onProgress: (done, all) => seen.push(done / all) });
    assert.equal(check.damaged, 2);
    assert.equal(seen.at(-1), 1);
    assert.equal((await filesBelow(folder)).length, 1);
  });
});

Deno.test("a cache is cleared by bucket and prefix, or wholly", async () => {
  for (
    const [selection, left] of [
      [{ bucket: "a", prefix: "x/" }, ["a", "c"]],
      [{ prefix: "x/" }, ["a"]],
      [{ bucket: "a" }, ["c"]],
      [{ store: "aws" }, ["a", "c"]],
      [{}, []],
    ] as const
  ) {
    await withCache(async (folder) => {
      const before = await showCache(folder);
      const removed = await clearCache(folder, selection);
      const after = await showCache(folder);
      assert.deepEqual(after.buckets.map(({ bucket }) => bucket).sort(), left);
      assert.equal(removed.bytes, before.bytes - after.bytes);
      assert.equal(removed.objects, before.objects - after.objects);
    });
  }
});

Deno.test("what cannot be understood is named, and goes when all is cleared", async () => {
  await withCache(async (folder) => {
    for (const path of await filesBelow(folder)) await Deno.truncate(path, 10);
    const shown = await showCache(folder);
    assert.deepEqual([shown.objects, shown.damaged], [0, 3]);
    assert.equal((await clearCache(folder, { bucket: "a" })).files, 0);
    assert.equal((await clearCache(folder)).files, 3);
    assert.deepEqual(await filesBelow(folder), []);
  });
});

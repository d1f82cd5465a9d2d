import assert from "node:assert/strict";
import fc from "fast-check";
import type { ObjectState } from "../../../src/range/block_cache.ts";
import { endOf, type Extent } from "../../../src/range/range.ts";
import { LocalFiles } from "../../../src/range/cache/disk_files.ts";
import type { LayeredCache } from "../../../src/range/cache/layered_cache.ts";
import {
  chunksOf,
  contentOf,
  filesBelow,
  fill,
  objectOf,
  openIn,
  PLACE,
  readHeld,
  withFolder,
} from "./support.ts";

const MIB = 2 ** 20;
const all = ({ size }: ObjectState): Extent => ({ offset: 0, length: size });

/** Checks every byte that the cache gives, and tells how many those are. */
async function bytesHeld(
  cache: LayeredCache,
  object: ObjectState,
  extent = all(object),
): Promise<number> {
  let sum = 0;
  let last = extent.offset;
  for (const { offset, length, bytes } of await readHeld(cache, object, extent)) {
    assert.ok(offset >= last && offset + length <= endOf(extent) && length > 0);
    last = offset + length;
    if (bytes === undefined) continue;
    assert.deepEqual(bytes, contentOf(object, { offset, length }));
    sum += length;
  }
  return sum;
}

async function sizeBelow(folder: string): Promise<number> {
  let bytes = 0;
  for (const path of await filesBelow(folder)) bytes += (await Deno.stat(path)).size;
  return bytes;
}

Deno.test("what was kept is there for the next process, from disk", async () => {
  await withFolder(async (folder) => {
    const object = objectOf(20 * MIB);
    {
      await using cache = await openIn(folder, { memory: 0 });
      fill(cache, object, { offset: 100, length: 9 * MIB });
      fill(cache, object, { offset: 19 * MIB, length: MIB }, "index");
      // Nothing is written yet: it is found in what waits.
      assert.equal(await bytesHeld(cache, object), 10 * MIB);
    }
    await using cache = await openIn(folder);
    const held = await cache.held(object, all(object));
    assert.deepEqual(new Set(held.map(({ tier }) => tier)), new Set(["disk"]));
    assert.equal(await bytesHeld(cache, object), 10 * MIB);
    const again = await cache.held(object, all(object));
    assert.deepEqual(new Set(again.map(({ tier }) => tier)), new Set(["memory"]));
    assert.equal(await bytesHeld(cache, object, { offset: 1234567, length: 70_001 }), 70_001);
    assert.equal(cache.stats.disk!.written, 0);
  });
});

Deno.test("what is in the cache already is not written again", async () => {
  await withFolder(async (folder) => {
    const object = objectOf(MIB);
    for (let i = 0; i < 2; i++) {
      await using cache = await openIn(folder);
      fill(cache, object, { offset: 0, length: MIB });
      fill(cache, object, { offset: 0, length: MIB });
    }
    assert.equal((await filesBelow(folder)).length, 1);
  });
});

Deno.test("the cache gives right bytes under any keeps, reads, restarts and evictions", async () => {
  const anExtent = fc.record({
    offset: fc.integer({ min: 0, max: 300_000 }),
    length: fc.integer({ min: 1, max: 90_000 }),
  });
  const step = fc.record({
    object: fc.integer({ min: 0, max: 2 }),
    extent: anExtent,
    what: fc.constantFrom("keep", "keep", "keep", "read", "settle", "reopen"),
    kind: fc.constantFrom<"index" | "bulk">("index", "bulk"),
  });
  // Versions of one key and another key, all of 400,000 bytes.
  const objects = [
    objectOf(400_000),
    objectOf(400_000, "e2", { versionId: "2" }),
    objectOf(400_000, "e1", { key: "other" }),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.constantFrom(200_000, 500_000, MIB * 100),
      async (steps, size) => {
        await withFolder(async (folder) => {
          const options = { size, memory: 100_000, queue: 300_000 };
          let cache = await openIn(folder, options);
          const kept = objects.map(() => new Set<number>());
          for (const { object: number, extent, what, kind } of steps) {
            const object = objects[number];
            if (what === "keep") {
              fill(cache, object, extent, kind);
              for (let at = extent.offset; at < endOf(extent); at += 97) kept[number].add(at);
            } else if (what === "settle") await cache.settled();
            else if (what === "reopen") {
              await cache.settled();
              cache = await openIn(folder, options);
            }
            const held = await bytesHeld(cache, object, extent);
            // Nothing is lost while nothing has to be dropped.
            if (what === "keep" && size > MIB && cache.stats.disk!.dropped === 0) {
              assert.equal(held, extent.length);
            }
            assert.ok(cache.stats.memory.bytes <= 100_000);
          }
          await cache.settled();
          assert.ok(await sizeBelow(folder) <= size);
        });
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("a flipped bit anywhere in a file is found, counted and fetched again", async () => {
  await withFolder(async (folder) => {
    const object = objectOf(200_000);
    const fillNow = async () => {
      await using cache = await openIn(folder);
      fill(cache, object, all(object));
    };
    await fillNow();
    const [path] = await filesBelow(folder);
    const size = (await Deno.stat(path)).size;
    for (const at of [0, 65_535, 65_536, 199_999, 200_000, 200_012, size - 200, size - 1]) {
      const [file] = await filesBelow(folder);
      const bytes = await Deno.readFile(file);
      bytes[at] ^= 0x10;
      await Deno.writeFile(file, bytes);
      await using cache = await openIn(folder);
      assert.equal(await bytesHeld(cache, object), 0);
      assert.equal(cache.stats.disk!.damagedFiles, 1, `byte ${at}`);
      assert.deepEqual(await filesBelow(folder), []);
      await fillNow();
    }
  });
});

Deno.test("a file that is cut, empty, swapped or a folder is no answer", async () => {
  await withFolder(async (folder) => {
    const objects = [objectOf(100_000), objectOf(100_000, "e2", { key: "other" })];
    const damages: ((a: string, b: string) => Promise<void>)[] = [
      (a) => Deno.truncate(a, 50_000),
      (a) => Deno.truncate(a, 0),
      (a, b) => Deno.copyFile(a, b),
      async (a) => {
        await Deno.remove(a);
        await Deno.mkdir(a);
      },
    ];
    for (const damage of damages) {
      {
        await using cache = await openIn(folder);
        for (const object of objects) fill(cache, object, all(object));
      }
      const [a, b] = await filesBelow(folder);
      await damage(a, b);
      await using cache = await openIn(folder);
      let held = 0;
      for (const object of objects) held += await bytesHeld(cache, object);
      assert.equal(held, 100_000);
      await Deno.remove(a, { recursive: true }).catch(() => {});
    }
  });
});

Deno.test("objects are told apart by store, principal, bucket, key, version, ETag and size", async () => {
  await withFolder(async (folder) => {
    const object = objectOf(1000);
    {
      await using cache = await openIn(folder);
      fill(cache, object, all(object));
    }
    await using cache = await openIn(folder);
    for (
      const other of [
        { ...object, store: "https://s3.example.com" },
        { ...object, principal: "key OTHER" },
        { ...object, bucket: "c" },
        { ...object, key: "data/part=0/x.parquet " },
        { ...object, versionId: "1" },
        { ...object, versionId: "null" },
        { ...object, etag: "e2" },
        { ...object, size: 1001 },
      ]
    ) assert.deepEqual(await cache.held(other, all(object)), []);
    assert.equal(await bytesHeld(cache, object), 1000);
  });
});

Deno.test("an object without a strong ETag is not kept", async () => {
  await withFolder(async (folder) => {
    await using cache = await openIn(folder);
    for (const etag of [undefined, "", 'W/"x"']) {
      const object = { ...objectOf(1000), etag };
      cache.keep(object, 0, chunksOf(contentOf(object, all(object))), "bulk");
      assert.deepEqual(await cache.held(object, all(object)), []);
      assert.equal(await cache.load(object, { ...all(object), tier: "disk" }), undefined);
    }
    await cache.settled();
    assert.deepEqual(await filesBelow(folder), []);
  });
});

Deno.test("hostile keys and ETags name no files", async () => {
  await withFolder(async (folder) => {
    const hostile = [
      "../../../../etc/x",
      "/etc/passwd",
      "a\0b",
      "\n",
      "tmp-x",
      "..",
      "é".repeat(512),
    ];
    const objects = hostile.map((text) =>
      objectOf(100, `${text}"etag`, { key: text, bucket: text })
    );
    {
      await using cache = await openIn(folder);
      for (const object of objects) fill(cache, object, all(object));
    }
    const files = await filesBelow(folder);
    assert.equal(files.length, hostile.length);
    for (const file of files) {
      assert.match(file.slice(folder.length), /^\/blocks-1\/\d\d\/[0-9a-z]{52}-0\.2s-[0-9a-z]+$/);
    }
    await using cache = await openIn(folder);
    for (const object of objects) assert.equal(await bytesHeld(cache, object), 100);
  });
});

Deno.test("an object is known again by its place, with the time when it was seen", async () => {
  await withFolder(async (folder) => {
    const facts = {
      etag: "e1",
      size: 1000,
      lastModified: new Date(1_700_000_000_000),
      contentType: "text/csv",
    };
    const empty = { ...PLACE, key: "empty" };
    {
      await using cache = await openIn(folder, { now: () => 1_790_000_000_000 });
      cache.remember(PLACE, facts);
      cache.remember(empty, { ...facts, size: 0 });
      fill(cache, objectOf(1000), { offset: 0, length: 10 });
      assert.deepEqual((await cache.recall(PLACE))!.etag, "e1");
    }
    await using cache = await openIn(folder);
    const validated = new Date(1_790_000_000_000);
    assert.deepEqual(await cache.recall(PLACE), { ...facts, validated });
    assert.deepEqual(await cache.recall(empty), { ...facts, size: 0, validated });
    assert.equal(await cache.recall({ ...PLACE, versionId: "1" }), undefined);
    assert.equal(await cache.recall({ ...PLACE, principal: "anonymous" }), undefined);
  });
});

Deno.test("a new state of an object takes the place of the old one", async () => {
  await withFolder(async (folder) => {
    const [old, young] = [objectOf(1000, "old"), objectOf(1000, "young")];
    const facts = { size: 1000, lastModified: undefined, contentType: undefined };
    {
      await using cache = await openIn(folder);
      cache.remember(PLACE, { ...facts, etag: "old" });
      fill(cache, old, all(old));
    }
    await using cache = await openIn(folder);
    cache.remember(PLACE, { ...facts, etag: "young" });
    fill(cache, old, { offset: 0, length: 10 }); // a late answer
    fill(cache, young, all(young));
    await cache.settled();
    assert.equal((await filesBelow(folder)).length, 1);
    assert.equal(await bytesHeld(cache, young), 1000);
    assert.equal((await (await openIn(folder)).recall(PLACE))!.etag, "young");
  });
});

Deno.test("least recently used files go first, bulk data before footers", async () => {
  await withFolder(async (folder) => {
    const options = { size: 40 * MIB, memory: 0 };
    const parts = Array.from({ length: 9 }, (_, i) => objectOf(4 * MIB, "e", { key: `part${i}` }));
    const footer = objectOf(MIB, "e", { key: "footer" });
    let time = Date.now() - 10 * 3600_000;
    for (const object of [footer, ...parts]) {
      time += 3600_000;
      await using cache = await openIn(folder, { ...options, now: () => time });
      fill(cache, object, all(object), object === footer ? "index" : "bulk");
      await cache.settled();
      for (const path of await filesBelow(folder)) {
        const { mtime } = (await Deno.stat(path))!;
        if (mtime!.getTime() > time) await Deno.utime(path, new Date(time), new Date(time));
      }
    }
    {
      await using cache = await openIn(folder, options);
      assert.equal(await bytesHeld(cache, parts[0]), 4 * MIB); // the oldest but for the footer
    }
    await using cache = await openIn(folder, options);
    const coming = objectOf(4 * MIB, "e", { key: "new" });
    fill(cache, coming, all(coming));
    await cache.settled();
    const held = await Promise.all(
      [footer, ...parts, coming].map((each) => bytesHeld(cache, each)),
    );
    assert.deepEqual(held.map((bytes) => bytes > 0), [
      true,
      ...parts.map((_, i) => i === 0 || i > 2),
      true,
    ]);
    assert.ok(await sizeBelow(folder) <= options.size);
    assert.ok(cache.stats.disk!.evicted > 0);
  });
});

Deno.test(
  "files can be read by their owner alone",
  { ignore: Deno.build.os === "windows" },
  async () => {
    await withFolder(async (folder) => {
      const directory = `${folder}/new/cache`;
      {
        await using cache = await openIn(directory);
        fill(cache, objectOf(1000), { offset: 0, length: 1000 });
      }
      const [file] = await filesBelow(directory);
      assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
      for (
        const path of [directory, `${directory}/blocks-1`, file.slice(0, file.lastIndexOf("/"))]
      ) {
        assert.equal((await Deno.stat(path)).mode! & 0o777, 0o700, path);
      }
    });
  },
);

Deno.test("files that were never finished are removed when they are old", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/blocks-1/07`, { recursive: true });
    await Deno.chmod(`${folder}/blocks-1`, 0o700);
    const [old, young] = ["tmp-0123456789ab", "tmp-ba9876543210"].map((name) =>
      `${folder}/blocks-1/07/${name}`
    );
    await Deno.writeTextFile(old, "x");
    await Deno.writeTextFile(young, "x");
    const longAgo = new Date(Date.now() - 2 * 3600_000);
    await Deno.utime(old, longAgo, longAgo);
    await using cache = await openIn(folder);
    fill(cache, objectOf(1000), { offset: 0, length: 1000 });
    await cache.settled();
    const files = await filesBelow(folder);
    assert.ok(!files.includes(old) && files.includes(young));
  });
});

Deno.test("a cache that is cleared under a reader and a writer is empty, no more", async () => {
  await withFolder(async (folder) => {
    await using cache = await openIn(folder, { memory: 0 });
    const object = objectOf(MIB);
    fill(cache, object, { offset: 0, length: 500_000 });
    await cache.settled();
    await Deno.remove(`${folder}/blocks-1`, { recursive: true });
    assert.equal(await bytesHeld(cache, object), 0);
    fill(cache, object, { offset: 0, length: 500_000 });
    await cache.settled();
    assert.equal(await bytesHeld(cache, object), 500_000);
  });
});

Deno.test("a reader sees what another process wrote a while ago", async () => {
  await withFolder(async (folder) => {
    let now = Date.now();
    await using reader = await openIn(folder, { now: () => now });
    const object = objectOf(1000);
    assert.equal(await bytesHeld(reader, object), 0);
    await using writer = await openIn(folder);
    fill(writer, object, all(object));
    await writer.settled();
    now += 6_000;
    assert.equal(await bytesHeld(reader, object), 1000);
  });
});

/** A disk that answers slowly, as one over a network: nothing is done on the thread. */
class FarFiles extends LocalFiles {
  override async list(folder: string) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return await super.list(folder);
  }
}

Deno.test("a folder that takes its time to be listed is waited for", async () => {
  await withFolder(async (folder) => {
    const object = objectOf(MIB);
    for (let i = 0; i < 2; i++) {
      await using cache = await openIn(folder, { files: new FarFiles() });
      assert.equal(await bytesHeld(cache, object), i * MIB);
      fill(cache, object, all(object));
    }
    assert.equal((await filesBelow(folder)).length, 1);
  });
});

Deno.test("a full queue drops what comes on top and says so", async () => {
  await withFolder(async (folder) => {
    await using cache = await openIn(folder, { queue: MIB, memory: 0 });
    const object = objectOf(3 * MIB);
    for (let i = 0; i < 3; i++) fill(cache, object, { offset: i * MIB, length: MIB });
    await cache.settled();
    assert.equal(cache.stats.disk!.dropped, 2 * MIB);
    assert.equal(await bytesHeld(cache, object), MIB);
  });
});

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { checkCache } from "../../../src/range/cache/manage.ts";
import { contentOf, filesBelow, objectOf, openIn, readHeld, withFolder } from "./support.ts";

const WRITER = new URL("./writer.ts", import.meta.url).pathname;
const SIZE = 12 * 2 ** 20;

function startWriter(folder: string, seed: number, seconds: number): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      "--no-check",
      WRITER,
      folder,
      `${seed}`,
      `${seconds}`,
      `${SIZE}`,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function untilReady(writer: Deno.ChildProcess): Promise<void> {
  const reader = writer.stdout.getReader();
  await reader.read();
  await reader.cancel();
}

/** Reads all that the folder has, and compares every byte. */
async function readAll(folder: string): Promise<number> {
  await using cache = await openIn(folder, { memory: 0 });
  let sum = 0;
  for (let key = 0; key < 6; key++) {
    for (let etag = 0; etag < 2; etag++) {
      const object = objectOf(3_000_000, `e${etag}`, { key: `k${key}` });
      const held = await readHeld(cache, object, { offset: 0, length: object.size });
      for (const { offset, length, bytes } of held) {
        assert.ok(bytes, "what is listed can be read");
        assert.ok(!Buffer.compare(bytes, contentOf(object, { offset, length })), "right bytes");
        sum += length;
      }
    }
  }
  assert.equal(cache.stats.disk!.damagedFiles, 0);
  return sum;
}

async function sizeBelow(folder: string): Promise<number> {
  let bytes = 0;
  for (const path of await filesBelow(folder)) bytes += (await Deno.stat(path)).size;
  return bytes;
}

Deno.test("a writer killed at any moment leaves right bytes or none", async () => {
  await withFolder(async (folder) => {
    let state = 20261121;
    const moments = Array.from({ length: 20 }, () => (state = state * 48271 % 2147483647) % 250);
    let unfinished = 0;
    for (let round = 0; round < moments.length; round += 4) {
      // Four at once, in one folder.
      await Promise.all(
        moments.slice(round, round + 4).map(async (moment, i) => {
          const writer = startWriter(folder, round + i, 60);
          await untilReady(writer);
          await new Promise((resolve) => setTimeout(resolve, moment));
          writer.kill("SIGKILL");
          assert.equal((await writer.status).signal, "SIGKILL");
        }),
      );
      await readAll(folder);
      unfinished = (await filesBelow(folder)).filter((path) => path.includes("/tmp-")).length;
    }
    assert.ok(await readAll(folder) > 0);
    const check = await checkCache(folder);
    assert.deepEqual([check.damaged, check.unreadable, check.abandoned], [0, 0, 0]);
    for (const path of await filesBelow(folder)) {
      const old = new Date(Date.now() - 2 * 3600_000);
      if (path.includes("/tmp-")) await Deno.utime(path, old, old);
    }
    assert.equal((await checkCache(folder)).abandoned, unfinished);
  });
});

Deno.test("several processes share a folder, and its bound", async () => {
  await withFolder(async (folder) => {
    const writers = [1, 2, 3].map((seed) => startWriter(folder, seed, 1.5));
    let most = 0;
    const all = Promise.all(writers.map(async (writer) => {
      await untilReady(writer);
      assert.ok((await writer.status).success);
    }));
    const watch = setInterval(() => {
      // A file may go between being listed and being looked at.
      sizeBelow(folder).then((size) => most = Math.max(most, size), () => {});
    }, 50);
    await all.finally(() => clearInterval(watch));
    assert.ok(await readAll(folder) > 0);
    // Each may have one batch that the others have not counted, and what they write at the time.
    assert.ok(most <= SIZE + 3 * (0.02 * SIZE + 2 * 4 * 2 ** 20), `${most}`);
    assert.ok(await sizeBelow(folder) <= SIZE + 3 * (0.02 * SIZE + 4 * 2 ** 20));
  });
});

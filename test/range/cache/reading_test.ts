import assert from "node:assert/strict";
import { bounded, from } from "../../../src/range/range.ts";
import { RangeReader } from "../../../src/range/reader.ts";
import { FaultOrigin } from "../../faults/origin.ts";
import { Pattern, randomFrom } from "../../faults/pattern.ts";
import { fakeStore } from "../support/fake_store.ts";
import { filesBelow, openIn, withFolder } from "./support.ts";

const MIB = 2 ** 20;
const OBJECTS = Object.fromEntries(
  Array.from({ length: 12 }, (_, i) => [
    `lab/part=${i}/x`,
    { size: Math.floor(i * 700_001), seed: i, etag: `e${i}` },
  ]),
);

/** Reads all of what `random` picks from every object, checks it, and tells what it cost. */
async function readSome(
  origin: FaultOrigin,
  folder: string,
  trust?: "immutable",
): Promise<{ requests: number; fromWire: number; fromDisk: number }> {
  const store = fakeStore(origin.url);
  await using cache = await openIn(folder);
  using reader = new RangeReader({ cache });
  await Promise.all(
    Object.entries(OBJECTS).map(async ([path, { size }]) => {
      const random = randomFrom(size + 1);
      const seed = Number(/part=(\d+)/.exec(path)![1]);
      const source = await reader.open(store, { bucket: "lab", key: path.slice(4) }, { trust });
      const ranges = [from(Math.max(0, size - 1000)), bounded(0, 4)];
      for (let i = 0; i < 6; i++) {
        ranges.push(bounded(Math.floor(random() * size), Math.floor(random() * MIB)));
      }
      const read = await source.read(ranges);
      ranges.forEach((range, i) => {
        assert.equal(Pattern.of(seed).firstDifference(range.offset, read[i]), undefined, path);
      });
    }),
  );
  const { requests, fromWire, fromDisk } = reader.counter.snapshot();
  return { requests, fromWire, fromDisk };
}

Deno.test("a restart reads from disk, with one validating request an object and no byte", async () => {
  await withFolder(async (folder) => {
    await using origin = new FaultOrigin({ objects: OBJECTS });
    const cold = await readSome(origin, folder);
    assert.ok(cold.fromWire > 5 * MIB && cold.fromDisk === 0);
    const files = await filesBelow(folder);
    const warm = await readSome(origin, folder);
    assert.deepEqual([warm.requests, warm.fromWire], [12, 0]);
    assert.ok(warm.fromDisk > 5 * MIB);
    assert.deepEqual(await filesBelow(folder), files, "nothing is written again");
  });
});

Deno.test("what is said to be immutable needs no request at all", async () => {
  await withFolder(async (folder) => {
    await using origin = new FaultOrigin({ objects: OBJECTS });
    await readSome(origin, folder);
    for (const path of Object.keys(OBJECTS)) origin.put(path, undefined);
    const before = origin.seen.length;
    const { requests } = await readSome(origin, folder, "immutable");
    assert.deepEqual([requests, origin.seen.length], [0, before]);
  });
});

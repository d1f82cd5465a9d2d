import assert from "node:assert/strict";
import fc from "fast-check";
import { bounded, type ByteRange, from, resolveRange, suffix } from "../../src/range/range.ts";
import { RangeReader } from "../../src/range/reader.ts";
import { joinChunks } from "../../src/range/source.ts";
import { FaultOrigin } from "../faults/origin.ts";
import { Pattern, randomFrom } from "../faults/pattern.ts";
import { fakeStore } from "./support/fake_store.ts";
import { forgetfulCache } from "./support/forgetful_cache.ts";

const SIZE = 300_000;
const LOCATION = { bucket: "lab", key: "data.bin" };
const OBJECTS = { "lab/data.bin": { size: SIZE, seed: 6, etag: "one" } };

const range: fc.Arbitrary<ByteRange> = fc.oneof(
  fc.tuple(fc.nat(SIZE + 10), fc.nat(90_000)).map(([offset, length]) => bounded(offset, length)),
  fc.integer({ min: SIZE - 80_000, max: SIZE }).map(from),
  fc.nat(80_000).map(suffix),
);
const rounds = fc.array(fc.array(range, { maxLength: 8 }), { minLength: 1, maxLength: 4 });
const settings = fc.record({
  partSize: fc.constantFrom(10_000, 64_000, 1_000_000),
  coalesceGap: fc.constantFrom(0, 500, 20_000),
  coalesceCap: fc.constantFrom(1_000, 50_000, 1_000_000),
  streamWindow: fc.constantFrom(1, 50_000, 1_000_000),
});

Deno.test("however it is planned and whatever a cache loses, the bytes are those of a plain read", async () => {
  await using origin = new FaultOrigin({ objects: OBJECTS });
  const store = fakeStore(origin.url);
  await fc.assert(
    fc.asyncProperty(
      rounds,
      settings,
      fc.nat(),
      fc.constantFrom(0, 0.3),
      async (all, set, seed, loss) => {
        using reader = new RangeReader({
          settings: set,
          cache: forgetfulCache(randomFrom(seed), loss),
        });
        const source = await reader.open(store, LOCATION, { tail: 1 + seed % 5000 });
        for (const ranges of all) {
          const [read, again, streams] = await Promise.all([
            source.read(ranges),
            source.read(ranges),
            Promise.all(ranges.slice(0, 2).map((each) => Array.fromAsync(source.stream(each)))),
          ]);
          ranges.forEach((each, index) => {
            const { offset, length } = resolveRange(each, SIZE);
            const expected = Pattern.of(6).slice(offset, length);
            assert.deepEqual(joinChunks(read[index]), expected);
            assert.deepEqual(joinChunks(again[index]), expected);
            if (index < streams.length) assert.deepEqual(joinChunks(streams[index]), expected);
          });
        }
        const { asked, fromMemory, fromDisk, shared, fromWire } = reader.counter.snapshot();
        assert.ok(asked - fromMemory - fromDisk - shared <= fromWire);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("a version that is known is opened without a request, but for the one named null", async () => {
  await using origin = new FaultOrigin({ objects: OBJECTS });
  const store = fakeStore(origin.url);
  using reader = new RangeReader({ cache: forgetfulCache(() => 0.6, 0) });
  for (const [versionId, requests] of [["v1", 1], ["v1", 1], ["null", 2], ["null", 3]] as const) {
    await reader.open(store, LOCATION, { versionId });
    assert.equal(origin.seen.length, requests, versionId);
  }
});

Deno.test("an object that the cache knows is opened without its bytes", async () => {
  await using origin = new FaultOrigin({ objects: OBJECTS });
  const store = fakeStore(origin.url);
  using reader = new RangeReader({ cache: forgetfulCache(() => 0.6, 0) });
  await reader.open(store, LOCATION, { tail: 1000 });
  const source = await reader.open(store, LOCATION, { tail: 1000 });
  assert.deepEqual(origin.seen.map(({ status }) => status), [206, 304]);
  assert.deepEqual([source.size, source.etag], [SIZE, "one"]);
  const [tail] = await source.read([suffix(1000)]);
  assert.equal(Pattern.of(6).firstDifference(SIZE - 1000, tail), undefined);
  assert.equal(reader.counter.snapshot().fromWire, 1000);

  await reader.open(store, LOCATION, { tail: 1000, trust: "immutable" });
  assert.equal(origin.seen.length, 2);

  origin.put("lab/data.bin", { size: 5, seed: 7, etag: "two" });
  const other = await reader.open(store, LOCATION, { tail: 1000 });
  assert.deepEqual([other.size, other.etag], [5, "two"]);
});

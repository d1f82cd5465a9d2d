/** Any reads through any cache equal the bytes of the object: planning, coalescing, cache and gateway. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { BlockCache } from "../../src/range/block_cache.ts";
import { NO_CACHE } from "../../src/range/no_cache.ts";
import { type ByteRange, resolveRange } from "../../src/range/range.ts";
import { RangeReader } from "../../src/range/reader.ts";
import { joinChunks } from "../../src/range/source.ts";
import { GatewayServer } from "../../src/gateway/server.ts";
import { Signer } from "../../src/range/sign.ts";
import { StoreSet } from "../../src/store/store_set.ts";
import { FaultOrigin, type OriginObject } from "../faults/origin.ts";
import { openIn, withFolder } from "../range/cache/support.ts";
import { fakeStore } from "../range/support/fake_store.ts";

const SIZES = [0, 1, 7, 4_096, 65_537, 400_000];

const OBJECTS: Record<string, OriginObject> = Object.fromEntries(
  SIZES.map((size, index) => [`lab/${index}`, { size, seed: index + 1, etag: `e${index}` }]),
);

/** Ranges before, over and past the end, and empty ones. */
function aRange(size: number): fc.Arbitrary<ByteRange> {
  const position = fc.oneof(
    fc.integer({ min: 0, max: size }),
    fc.constantFrom(0, Math.max(0, size - 1), size, size + 1, size * 2 + 10),
  );
  const length = fc.oneof(
    fc.integer({ min: 0, max: 3_000 }),
    fc.integer({ min: 0, max: size + 5 }),
  );
  return fc.oneof(
    fc.record({ kind: fc.constant("bounded" as const), offset: position, length }),
    fc.record({ kind: fc.constant("from" as const), offset: position }),
    fc.record({ kind: fc.constant("suffix" as const), length }),
  );
}

const aReader = fc.constantFrom(...SIZES.keys()).chain((object) =>
  fc.record({
    object: fc.constant(object),
    how: fc.constantFrom<"read" | "stream">("read", "read", "stream"),
    ranges: fc.array(aRange(SIZES[object]), { minLength: 1, maxLength: 6 }),
    kind: fc.constantFrom<"index" | "bulk">("index", "bulk"),
    priority: fc.constantFrom<"foreground" | "ahead">("foreground", "ahead"),
    delay: fc.integer({ min: 0, max: 3 }),
  })
);

/** Sizes at which parts, merging, windows and eviction are at work in every run. */
const someSettings = fc.record({
  partSize: fc.constantFrom(1_000, 16_384, 1_000_000),
  coalesceGap: fc.constantFrom(0, 100, 20_000),
  coalesceCap: fc.constantFrom(5_000, 1_000_000),
  streamWindow: fc.constantFrom(3_000, 1_000_000),
  streamBudget: fc.constantFrom(4_000, 10_000_000),
  requestsStart: fc.constantFrom(1, 3, 64),
});

type CacheKind = "none" | "memory" | "tiny memory" | "disk" | "tiny disk";

async function withCache(
  kind: CacheKind,
  work: (cache: BlockCache) => Promise<void>,
): Promise<void> {
  if (kind === "none") return await work(NO_CACHE);
  await withFolder(async (folder) => {
    const cache = await openIn(folder, {
      memory: kind === "memory" ? 10_000_000 : kind === "tiny memory" ? 20_000 : 0,
      disk: kind.endsWith("disk") ? "on" : "off",
      size: kind === "tiny disk" ? 60_000 : 100_000_000,
      queue: kind === "tiny disk" ? 50_000 : 10_000_000,
    });
    await work(cache);
    await cache.settled();
    assert.equal(cache.stats.disk?.damagedFiles ?? 0, 0);
  });
}

Deno.test("any ranges, read side by side through any cache, are the bytes of the object", async () => {
  await using origin = new FaultOrigin({ objects: OBJECTS, delay: (index) => index % 3 });
  const store = fakeStore(origin.url);
  await fc.assert(
    fc.asyncProperty(
      fc.array(aReader, { minLength: 1, maxLength: 6 }),
      someSettings,
      fc.constantFrom<CacheKind>("none", "memory", "tiny memory", "disk", "tiny disk"),
      async (readers, settings, kind) => {
        await withCache(kind, async (cache) => {
          using reader = new RangeReader({ cache, settings });
          await Promise.all(readers.map(async (each) => {
            await new Promise((resolve) => setTimeout(resolve, each.delay));
            const { size, seed } = OBJECTS[`lab/${each.object}`];
            const source = await reader.open(store, { bucket: "lab", key: `${each.object}` });
            assert.equal(source.size, size);
            const read = each.how === "read"
              ? await source.read(each.ranges, { kind: each.kind, priority: each.priority })
              : await Promise.all(
                each.ranges.map((range) =>
                  Array.fromAsync(source.stream(range, { priority: each.priority }))
                ),
              );
            for (const [index, range] of each.ranges.entries()) {
              const { offset, length } = resolveRange(range, size);
              const bytes = joinChunks(read[index]);
              const wanted = origin.pattern(seed).slice(offset, length);
              assert.ok(Buffer.from(wanted).equals(bytes), JSON.stringify({ range, size }));
            }
          }));
        });
      },
    ),
    { numRuns: 150 },
  );
});

/** A `Range` header as clients write them, good and bad. */
function aHeader(size: number): fc.Arbitrary<string | undefined> {
  const position = fc.oneof(
    fc.integer({ min: 0, max: size + 2 }),
    fc.constantFrom(0, size, Number.MAX_SAFE_INTEGER),
  );
  return fc.oneof(
    fc.tuple(position, position).map(([a, b]) => `bytes=${Math.min(a, b)}-${Math.max(a, b)}`),
    position.map((offset) => `bytes=${offset}-`),
    position.map((length) => `bytes=-${length}`),
    fc.constant(undefined),
  );
}

Deno.test("any Range header through the gateway is answered as by the service itself", async () => {
  await using origin = new FaultOrigin({ objects: OBJECTS });
  const stores = StoreSet.of([fakeStore(origin.url)]);
  await withFolder(async (folder) => {
    const cache = await openIn(folder, { memory: 100_000, size: 300_000 });
    await using gateway = new GatewayServer({
      stores,
      cache,
      settings: { partSize: 10_000, coalesceGap: 500, streamWindow: 30_000 },
    });
    const keys = ["statement", "tool"].map((kind) =>
      gateway.issueKey(kind, { kind: kind as "statement" | "tool" })
    );
    const signer = new Signer();
    const anAsking = fc.constantFrom(...SIZES.keys()).chain((object) =>
      fc.record({
        object: fc.constant(object),
        header: aHeader(SIZES[object]),
        key: fc.constantFrom(...keys),
      })
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anAsking, { minLength: 1, maxLength: 8 }), async (askings) => {
        await Promise.all(askings.map(async ({ object, header, key }) => {
          const path = `/lab/${object}`;
          const { host } = new URL(gateway.endpoint);
          const signed = signer.sign(
            { method: "GET", host, path, query: "", region: "us-east-1" },
            key,
            new Date(),
          );
          const range: Record<string, string> = header === undefined ? {} : { range: header };
          const [seen, plain] = await Promise.all([
            fetch(`http://${host}${path}`, { headers: { ...signed, ...range } }),
            fetch(new URL(path, origin.url), { headers: range }),
          ]);
          const what = `${header} of ${SIZES[object]}`;
          assert.equal(seen.status, plain.status, what);
          const [bytes, wanted] = await Promise.all([seen.bytes(), plain.bytes()]);
          if (plain.status >= 300) return;
          assert.ok(Buffer.from(bytes).equals(wanted), what);
          for (const name of ["content-range", "content-length", "etag", "last-modified"]) {
            assert.equal(seen.headers.get(name), plain.headers.get(name), `${name} for ${what}`);
          }
        }));
      }),
      { numRuns: 300 },
    );
  });
});

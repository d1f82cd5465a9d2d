/** Readers that go away leave nothing: no socket, no file, no request, no timer; and harm no other. */
import assert from "node:assert/strict";
import { isDipperError } from "../../src/errors.ts";
import { bounded, from } from "../../src/range/range.ts";
import type { LayeredCache } from "../../src/range/cache/layered_cache.ts";
import { RangeReader } from "../../src/range/reader.ts";
import { openIn, withFolder } from "../range/cache/support.ts";
import { fakeStore } from "../range/support/fake_store.ts";
import { openAt, type Place, stillOpenAt } from "./descriptors.ts";
import { GatewayDoor, OBJECT, type Visit } from "./door.ts";
import { FaultOrigin } from "./origin.ts";
import { Pattern, randomFrom } from "./pattern.ts";

const MIB = 1024 * 1024;
const READS = 1_000;
const AT_ONCE = 50;
const WHOLE = { size: 64 * MIB, seed: 5, etag: "whole" };
/** Timers and resources that are left fail the test as well. */
function leakTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: true, sanitizeResources: true });
}

const SETTINGS = { partSize: 256 * 1024, streamWindow: MIB };

/** Lets READS readers begin, of whom most are aborted at any moment; the others get their bytes. */
async function abortMany(visit: Visit): Promise<{ aborted: number; finished: number }> {
  const random = randomFrom(7);
  let aborted = 0;
  let finished = 0;
  const one = async (number: number) => {
    // Neighbours ask for the same bytes, so that they share requests.
    const offset = Math.floor(number / 4) % 50 * MIB;
    const stays = number % 4 === 3;
    const controller = new AbortController();
    const { signal } = controller;
    const timer = stays ? undefined : setTimeout(() => controller.abort(), random() * 12);
    const range = bounded(offset, MIB + number % 1000);
    try {
      const [{ chunks }] = number % 8 < 4
        ? await visit.read([range], signal)
        : [await visit.stream(range, signal)];
      assert.equal(Pattern.of(WHOLE.seed).firstDifference(offset, chunks), undefined);
      assert.equal(chunks.reduce((sum, { length }) => sum + length, 0), range.length);
      finished++;
    } catch (error) {
      const isAbort = isDipperError(error, "cancelled") ||
        error instanceof DOMException && error.name === "AbortError";
      assert.ok(isAbort && !stays, `${number}: ${error}`);
      aborted++;
    } finally {
      clearTimeout(timer);
    }
  };
  for (let first = 0; first < READS; first += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => one(first + index)));
  }
  return { aborted, finished };
}

async function untilIdle(load: Visit["load"], origin: FaultOrigin): Promise<void> {
  const isBusy = () => load().underWay + load().waiting + origin.answering > 0;
  for (let wait = 0; wait < 200 && isBusy(); wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.deepEqual({ ...load(), limit: 0, answering: origin.answering }, {
    underWay: 0,
    waiting: 0,
    limit: 0,
    answering: 0,
  });
}

function slowOrigin(): FaultOrigin {
  return new FaultOrigin({
    objects: { [`${OBJECT.bucket}/${OBJECT.key}`]: WHOLE },
    delay: (index) => index % 7,
    bandwidth: 90e6,
  });
}

/** A service, a cache and a folder for it: at the end nothing of them is open, whatever was read. */
async function watched(
  read: (
    parts: { readonly origin: FaultOrigin; readonly cache: LayeredCache; readonly place: Place },
  ) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    let place: Place = { folder, ports: [] };
    {
      await using origin = slowOrigin();
      place = { folder, ports: [Number(origin.url.port)] };
      const cache = await openIn(folder, { memory: 4 * MIB, size: 16 * MIB, queue: 8 * MIB });
      await read({ origin, cache, place });
    }
    assert.equal(await stillOpenAt(place), 0);
  });
}

async function abortSome(visit: Visit): Promise<void> {
  const { aborted, finished } = await abortMany(visit);
  assert.ok(aborted > READS / 4 && finished >= READS / 4, `${aborted}, ${finished}`);
}

leakTest(
  "a thousand readers aborted at any moment leave nothing open, and harm no other",
  () =>
    watched(async ({ origin, cache, place }) => {
      using reader = new RangeReader({ cache, settings: SETTINGS });
      const store = fakeStore(origin.url);
      const source = await reader.open(store, OBJECT);
      const reading = { etag: source.etag, size: source.size };
      const visit: Visit = {
        read: async (ranges, signal) =>
          (await source.read(ranges, { signal })).map((chunks) => ({ ...reading, chunks })),
        stream: async (range, signal) => ({
          ...reading,
          chunks: await Array.fromAsync(source.stream(range, { signal })),
        }),
        load: () => reader.load(store),
        leave: () => Promise.resolve(),
      };
      await abortSome(visit);
      assert.ok(openAt(place) > 0, "the eyes see what is open");
      await untilIdle(visit.load, origin);
      await cache.settled();
    }),
);

leakTest(
  "a thousand clients that leave the gateway leave nothing open, and harm no other",
  () =>
    watched(async ({ origin, cache }) => {
      await using door = new GatewayDoor({ cache, settings: SETTINGS });
      const visit = door.enter("clients", fakeStore(origin.url), "statement");
      await abortSome(visit);
      await untilIdle(visit.load, origin);
      await visit.leave();
    }),
);

leakTest("a stream that is let go in its middle ends its requests", async () => {
  await using origin = slowOrigin();
  using reader = new RangeReader({ settings: SETTINGS });
  const store = fakeStore(origin.url);
  const source = await reader.open(store, OBJECT, { tail: 1 });
  for (let round = 0; round < 100; round++) {
    const stream = source.stream(from(0)).getReader();
    await stream.read();
    await stream.cancel();
  }
  await untilIdle(() => reader.load(store), origin);
});

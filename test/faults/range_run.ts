/**
 * Random reads through all layers, from an origin that fails at random.
 *
 * @module
 */
import { DipperError, isDipperError } from "../../src/errors.ts";
import type { BlockCache, ObjectState } from "../../src/range/block_cache.ts";
import type { LayeredCache } from "../../src/range/cache/layered_cache.ts";
import { bounded, type ByteRange, from, resolveRange, suffix } from "../../src/range/range.ts";
import { openIn } from "../range/cache/support.ts";
import { fakeStore } from "../range/support/fake_store.ts";
import { stillOpenAt } from "./descriptors.ts";
import {
  allOf,
  BrokenRead,
  GatewayDoor,
  OBJECT,
  openReader,
  type Reading,
  RefusedRead,
  type Visit,
} from "./door.ts";
import { type Fault, type FaultCounts, RECOVERABLE, UNRECOVERABLE } from "./fault.ts";
import { FaultOrigin, type OriginObject } from "./origin.ts";
import { Pattern, randomFrom } from "./pattern.ts";
import { checkCache, WatchedCache } from "./watched_cache.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Milliseconds after which a run counts as hanging. */
const HANG = 60_000;

/** Short waits, so that a thousand runs with stalls and back-off take seconds. */
const SETTINGS = {
  partSize: 128 * KIB,
  retryBudget: 20_000,
  backoffFirst: 2,
  backoffMost: 20,
  headTimeout: 1_000,
  idleTimeout: 120,
};

/** What all runs came to. */
export interface FaultsOutcome {
  readonly runs: number;
  /** Of these, through the gateway. */
  readonly throughGateway: number;
  readonly seconds: number;
  readonly requests: number;
  readonly fired: FaultCounts;
  /** Bytes that the caches gave back afterwards, from memory and from disk. */
  readonly checked: number;
  /** Runs with faults after which the right bytes can be had, and how many had them. */
  readonly recoverable: number;
  readonly recovered: number;
  readonly notRecovered: readonly string[];
  /** Wrong bytes, to a reader or in the cache: never. */
  readonly wrong: readonly string[];
  /** Errors without a tag, and hangs: never. */
  readonly unclear: readonly string[];
  /** What was left open. */
  readonly leaks: readonly string[];
}

interface Tally {
  throughGateway: number;
  requests: number;
  fired: FaultCounts;
  checked: number;
  recoverable: number;
  recovered: number;
  notRecovered: string[];
  wrong: string[];
  unclear: string[];
  leaks: string[];
}

/** What the runs share. */
interface Bench {
  readonly memory: LayeredCache;
  readonly disk: LayeredCache;
  readonly gateway: GatewayDoor;
  readonly gatewayCache: WatchedCache;
  /** What was written to disk, for another look in the end. */
  readonly onDisk: ObjectState[];
}

/** Runs with the seeds from `seed` on, several at a time. */
export async function runFaults(
  { runs, seed, atOnce = 24 }: { runs: number; seed: number; atOnce?: number },
): Promise<FaultsOutcome> {
  const began = performance.now();
  const tally: Tally = {
    throughGateway: 0,
    requests: 0,
    fired: {},
    checked: 0,
    recoverable: 0,
    recovered: 0,
    notRecovered: [],
    wrong: [],
    unclear: [],
    leaks: [],
  };
  const folder = await Deno.makeTempDir({ prefix: "dipper-faults-" });
  try {
    const memory = await openIn(folder, { disk: "off", memory: 64 * MIB });
    const disk = await openIn(folder, { memory: 0, size: 512 * MIB });
    const gatewayCache = new WatchedCache(await openIn(folder, { disk: "off", memory: 64 * MIB }));
    const gateway = new GatewayDoor({ cache: gatewayCache, settings: SETTINGS });
    const bench: Bench = { memory, disk, gateway, gatewayCache, onDisk: [] };
    let next = 0;
    const worker = async () => {
      while (next < runs) await runOnce(seed + next++, tally, bench);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    await gateway[Symbol.asyncDispose]();
    await checkFolder(folder, bench, tally);
    // The ports of so many services are others' again by now; leaks_test.ts looks at connections.
    const open = await stillOpenAt({ folder, ports: [] });
    if (open > 0) tally.leaks.push(`${open} files of the cache are open`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return { runs, seconds: (performance.now() - began) / 1000, ...tally };
}

/** One object, a few reads; between one in twenty and eight in twenty requests fail. */
async function runOnce(seed: number, tally: Tally, bench: Bench): Promise<void> {
  const random = randomFrom(seed);
  const faultRandom = randomFrom(seed + 1_000_000);
  const isRecoverable = seed % 4 !== 0;
  const share = 0.05 + random() * 0.35;
  const whole: OriginObject = {
    size: Math.floor(8 * MIB + random() * 8 * MIB),
    seed: 1 + seed % 7,
    etag: `etag-${seed}`,
  };
  await using origin = new FaultOrigin({
    objects: { [`${OBJECT.bucket}/${OBJECT.key}`]: whole },
    faults: (index) => {
      const turn = seed >> 2;
      if (!isRecoverable && index === 1 + (turn >> 2) % 3) return UNRECOVERABLE[turn % 4];
      return faultRandom() < share ? pick(RECOVERABLE, faultRandom) : undefined;
    },
  });
  const store = fakeStore(origin.url);
  const controller = new AbortController();
  const hang = setTimeout(() => controller.abort(), HANG);
  const isThroughGateway = seed % 5 < 2;
  if (isThroughGateway) tally.throughGateway++;
  if (isRecoverable) tally.recoverable++;
  const cache = cacheFor(seed, bench);
  let visit: Visit | undefined;
  try {
    visit = isThroughGateway
      ? bench.gateway.enter(`run-${seed}`, store, seed % 2 === 0 ? "statement" : "tool")
      : await openReader(store, { cache, settings: SETTINGS, random }, controller.signal);
    await readAll(visit, whole, random, controller.signal);
    if (isRecoverable) tally.recovered++;
  } catch (error) {
    const text = `seed ${seed}: ${error}`;
    if (error instanceof WrongBytes) tally.wrong.push(text);
    else if (!isClear(error)) tally.unclear.push(text);
    else if (isRecoverable) tally.notRecovered.push(text);
    else if (!saysChange(error)) tally.unclear.push(text);
  } finally {
    clearTimeout(hang);
  }
  if (visit !== undefined) {
    const left = await leftOver(visit);
    if (left !== undefined) tally.leaks.push(`seed ${seed}: ${left}`);
    await visit.leave();
  }
  await checkRun(seed, isThroughGateway ? bench.gatewayCache : cache, origin, tally, bench);
  tally.requests += origin.seen.length;
  for (const [fault, count] of Object.entries(origin.fired) as [Fault, number][]) {
    tally.fired[fault] = (tally.fired[fault] ?? 0) + count;
  }
}

/** Every eighth run keeps its blocks on disk, the others in memory. */
function cacheFor(seed: number, { memory, disk }: Bench): WatchedCache {
  return new WatchedCache(isOnDisk(seed) ? disk : memory);
}

function isOnDisk(seed: number): boolean {
  return seed % 8 === 3;
}

/** Holds all that the cache has of this run's object against the pattern. */
async function checkRun(
  seed: number,
  cache: WatchedCache,
  origin: FaultOrigin,
  tally: Tally,
  bench: Bench,
): Promise<void> {
  const states = cache.states.filter(({ store }) => store === origin.url.origin);
  if (isOnDisk(seed)) {
    await cache.settled();
    bench.onDisk.push(...states);
  }
  const { bytes, wrong } = await checkCache(cache, states, seedOf);
  tally.checked += bytes;
  tally.wrong.push(...wrong.map((each) => `seed ${seed}, in the cache: ${each}`));
}

/** Reads the cache's folder as another process would. */
async function checkFolder(folder: string, { disk, onDisk }: Bench, tally: Tally): Promise<void> {
  await disk.settled();
  await using fresh = await openIn(folder, { memory: 0, size: 512 * MIB });
  const { bytes, wrong } = await checkCache(fresh as BlockCache, onDisk, seedOf);
  tally.checked += bytes;
  tally.wrong.push(...wrong.map((each) => `in the folder: ${each}`));
  for (const { stats } of [disk, fresh]) {
    const damaged = stats.disk!.damagedFiles;
    if (damaged > 0) tally.wrong.push(`${damaged} files of the cache are damaged`);
  }
}

/** The pattern of the object that has this ETag: another one when it was replaced. */
function seedOf({ etag = "" }: Pick<ObjectState, "etag">): number {
  const [, seed, replaced] = /^etag-(\d+)(x*)$/.exec(etag) ?? [];
  return 1 + Number(seed) % 7 + replaced.length;
}

function isClear(error: unknown): boolean {
  if (error instanceof RefusedRead) return error.code !== "InternalError" && error.code !== "";
  if (error instanceof BrokenRead) return true;
  return error instanceof DipperError && !isDipperError(error, "cancelled", "internal");
}

/** Whether the error is one that an object replaced or deleted ends in. */
function saysChange(error: unknown): boolean {
  if (error instanceof RefusedRead) return [404, 412].includes(error.status);
  return error instanceof BrokenRead || isDipperError(error, "object_changed", "key_not_found");
}

/** What is under way a while after all has been read: the end of a last answer may be on its way. */
async function leftOver({ load }: Visit): Promise<string | undefined> {
  for (let wait = 0; wait < 200; wait++) {
    const { underWay, waiting } = load();
    if (underWay + waiting === 0) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return `${load().underWay} requests under way, ${load().waiting} waiting`;
}

class WrongBytes extends Error {}

/** Most runs read a few ranges and a stream, some the whole object as well. */
async function readAll(
  visit: Visit,
  { size: planned }: OriginObject,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const ranges = Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
      const length = 1 + Math.floor(random() ** 4 * 512 * KIB);
      // Within the object even when it has become shorter.
      return random() < 0.1
        ? suffix(length)
        : bounded(Math.floor(random() * (planned / 2 - 1)), length);
    });
    const streamed = random() < 0.01 ? from(0) : suffix(1 + Math.floor(random() * 512 * KIB));
    const [readings, stream] = await Promise.allSettled([
      visit.read(ranges, signal),
      visit.stream(streamed, signal),
    ]);
    if (readings.status === "fulfilled") {
      ranges.forEach((range, index) => check(range, readings.value[index]));
    }
    if (stream.status === "fulfilled") check(streamed, stream.value);
    await allOf(
      [readings, stream].map((each) =>
        each.status === "rejected" ? Promise.reject(each.reason) : Promise.resolve()
      ),
    );
  }
}

function check(range: ByteRange, { etag, size, chunks }: Reading): void {
  const { offset, length } = resolveRange(range, size);
  const got = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (got !== length) throw new WrongBytes(`${got} of ${length} bytes at ${offset}`);
  const wrong = Pattern.of(seedOf({ etag })).firstDifference(offset, chunks);
  if (wrong !== undefined) throw new WrongBytes(`at ${wrong}`);
}

function pick<T>(all: readonly T[], random: () => number): T {
  return all[Math.floor(random() * all.length)];
}

/**
 * Random reads through all layers, from an origin that fails at random.
 *
 * @module
 */
import { DipperError, isDipperError } from "../../src/errors.ts";
import { bounded, type ByteRange, from, resolveRange, suffix } from "../../src/range/range.ts";
import { RangeReader } from "../../src/range/reader.ts";
import type { RangeSource } from "../../src/range/source.ts";
import { fakeStore } from "../range/support/fake_store.ts";
import { type Fault, type FaultCounts, RECOVERABLE, UNRECOVERABLE } from "./fault.ts";
import { FaultOrigin, type OriginObject } from "./origin.ts";
import { Pattern, randomFrom } from "./pattern.ts";

const MIB = 1024 * 1024;

/** Milliseconds after which a run counts as hanging. */
const HANG = 60_000;

/** What all runs came to. */
export interface FaultsOutcome {
  readonly runs: number;
  readonly seconds: number;
  readonly requests: number;
  readonly fired: FaultCounts;
  /** Runs with faults after which the right bytes can be had, and how many had them. */
  readonly recoverable: number;
  readonly recovered: number;
  readonly notRecovered: readonly string[];
  /** Wrong bytes: never. */
  readonly wrong: readonly string[];
  /** Errors without a tag, and hangs: never. */
  readonly unclear: readonly string[];
  /** What was left open. */
  readonly leaks: readonly string[];
}

interface Tally {
  requests: number;
  fired: FaultCounts;
  recoverable: number;
  recovered: number;
  notRecovered: string[];
  wrong: string[];
  unclear: string[];
  leaks: string[];
}

/** Runs with the seeds from `seed` on, several at a time. */
export async function runFaults(
  { runs, seed, atOnce = 24 }: { runs: number; seed: number; atOnce?: number },
): Promise<FaultsOutcome> {
  const began = performance.now();
  const tally: Tally = {
    requests: 0,
    fired: {},
    recoverable: 0,
    recovered: 0,
    notRecovered: [],
    wrong: [],
    unclear: [],
    leaks: [],
  };
  let next = 0;
  const worker = async () => {
    while (next < runs) await runOnce(seed + next++, tally);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { runs, seconds: (performance.now() - began) / 1000, ...tally };
}

/** One object, a few reads; between one in twenty and eight in twenty requests fail. */
async function runOnce(seed: number, tally: Tally): Promise<void> {
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
    objects: { "lab/data.bin": whole },
    faults: (index) => {
      if (!isRecoverable && index === 1 + (seed >> 2) % 4) return pick(UNRECOVERABLE, faultRandom);
      return faultRandom() < share ? pick(RECOVERABLE, faultRandom) : undefined;
    },
  });
  const reader = new RangeReader({
    random,
    settings: {
      partSize: 256 * 1024,
      retryBudget: 20_000,
      backoffFirst: 2,
      backoffMost: 20,
      headTimeout: 1_000,
      idleTimeout: 120,
    },
  });
  const controller = new AbortController();
  const hang = setTimeout(() => controller.abort(), HANG);
  if (isRecoverable) tally.recoverable++;
  try {
    const store = fakeStore(origin.url);
    const source = await reader.open(store, { bucket: "lab", key: "data.bin" }, {
      signal: controller.signal,
    });
    // The fault may have come before the object was open.
    const isReplaced = source.etag !== whole.etag;
    const opened = isReplaced ? { ...whole, seed: whole.seed + 1, size: source.size } : whole;
    await readAll(source, opened, random, controller.signal);
    if (isRecoverable) tally.recovered++;
  } catch (error) {
    const text = `seed ${seed}: ${error}`;
    if (error instanceof WrongBytes) tally.wrong.push(text);
    else if (!(error instanceof DipperError) || isDipperError(error, "cancelled", "internal")) {
      tally.unclear.push(text);
    } else if (isRecoverable) tally.notRecovered.push(text);
    else if (!isDipperError(error, "object_changed", "key_not_found")) tally.unclear.push(text);
  } finally {
    clearTimeout(hang);
  }
  const left = await leftOver(() => reader.load(fakeStore(origin.url)));
  if (left !== undefined) tally.leaks.push(`seed ${seed}: ${left}`);
  reader.close();
  tally.requests += origin.seen.length;
  for (const [fault, count] of Object.entries(origin.fired) as [Fault, number][]) {
    tally.fired[fault] = (tally.fired[fault] ?? 0) + count;
  }
}

/** What is under way a while after all has been read: the end of a last answer may be on its way. */
async function leftOver(
  load: () => { readonly underWay: number; readonly waiting: number },
): Promise<string | undefined> {
  for (let wait = 0; wait < 200; wait++) {
    const { underWay, waiting } = load();
    if (underWay + waiting === 0) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return `${load().underWay} requests under way, ${load().waiting} waiting`;
}

class WrongBytes extends Error {}

async function readAll(
  source: RangeSource,
  { size, seed }: OriginObject,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  if (source.size !== size) throw new WrongBytes(`${source.size} bytes for ${size}`);
  const check = (range: ByteRange, chunks: readonly Uint8Array[]) => {
    const { offset, length } = resolveRange(range, size);
    const got = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (got !== length) throw new WrongBytes(`${got} of ${length} bytes at ${offset}`);
    const wrong = Pattern.of(seed).firstDifference(offset, chunks);
    if (wrong !== undefined) throw new WrongBytes(`at ${wrong}`);
  };
  for (let round = 0; round < 3; round++) {
    const ranges = Array.from({ length: 1 + Math.floor(random() * 6) }, () => {
      const length = Math.floor(random() ** 4 * MIB);
      return random() < 0.1 ? suffix(length) : bounded(Math.floor(random() * size), length);
    });
    const streamed = from(size - Math.floor(random() * 2 * MIB));
    const [read, stream] = await Promise.allSettled([
      source.read(ranges, { signal }),
      Array.fromAsync(source.stream(streamed, { signal })),
    ]);
    if (read.status === "fulfilled") ranges.forEach((range, i) => check(range, read.value[i]));
    if (stream.status === "fulfilled") check(streamed, stream.value);
    if (read.status === "rejected") throw read.reason;
    if (stream.status === "rejected") throw stream.reason;
  }
}

function pick<T>(all: readonly T[], random: () => number): T {
  return all[Math.floor(random() * all.length)];
}

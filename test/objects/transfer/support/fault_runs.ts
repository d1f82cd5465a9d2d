/**
 * Files to a service that fails at random, and back.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { DipperError, isDipperError } from "../../../../src/errors.ts";
import { copy } from "../../../../src/objects/transfer/copy.ts";
import type { CopyOptions } from "../../../../src/objects/transfer/options.ts";
import { StoreSet } from "../../../../src/store/store_set.ts";
import { Pattern, randomFrom } from "../../../faults/pattern.ts";
import { fakeStore } from "../../../range/support/fake_store.ts";
import { FATAL, MiniService, RECOVERABLE, type ServiceFault } from "./mini_service.ts";

/** What all runs came to. */
export interface Outcome {
  readonly fired: Partial<Record<ServiceFault, number>>;
  requests: number;
  /** Runs with recoverable faults alone, and how many ended well. */
  recoverable: number;
  recovered: number;
  readonly notRecovered: string[];
  /** Wrong bytes, half files, errors without a tag: never. */
  readonly wrong: string[];
}

/** A replacement matters only to what is being read. */
const OFTEN_ENOUGH = [...FATAL, "replaced", "replaced"] as const;

const SIZES = { singleUpTo: 24 * 1024, part: 16 * 1024 };
const WIRE = {
  settings: {
    retryBudget: 15_000,
    unreachableBudget: 2_000,
    backoffFirst: 1,
    backoffMost: 8,
    idleTimeout: 150,
    answerTimeout: 150,
  },
};

/**
 * Runs with the seeds from `seed` on, and then more of them, of one kind of fault, until each kind has
 * fired `least` times.
 */
export async function runFaults(
  { runs, seed, least, atOnce = 24 }: {
    readonly runs: number;
    readonly seed: number;
    readonly least: number;
    readonly atOnce?: number;
  },
): Promise<Outcome> {
  const outcome: Outcome = {
    fired: {},
    requests: 0,
    recoverable: 0,
    recovered: 0,
    notRecovered: [],
    wrong: [],
  };
  let next = 0;
  const work = (only: () => ServiceFault | undefined, isOver: () => boolean) =>
    Promise.all(Array.from({ length: atOnce }, async () => {
      while (!isOver()) await runOnce(seed + next++, outcome, only());
    }));
  await work(() => undefined, () => next >= runs);
  for (const kind of [...RECOVERABLE, ...FATAL]) {
    const most = next + 10 * least;
    await work(() => kind, () => (outcome.fired[kind] ?? 0) >= least || next >= most);
  }
  return outcome;
}

/** @param only the one fault, of a transfer in parts; undefined: any, as the seed says */
async function runOnce(
  seed: number,
  outcome: Outcome,
  only: ServiceFault | undefined,
): Promise<void> {
  const random = randomFrom(seed);
  const isFatal = only === undefined ? seed % 5 === 0 : FATAL.some((fault) => fault === only);
  const share = 0.05 + random() * 0.25;
  const fatalAt = Math.floor(random() * 6);
  const faults = randomFrom(seed + 1_000_000);
  await using service = new MiniService({
    checksums: seed % 2 === 0 ? "crc32" : "md5",
    fault: (index) => {
      if (only !== undefined) return faults() < 0.2 ? only : undefined;
      if (isFatal && index % 8 === fatalAt) return pick(OFTEN_ENOUGH, faults);
      return faults() < share ? pick(RECOVERABLE, faults) : undefined;
    },
  });
  const stores = StoreSet.of([fakeStore(service.url)]);
  const folder = await Deno.makeTempDir({ prefix: "dipper-faults-" });
  const size = only !== undefined
    ? 150_000
    : [0, 1, SIZES.singleUpTo][seed % 11] ?? Math.floor(random() ** 2 * 200_000);
  const bytes = Pattern.of(1 + seed % 5).slice(seed % 1000, size);
  const options: CopyOptions = { stateFolder: join(folder, "state"), sizes: SIZES, wire: WIRE };
  try {
    await Deno.writeFile(join(folder, "source"), bytes);
    if (!isFatal) outcome.recoverable++;
    const up = await attempt(() => copy(stores, join(folder, "source"), "s3://lab/k", options));
    const there = service.objects.get("lab/k");
    if (there !== undefined && Buffer.compare(there.bytes, bytes) !== 0 && up === undefined) {
      outcome.wrong.push(`seed ${seed}: other bytes are stored`);
    }
    check(seed, "up", up, isFatal, outcome);
    if (up !== undefined) {
      service.fault = undefined;
      const again = await attempt(() =>
        copy(stores, join(folder, "source"), "s3://lab/k", options)
      );
      if (again !== undefined) outcome.wrong.push(`seed ${seed}: a second try: ${again}`);
    }
    const stored = service.objects.get("lab/k");
    if (stored === undefined || Buffer.compare(stored.bytes, bytes) !== 0) {
      outcome.wrong.push(`seed ${seed}: what was uploaded is not what is stored`);
    }
    // An upload whose beginning was not answered is known to the service alone: it has no parts.
    const hasParts = [...service.uploads.values()].some(({ parts }) => parts.size > 0);
    if (hasParts && !isFatal) outcome.wrong.push(`seed ${seed}: an upload is left`);
    const down = await attempt(() => copy(stores, "s3://lab/k", join(folder, "target"), options));
    await checkFile(seed, folder, service, bytes, down, outcome);
    check(seed, "down", down, isFatal, outcome);
    if (up === undefined && down === undefined && !isFatal) outcome.recovered++;
  } finally {
    stores.close();
    await Deno.remove(folder, { recursive: true });
  }
  outcome.requests += service.requests;
  for (const [fault, count] of Object.entries(service.fired) as [ServiceFault, number][]) {
    outcome.fired[fault] = (outcome.fired[fault] ?? 0) + count;
  }
}

/** The file is whole, or not there; what is beside it is only for going on. */
async function checkFile(
  seed: number,
  folder: string,
  service: MiniService,
  bytes: Uint8Array,
  down: unknown,
  outcome: Outcome,
): Promise<void> {
  const file = await Deno.readFile(join(folder, "target")).catch(() => undefined);
  const now = service.objects.get("lab/k")?.bytes;
  const isRight = (state: Uint8Array | undefined) =>
    file !== undefined && state !== undefined && Buffer.compare(file, state) === 0;
  if (down === undefined && !isRight(bytes) && !isRight(now)) {
    outcome.wrong.push(`seed ${seed}: the file has other bytes`);
  }
  if (down !== undefined && file !== undefined) {
    outcome.wrong.push(`seed ${seed}: a file is there after a failure`);
  }
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  const parts = names.filter((name) => name.startsWith(".dipper-"));
  if (down === undefined && parts.length > 0) outcome.wrong.push(`seed ${seed}: ${parts} is left`);
}

function check(
  seed: number,
  which: string,
  failure: unknown,
  isFatal: boolean,
  outcome: Outcome,
): void {
  if (failure === undefined) return;
  const text = `seed ${seed} ${which}: ${failure}`;
  if (!(failure instanceof DipperError) || isDipperError(failure, "cancelled", "internal")) {
    outcome.wrong.push(text);
  } else if (!isFatal) outcome.notRecovered.push(text);
}

async function attempt(
  transfer: () => ReturnType<typeof copy>,
): Promise<unknown> {
  try {
    const { failed } = await transfer();
    if (failed.length === 0) return undefined;
    return new Failed(failed[0].message);
  } catch (error) {
    return error;
  }
}

/** A failure as a summary has it: the error itself has gone to whoever listens. */
class Failed extends DipperError {
  readonly tag = "service";
}

function pick<T>(all: readonly T[], random: () => number): T {
  return all[Math.floor(random() * all.length)];
}

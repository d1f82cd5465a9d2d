/**
 * Measures how fast a store takes and gives objects of several sizes.
 *
 * @module
 */
import { type DipperError, InternalError, isDipperError, ServiceError } from "../../errors.ts";
import { describeEndpoint } from "../../store/endpoint.ts";
import type { LocatedBucket, StoreSet } from "../../store/store_set.ts";
import { formatS3Uri, parseS3Uri } from "../../store/uri.ts";
import { emptyBucket } from "../buckets/remove.ts";
import { deleteObjects } from "../delete.ts";
import { copy } from "../transfer/copy.ts";
import type { TransferEvent } from "../transfer/events.ts";
import type { WireOptions } from "../transfer/wire.ts";
import { type BenchPlan, benchPlan, FEW_BYTES } from "./plan.ts";
import { Scratch } from "./scratch.ts";
import { type Measured, measured, median } from "./statistics.ts";

/** From the local disk to the store, or back. */
export type Direction = "up" | "down";

/** What is going on. */
export interface BenchProgress {
  readonly direction: Direction;
  /** Bytes of the object. */
  readonly size: number;
  /** Counts from 1. */
  readonly repetition: number;
  readonly times: number;
  /** Bytes that have gone up and down, of all objects, and that will have in the end. */
  readonly bytes: number;
  readonly totalBytes: number;
}

/** How to measure. */
export interface BenchOptions {
  /** What to do; see {@link benchPlan}. */
  readonly plan?: BenchPlan;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BenchProgress) => void;
  /** Told what could not be removed. */
  readonly onNotice?: (text: string) => void;
  /** Milliseconds of a clock that never goes back; `performance.now` where absent. */
  readonly now?: () => number;
  readonly wire?: WireOptions;
}

/** One size. */
export interface BenchRow {
  readonly bytes: number;
  readonly up: Measured;
  readonly down: Measured;
}

/** What was measured. */
export interface StoreBench {
  /** Where, `s3://bucket/prefix`. */
  readonly uri: string;
  readonly endpoint: string;
  /** Seconds of a copy of {@link FEW_BYTES} bytes: connection, requests and answers without the bytes. */
  readonly overhead: Readonly<Record<Direction, number>>;
  readonly rows: readonly BenchRow[];
  /** Bytes that went up and down. */
  readonly traffic: number;
  /** Copies by the checksum of the service that their bytes were held against. */
  readonly checked: Readonly<Record<string, number>>;
  /** Whether all that was made is removed; what is not has been told of by `onNotice`. */
  readonly isClean: boolean;
}

/**
 * Copies random bytes to `uri` and back, as `dipper cp` does, and times it. What has come back is compared by
 * SHA-256 with what was sent. Everything that was made is removed, also when it ends early.
 *
 * @throws {ServiceError} when other bytes come back
 */
export async function benchStore(
  stores: StoreSet,
  uri: string,
  options: BenchOptions = {},
): Promise<StoreBench> {
  const { bucket, key } = parseS3Uri(uri);
  const located = await stores.locate(bucket, options.signal);
  const folder = key === "" || key.endsWith("/") ? key : `${key}/`;
  const prefix = `${folder}dipper-bench-store-${crypto.randomUUID().slice(0, 8)}/`;
  const plan = options.plan ?? benchPlan();
  await using scratch = await Scratch.make(plan.scratch);
  const keys = plan.steps.map(({ bytes }) => `${prefix}${bytes}`);
  const run = new Run(stores, formatS3Uri({ bucket, key: prefix }), scratch, plan, options);
  let isClean: boolean;
  let rates: Rates;
  try {
    rates = await run.all();
  } finally {
    isClean = await clean(located, prefix, keys, run, options);
  }
  const { endpoint, region } = located.store;
  return {
    uri: formatS3Uri({ bucket, key: folder }),
    endpoint: describeEndpoint(endpoint, region),
    ...rates,
    traffic: plan.traffic,
    checked: run.checked,
    isClean,
  };
}

type Rates = Pick<StoreBench, "overhead" | "rows">;

/** The copies of one measurement. */
class Run {
  readonly checked: Record<string, number> = {};
  /** Whether anything has gone up. */
  hasSent = false;
  #moved = 0;

  constructor(
    readonly stores: StoreSet,
    readonly prefix: string,
    readonly scratch: Scratch,
    readonly plan: BenchPlan,
    readonly options: BenchOptions,
  ) {}

  async all(): Promise<Rates> {
    const times = new Map<number, Record<Direction, number[]>>();
    // The first call also finds the region and fetches credentials.
    await this.#size(FEW_BYTES, 1);
    this.#moved = 0;
    for (const { bytes, times: count } of this.plan.steps) {
      times.set(bytes, await this.#size(bytes, count));
    }
    const few = times.get(FEW_BYTES)!;
    return {
      overhead: { up: median(few.up), down: median(few.down) },
      rows: [...times].map(([bytes, { up, down }]) => ({
        bytes,
        up: measured(bytes, up, few.up),
        down: measured(bytes, down, few.down),
      })),
    };
  }

  async #size(bytes: number, times: number): Promise<Record<Direction, number[]>> {
    const { scratch, options: { signal } } = this;
    const seconds: Record<Direction, number[]> = { up: [], down: [] };
    const uri = `${this.prefix}${bytes}`;
    const sent = await scratch.fill("up", bytes, signal);
    for (let repetition = 1; repetition <= times; repetition++) {
      const step = { size: bytes, repetition, times };
      seconds.up.push(
        await this.#copy(scratch.path("up"), uri, { ...step, direction: "up" }),
      );
      seconds.down.push(
        await this.#copy(uri, scratch.path("down"), { ...step, direction: "down" }),
      );
      if (await scratch.digest("down", signal) !== sent) {
        throw new ServiceError(`${uri} came back with other bytes than were sent`, {
          uri,
          operation: "GetObject",
          hint: "Something between here and the disks of the service alters data.",
        });
      }
      await scratch.remove("down");
    }
    return seconds;
  }

  async #copy(
    from: string,
    to: string,
    step: Omit<BenchProgress, "bytes" | "totalBytes">,
  ): Promise<number> {
    const { signal, wire, onProgress, now = () => performance.now() } = this.options;
    let failure: DipperError | undefined;
    const onEvent = (event: TransferEvent) => {
      if (event.kind === "failed") failure = event.error;
      if (event.kind !== "progress") return;
      const bytes = this.#moved + event.bytes;
      onProgress?.({ ...step, bytes, totalBytes: this.plan.traffic });
    };
    const began = now();
    const summary = await copy(this.stores, from, to, {
      literal: true,
      stateFolder: "off",
      signal,
      wire,
      onEvent,
    });
    const seconds = (now() - began) / 1000;
    if (failure !== undefined) throw failure;
    if (summary.done !== 1) throw new InternalError(`${from} was not copied to ${to}`);
    for (const name of Object.keys(summary.checked)) {
      this.checked[name] = (this.checked[name] ?? 0) + 1;
    }
    this.#moved += step.size;
    this.hasSent = true;
    return seconds;
  }
}

/** Removes what was made, and tells when that cannot be done. */
async function clean(
  located: LocatedBucket,
  prefix: string,
  keys: readonly string[],
  { hasSent }: Run,
  { onNotice }: BenchOptions,
): Promise<boolean> {
  try {
    await removeAll(located, prefix, keys);
    return true;
  } catch (error) {
    if (!isDipperError(error)) throw error;
    const where = formatS3Uri({ bucket: located.bucket, key: prefix });
    if (hasSent) onNotice?.(`${where} could not be removed: ${error.message}`);
    return false;
  }
}

/** With versions and unfinished uploads; without the right to look for those, the objects. */
async function removeAll(
  { store, bucket }: LocatedBucket,
  prefix: string,
  keys: readonly string[],
): Promise<void> {
  try {
    await emptyBucket(store, bucket, { prefix });
  } catch (error) {
    if (!isDipperError(error, "permission")) throw error;
    await deleteObjects(store, bucket, keys);
  }
}

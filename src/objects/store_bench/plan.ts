/**
 * Which sizes are measured how often, and how many bytes that moves. No I/O.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";
import { LARGEST_OBJECT } from "../transfer/part_size.ts";

const [KIB, MIB, GIB] = [2 ** 10, 2 ** 20, 2 ** 30];

/** Bytes of the object whose copy is nothing but the cost of a call. */
export const FEW_BYTES = 8;

/** Measured where nothing else is asked for, in bytes. */
export const BENCH_SIZES: readonly number[] = [KIB, 100 * KIB, MIB, 10 * MIB, 100 * MIB];

/** Measured besides on request, in bytes. */
export const LARGE_BENCH_SIZES: readonly number[] = [GIB, 10 * GIB];

/** Times that each size goes up and down where nothing else is asked for. */
export const BENCH_REPEAT = 3;

/** Small objects go so many times as often: their time is short, and its noise large. */
const SMALL_TIMES = 3;

/** What will be done. */
export interface BenchPlan {
  /** From small to large; the first is {@link FEW_BYTES}. */
  readonly steps: readonly { readonly bytes: number; readonly times: number }[];
  /** Bytes that go up and come down, together. */
  readonly traffic: number;
  /** Bytes that must fit on the local disk at once. */
  readonly scratch: number;
}

/**
 * The plan for `sizes`, each measured `repeat` times and those up to 1 MiB more often.
 *
 * @throws {UsageError} for a size that no object has
 */
export function benchPlan(
  sizes: readonly number[] = BENCH_SIZES,
  repeat: number = BENCH_REPEAT,
): BenchPlan {
  const wrong = sizes.find((size) => !(size >= 1 && size <= LARGEST_OBJECT));
  if (wrong !== undefined) {
    throw new UsageError(`nothing can be measured with objects of ${wrong} bytes`, {
      hint: "Sizes go from one byte to 5 TiB.",
    });
  }
  const all = [...new Set([FEW_BYTES, ...sizes])].sort((a, b) => a - b);
  const steps = [FEW_BYTES, ...all.filter((size) => size !== FEW_BYTES)]
    .map((bytes) => ({ bytes, times: bytes <= MIB ? SMALL_TIMES * repeat : repeat }));
  return {
    steps,
    traffic: 2 * steps.reduce((sum, { bytes, times }) => sum + bytes * times, 0),
    scratch: 2 * all.at(-1)!,
  };
}

/** A size as the guides write it: `8 B`, `100 KiB`, `1.5 MiB`. */
export function sizeText(bytes: number): string {
  const [unit, name] = bytes < KIB
    ? [1, "B"]
    : bytes < MIB
    ? [KIB, "KiB"]
    : bytes < GIB
    ? [MIB, "MiB"]
    : [GIB, "GiB"];
  return `${Number((bytes / unit).toFixed(1))} ${name}`;
}

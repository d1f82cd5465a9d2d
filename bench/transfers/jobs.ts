/**
 * What is moved: many small files, some of a middling size, one large.
 *
 * @module
 */
import { join } from "node:path";

/** Files of one size. */
export interface Job {
  readonly name: "small" | "middle" | "large" | "one";
  readonly count: number;
  /** Bytes of each. */
  readonly size: number;
  readonly firstName: string;
}

/** Where a job goes. */
export const DIRECTIONS = ["up", "copy", "down"] as const;
export type Direction = (typeof DIRECTIONS)[number];

const KIB = 1024;
const MIB = 1024 * KIB;

/** The jobs; `quick` ones move a twentieth. */
export function jobs(size: "full" | "quick"): readonly Job[] {
  const isFull = size === "full";
  const firstName = nameOf(0);
  return [
    { name: "one", count: 1, size: 1_000_000, firstName },
    { name: "middle", count: isFull ? 64 : 8, size: 16 * MIB, firstName },
    { name: "large", count: 1, size: isFull ? 4096 * MIB : 256 * MIB, firstName },
    { name: "small", count: isFull ? 10_000 : 500, size: 256 * KIB, firstName },
  ];
}

function nameOf(index: number): string {
  return `${String(index).padStart(5, "0")}.bin`;
}

/** Makes the files of `job` below `folder` where they are missing; gives the job's own folder. */
export async function provideFiles(folder: string, job: Job): Promise<string> {
  const own = join(folder, `${job.name}-${job.count}x${job.size}`);
  const mark = `${own}.made`;
  try {
    await Deno.stat(mark);
    return own;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await Deno.mkdir(own, { recursive: true });
  for (let index = 0; index < job.count; index++) {
    await writePattern(join(own, nameOf(index)), job.size, index);
  }
  await Deno.writeTextFile(mark, "");
  return own;
}

/** Bytes that differ from file to file and do not repeat within a MiB. */
async function writePattern(path: string, size: number, seed: number): Promise<void> {
  const block = new Uint8Array(Math.min(size, MIB));
  let state = seed + 1;
  for (let at = 0; at < block.byteLength; at++) {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    block[at] = state >>> 24;
  }
  using file = await Deno.open(path, { create: true, write: true, truncate: true });
  for (let left = size; left > 0;) {
    left -= await file.write(block.subarray(0, Math.min(left, block.byteLength)));
  }
}

/** Files and bytes below `folder`. */
export async function weigh(folder: string): Promise<{ files: number; bytes: number }> {
  const total = { files: 0, bytes: 0 };
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) {
      const below = await weigh(path);
      total.files += below.files;
      total.bytes += below.bytes;
    }
    if (isFile) {
      total.files++;
      total.bytes += (await Deno.stat(path)).size;
    }
  }
  return total;
}

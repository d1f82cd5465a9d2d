/**
 * The readers of `formats/` at 30 ms beside hyparquet with its own fetch and csv-parse on a local file.
 *
 * @module
 */
import { join } from "node:path";
import { median } from "../report/statistics.ts";
import { ContenderProcess } from "../run/contender_process.ts";
import type { Laboratory } from "../run/measure.ts";
import { conditionsOf } from "../run/plan.ts";
import { cacheFolder, environmentFor } from "../run/surroundings.ts";
import type { ReaderResult } from "./results.ts";

const DELAY = 30;
const PATIENCE = 180;

const READINGS = [
  { question: "parquet-columns", name: "Parquet batches, 2 of 5 columns", rival: "hyparquet" },
  { question: "parquet-all", name: "Parquet batches, all columns", rival: "hyparquet" },
  { question: "csv-rows", name: "CSV rows", rival: "csv-parse" },
] as const;

/** Most of a rival's time that is allowed. */
const BOUNDS = { hyparquet: 0.5, "csv-parse": 1 } as const;

/** Measures each reading in new processes. */
export async function measureReaders(
  laboratory: Laboratory,
  repetitions: number,
): Promise<ReaderResult[]> {
  const results: ReaderResult[] = [];
  for (const { question, name, rival } of READINGS) {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const mine = await read(laboratory, "dipper", question);
      const other = await read(laboratory, rival, question);
      if (mine.rows !== other.rows) {
        throw new Error(`${name}: ${mine.rows} rows, and ${other.rows} by ${rival}`);
      }
      ours.push(mine.seconds);
      theirs.push(other.seconds);
    }
    const bound = BOUNDS[rival];
    results.push({ name, rival, ours: median(ours), theirs: median(theirs), bound });
  }
  return results;
}

async function read(
  { origin, folders }: Laboratory,
  reader: string,
  question: string,
): Promise<{ readonly seconds: number; readonly rows: number }> {
  const cache = await cacheFolder(folders);
  try {
    await using process = await ContenderProcess.start({
      command: Deno.execPath(),
      args: [
        "run",
        "-A",
        "--quiet",
        new URL("../contenders/readers.ts", import.meta.url).pathname,
        reader,
        join(folders.data, "readings.csv"),
      ],
      environment: await environmentFor(origin.endpoint, cache),
      patience: PATIENCE,
    });
    await origin.begin(conditionsOf(DELAY));
    const { seconds, answer } = await process.ask({ name: question, sql: "" });
    return { seconds, rows: Number(answer[0][0]) };
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

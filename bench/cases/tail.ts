/**
 * 200 questions to objects that were never read, while one answer in twenty is ten times as late.
 *
 * @module
 */
import { totalRequests } from "../origin/counts.ts";
import { QUERIES } from "../queries.ts";
import { percentile } from "../report/statistics.ts";
import { commandOf, type ContenderName } from "../run/contender.ts";
import { ContenderProcess } from "../run/contender_process.ts";
import type { Laboratory } from "../run/measure.ts";
import { conditionsOf } from "../run/plan.ts";
import { cacheFolder, environmentFor } from "../run/surroundings.ts";
import type { TailResult } from "./results.ts";

const QUESTIONS = 200;
const DELAY = 30;
const PATIENCE = 60;
const TAIL = { every: 20, factor: 10 };
/** Questions before the counted ones: the machine code is made and the line is known. */
const WARM_UP = 20;

/** Asks `contender` and gives the distribution of its seconds. */
export async function measureTail(
  { origin, folders, python }: Laboratory,
  contender: ContenderName,
): Promise<TailResult> {
  const cache = await cacheFolder(folders);
  try {
    await using process = await ContenderProcess.start({
      ...commandOf(contender, QUERIES[0], python),
      environment: await environmentFor(origin.endpoint, cache),
      patience: PATIENCE,
    });
    await origin.begin(conditionsOf(DELAY));
    for (let index = 0; index < WARM_UP; index++) {
      const path = `small/${String(index).padStart(4, "0")}.parquet`;
      await process.ask({ name: "", sql: `SELECT avg(temperature) FROM 's3://bench/${path}'` });
    }
    await origin.begin({ ...conditionsOf(DELAY), tail: TAIL });
    const seconds: number[] = [];
    for (let index = 0; index < QUESTIONS; index++) {
      const sql = `SELECT avg(temperature) FROM 's3://bench/many/part=${index}/data.parquet'`;
      seconds.push((await process.ask({ name: "", sql })).seconds);
    }
    return {
      questions: QUESTIONS,
      p50: percentile(seconds, 0.5),
      p99: percentile(seconds, 0.99),
      requests: totalRequests(await origin.counts()),
    };
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

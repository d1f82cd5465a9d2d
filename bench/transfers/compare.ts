/**
 * The same files by each peer: up, over to another bucket, and down, each weighed.
 *
 * @module
 */
import { join } from "node:path";
import { median } from "../report/statistics.ts";
import { environmentFor } from "../run/surroundings.ts";
import type { Installed } from "./install.ts";
import { type Direction, DIRECTIONS, type Job, provideFiles, weigh } from "./jobs.ts";
import { commandOf, type Ends, type PeerName } from "./peers.ts";
import { BUCKETS, type Service, startLine, startService } from "./service.ts";
import { type Timed, timed } from "./timed.ts";

/** What is compared. */
export interface Comparison {
  readonly programs: Installed;
  readonly scratch: string;
  /** Folder in which the files to move are kept between runs. */
  readonly files: string;
  readonly peers: readonly PeerName[];
  readonly jobs: readonly Job[];
  /** Milliseconds there and back to the service. */
  readonly delays: readonly number[];
  readonly repetitions: number;
  /** When nothing is repeated any more, by `performance.now()`. */
  readonly until: number;
}

/** One transfer. */
export interface Result extends Timed {
  readonly peer: PeerName;
  readonly job: Job;
  readonly direction: Direction;
  readonly delay: number;
}

/** What came of it. */
export interface Compared {
  readonly results: readonly Result[];
  readonly failures: readonly string[];
}

/** A peer that took so much longer than the fastest is not asked again. */
const FAR_BEHIND = 2;

/** What one transfer may take, in milliseconds. */
const PATIENCE = 240_000;

/** Job, line and peer of a transfer. */
interface Turn {
  readonly job: Job;
  readonly delay: number;
  readonly endpoint: string;
  readonly peer: PeerName;
}

/** Compares: everything once, then again, while there is time, what is near the fastest. */
export async function compare(
  comparison: Comparison,
  say: (text: string) => void,
): Promise<Compared> {
  const { programs, scratch, files, peers, jobs, delays, repetitions, until } = comparison;
  const results: Result[] = [];
  const failures: string[] = [];
  await using service = await startService(programs.versitygw, scratch);
  await using lines = new AsyncDisposableStack();
  const sites: { delay: number; endpoint: string }[] = [];
  for (const delay of delays) {
    const line = delay === 0 ? service : lines.use(await startLine(service.endpoint, delay));
    sites.push({ delay, endpoint: line.endpoint });
  }
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const site of sites) {
      for (const job of jobs) {
        const folder = await provideFiles(join(files, "files"), job);
        for (const peer of peers) {
          const turn = { ...site, job, peer };
          const isOver = repetition > 0 && performance.now() > until;
          if (isOver || repetition > 0 && !isNear(results, turn)) continue;
          try {
            await moveAll({ programs, scratch, service }, turn, folder, (result) => {
              results.push(result);
              say(`${textOf(turn)}, ${result.direction}: ${result.seconds.toFixed(2)} s`);
            });
          } catch (error) {
            const reason = error instanceof Error ? error.message : String(error);
            failures.push(`${textOf(turn)}\n${reason}`);
            say(`FAILED ${textOf(turn)}: ${reason}`);
          }
        }
      }
    }
  }
  return { results, failures };
}

/** Whether another run of `turn` may change what is said of it. */
function isNear(results: readonly Result[], { job, delay, peer }: Turn): boolean {
  const all = results.filter((one) => one.job === job && one.delay === delay);
  const secondsOf = (direction: Direction, name: PeerName) =>
    median(
      all.filter((one) => one.direction === direction && one.peer === name)
        .map(({ seconds }) => seconds),
    );
  const names = [...new Set(all.map((one) => one.peer))];
  return DIRECTIONS.some((direction) => {
    const best = Math.min(
      ...names.map((name) => secondsOf(direction, name)).filter(Number.isFinite),
    );
    return secondsOf(direction, peer) <= best * FAR_BEHIND;
  });
}

function textOf({ delay, job, peer }: Turn): string {
  return `${delay} ms, ${job.name}: ${peer}`;
}

async function moveAll(
  { programs, scratch, service }: {
    readonly programs: Installed;
    readonly scratch: string;
    readonly service: Service;
  },
  { job, delay, endpoint, peer }: Turn,
  files: string,
  onResult: (result: Result) => void,
): Promise<void> {
  const prefix = `${peer}-${job.name}`;
  const down = join(scratch, "down", prefix);
  const [first, second] = BUCKETS.map((bucket) => `${bucket}/${prefix}`);
  const ends: Record<Direction, Ends & { readonly there: string }> = {
    up: { from: files, to: first, there: join(service.store, first) },
    copy: { from: first, to: second, there: join(service.store, second) },
    down: { from: first, to: down, there: down },
  };
  const only = job.count === 1 ? job.firstName : undefined;
  const cache = await Deno.makeTempDir({ dir: scratch });
  await Deno.mkdir(down, { recursive: true });
  try {
    for (const direction of DIRECTIONS) {
      const { from, to, there } = ends[direction];
      const { command, args } = commandOf(peer, direction, { from, to, only }, programs, endpoint);
      const env = await environmentFor(endpoint, cache);
      const own = { S3_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL: endpoint };
      const result = await timed(command, args, { ...env, ...own }, PATIENCE)
        .catch((error: Error) => {
          throw new Error(`${direction}: ${error.message}`);
        });
      const { files: count, bytes } = await weigh(there);
      if (count !== job.count || bytes !== job.count * job.size) {
        throw new Error(`${direction}: ${count} files and ${bytes} bytes arrived`);
      }
      onResult({ ...result, peer, job, direction, delay });
    }
  } finally {
    for (const { there } of Object.values(ends).slice(0, 2)) await remove(there);
    await remove(down);
    await remove(cache);
  }
}

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

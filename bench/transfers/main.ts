/**
 * `deno task bench:transfers`: files up, between buckets and down again, beside the peers.
 *
 *     deno task bench:transfers [--quick] [--peers a,b] [--jobs small,large] [--delay 0,30] [--reps 3]
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a bench prints what it measured
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchFolders } from "../folders.ts";
import { median } from "../report/statistics.ts";
import { textTable } from "../report/text_table.ts";
import { environmentFor } from "../run/surroundings.ts";
import { type Installed, installPeers } from "./install.ts";
import { type Direction, DIRECTIONS, type Job, jobs, provideFiles, weigh } from "./jobs.ts";
import { ABOUT, commandOf, type PeerName, PEERS } from "./peers.ts";
import { BUCKETS, type Service, startLine, startService } from "./service.ts";
import { type Timed, timed } from "./timed.ts";

/** One transfer. */
interface Moved extends Timed {
  readonly peer: PeerName;
  readonly job: Job;
  readonly direction: Direction;
  readonly delay: number;
}

interface Failed {
  readonly what: string;
  readonly reason: string;
}

/** What all transfers of one delay share. */
interface Site {
  readonly service: Service;
  /** The service's own address, or a line's. */
  readonly endpoint: string;
  readonly delay: number;
  readonly scratch: string;
  readonly programs: Installed;
}

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    peers: { type: "string" },
    jobs: { type: "string" },
    delay: { type: "string" },
    reps: { type: "string" },
  },
});
const say = (text: string) => console.error(text);
const folders = await benchFolders();
const programs = await installPeers(folders.root, say);
const peers = PEERS.filter((name) => values.peers?.split(",").includes(name) ?? true);
const wanted = jobs(values.quick ? "quick" : "full").filter(({ name }) =>
  values.jobs?.split(",").includes(name) ?? true
);
const delays = (values.delay ?? "0,30").split(",").map(Number);
const repetitions = Number(values.reps ?? (values.quick ? 1 : 3));
const moved: Moved[] = [];
const failed: Failed[] = [];

console.log(
  textTable(
    ["peer", "configuration", "checks"],
    peers.map((name) => [
      name,
      ABOUT[name].configuration,
      ABOUT[name].checks,
    ]),
  ),
);
const scratch = await Deno.makeTempDir({ dir: folders.scratch });
try {
  await using service = await startService(programs.versitygw, scratch);
  for (const delay of delays) {
    await using line = await startLine(service.endpoint, delay);
    const endpoint = delay === 0 ? service.endpoint : line.endpoint;
    const site = { service, endpoint, delay, scratch, programs };
    for (const job of wanted) {
      const files = await provideFiles(join(folders.root, "files"), job);
      for (let repetition = 0; repetition < repetitions; repetition++) {
        for (const peer of peers) await moveAll(site, peer, job, files);
      }
    }
  }
} finally {
  await Deno.remove(folders.scratch, { recursive: true });
}
report();

/** Up, over to the other bucket, and down, each weighed. */
async function moveAll(site: Site, peer: PeerName, job: Job, files: string): Promise<void> {
  const { service, endpoint, delay, scratch, programs } = site;
  const prefix = `${peer}-${job.name}`;
  const down = join(site.scratch, "down", prefix);
  const [first, second] = BUCKETS.map((bucket) => `${bucket}/${prefix}`);
  const ends: Record<Direction, { from: string; to: string; there: string }> = {
    up: { from: files, to: first, there: join(service.store, first) },
    copy: { from: first, to: second, there: join(service.store, second) },
    down: { from: first, to: down, there: down },
  };
  const cache = await Deno.makeTempDir({ dir: scratch });
  await Deno.mkdir(down, { recursive: true });
  try {
    for (const direction of DIRECTIONS) {
      const { from, to, there } = ends[direction];
      const { command, args } = commandOf(peer, direction, { from, to }, programs, endpoint);
      const env = await environmentFor(endpoint, cache);
      const own = { S3_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL: endpoint };
      const result = await timed(command, args, { ...env, ...own });
      const { files: count, bytes } = await weigh(there);
      if (count !== job.count || bytes !== job.count * job.size) {
        throw new Error(`${direction}: ${count} files and ${bytes} bytes arrived`);
      }
      moved.push({ ...result, peer, job, direction, delay });
      say(`${delay} ms, ${job.name} ${direction}: ${peer} ${result.seconds.toFixed(2)} s`);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    failed.push({ what: `${peer}, ${job.name}, ${delay} ms`, reason });
    say(`FAILED ${peer}, ${job.name}: ${reason}`);
  } finally {
    for (const { there } of Object.values(ends).slice(0, 2)) await remove(there);
    await remove(down);
    await remove(cache);
  }
}

function report(): void {
  for (const delay of delays) {
    const rows = wanted.flatMap((job) =>
      DIRECTIONS.flatMap((direction) => {
        const results = peers.map((peer) => {
          const all = moved.filter((one) =>
            one.peer === peer && one.job.name === job.name && one.direction === direction &&
            one.delay === delay
          );
          return {
            peer,
            seconds: median(all.map(({ seconds }) => seconds)),
            peak: Math.max(...all.map(({ peak }) => peak)),
          };
        });
        const ours = results.find(({ peer }) => peer === "dipper");
        const rivals = results.filter(({ peer, seconds }) => peer !== "dipper" && seconds > 0);
        const best = Math.min(...rivals.map(({ seconds }) => seconds));
        const ratio = ours === undefined ? NaN : ours.seconds / best;
        return [[
          `${job.name} ${direction}`,
          Number.isFinite(ratio) ? `${ratio.toFixed(2)} ${ratio <= 1.05 ? "✓" : "✗"}` : "–",
          ...results.map(({ seconds, peak }) =>
            Number.isNaN(seconds) ? "–" : `${seconds.toFixed(2)} (${(peak / 2 ** 20).toFixed(0)})`
          ),
        ]];
      })
    );
    console.log(
      `\n${textTable([`seconds (peak MiB), ${delay} ms`, "÷ fastest", ...peers], rows)}`,
    );
  }
  for (const { what, reason } of failed) console.log(`\nFAILED: ${what}\n${reason}`);
  Deno.exitCode = failed.length > 0 ? 1 : 0;
}

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * `deno task bench:transfers`: files up, between buckets and down again, beside the peers; a listing of a
 * million keys; and, when asked for, a large transfer that is killed in the middle.
 *
 *     deno task bench:transfers [--quick] [--peers a,b] [--jobs small,one,list] [--delay 0,30] [--reps 3]
 *                               [--minutes 25]
 *     deno task bench:transfers --kill 10
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a bench prints what it measured
import { parseArgs } from "node:util";
import { benchFolders } from "../folders.ts";
import { textTable } from "../report/text_table.ts";
import { compare } from "./compare.ts";
import { installPeers } from "./install.ts";
import { jobs } from "./jobs.ts";
import { killBoth } from "./killed.ts";
import { compareListings } from "./listing.ts";
import { ABOUT, PEERS } from "./peers.ts";
import { killedTable, listingTable, movedTable } from "./tables.ts";

const GIB = 2 ** 30;
/** Keys of the listing. */
const KEYS = 1_000_000;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    peers: { type: "string" },
    jobs: { type: "string" },
    delay: { type: "string" },
    reps: { type: "string" },
    minutes: { type: "string" },
    kill: { type: "string" },
  },
});
const say = (text: string) => console.error(text);
const folders = await benchFolders();
const programs = await installPeers(folders.root, say);
const scratch = await Deno.makeTempDir({ dir: folders.scratch });
try {
  Deno.exitCode = values.kill === undefined
    ? await compareAll()
    : await killAll(Number(values.kill));
} finally {
  await Deno.remove(folders.scratch, { recursive: true });
}

async function compareAll(): Promise<number> {
  const isQuick = values.quick ?? false;
  const peers = PEERS.filter((name) => values.peers?.split(",").includes(name) ?? true);
  const isWanted = (name: string) => values.jobs?.split(",").includes(name) ?? true;
  const delays = (values.delay ?? "0,30").split(",").map(Number);
  const about = peers.map((name) => [name, ABOUT[name].configuration, ABOUT[name].checks]);
  console.log(textTable(["peer", "configuration", "checks"], about));
  const repetitions = Number(values.reps ?? (isQuick ? 1 : 3));
  const until = performance.now() + Number(values.minutes ?? 25) * 60_000;
  let failures: readonly string[] = [];
  if (isWanted("list")) {
    const keys = isQuick ? KEYS / 20 : KEYS;
    const listings = await compareListings(programs, scratch, keys, repetitions, say);
    console.log(`\n${listingTable(listings.results, keys)}`);
    failures = listings.failures;
  }
  const wanted = jobs(isQuick ? "quick" : "full").filter(({ name }) => isWanted(name));
  const compared = await compare(
    { programs, scratch, files: folders.root, peers, jobs: wanted, delays, repetitions, until },
    say,
  );
  for (const delay of wanted.length > 0 ? delays : []) {
    console.log(`\n${movedTable(compared.results, { delay, peers, jobs: wanted })}`);
  }
  failures = [...failures, ...compared.failures];
  for (const failure of failures) console.log(`\nFAILED: ${failure}`);
  return failures.length > 0 ? 1 : 0;
}

async function killAll(gib: number): Promise<number> {
  const results = await killBoth(programs, scratch, gib * GIB);
  console.log(killedTable(results));
  return results.every(({ isRight }) => isRight) ? 0 : 1;
}

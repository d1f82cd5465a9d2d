/**
 * What the bench of transfers found, as tables.
 *
 * @module
 */
import { median } from "../report/statistics.ts";
import { textTable } from "../report/text_table.ts";
import type { Result } from "./compare.ts";
import { DIRECTIONS, type Job } from "./jobs.ts";
import type { Killed } from "./killed.ts";
import type { Listed } from "./listing.ts";
import type { PeerName } from "./peers.ts";

const MIB = 2 ** 20;

/** A ratio that is still as good as the fastest: what two runs of one program differ by. */
const AS_FAST = 1.05;

/** Medians of seconds, with the largest peaks, of what went through a line of `delay` milliseconds. */
export function movedTable(
  results: readonly Result[],
  { delay, peers, jobs }: {
    readonly delay: number;
    readonly peers: readonly PeerName[];
    readonly jobs: readonly Job[];
  },
): string {
  const rows = jobs.flatMap((job) =>
    DIRECTIONS.map((direction) => {
      const of = (peer: PeerName) =>
        results.filter((one) =>
          one.peer === peer && one.job === job && one.direction === direction && one.delay === delay
        );
      const secondsOf = (peer: PeerName) => median(of(peer).map(({ seconds }) => seconds));
      const rivals = peers.filter((peer) => peer !== "dipper" && of(peer).length > 0);
      const ratio = secondsOf("dipper") / Math.min(...rivals.map(secondsOf));
      return [
        `${job.name} ${direction}`,
        Number.isFinite(ratio) && ratio > 0
          ? `${ratio.toFixed(2)} ${ratio <= AS_FAST ? "✓" : "✗"}`
          : "–",
        ...peers.map((peer) => cell(of(peer))),
      ];
    })
  );
  return textTable([`${delay} ms: seconds (peak MiB) × runs`, "÷ fastest", ...peers], rows);
}

function cell(results: readonly { readonly seconds: number; readonly peak: number }[]): string {
  if (results.length === 0) return "failed";
  const peak = Math.max(...results.map((one) => one.peak)) / MIB;
  const seconds = median(results.map((one) => one.seconds));
  return `${seconds.toFixed(2)} (${peak.toFixed(0)}) × ${results.length}`;
}

/** Seconds and peaks of listings. */
export function listingTable(results: readonly Listed[], keys: number): string {
  const of = (peer: Listed["peer"]) => results.filter((one) => one.peer === peer);
  const seconds = (peer: Listed["peer"]) => median(of(peer).map((one) => one.seconds));
  const ratio = seconds("dipper") / seconds("s5cmd");
  return textTable(
    [`${keys.toLocaleString("en")} keys: seconds (peak MiB) × runs`, "÷ s5cmd", "dipper", "s5cmd"],
    [[
      "list",
      Number.isFinite(ratio) ? ratio.toFixed(2) : "–",
      cell(of("dipper")),
      cell(of("s5cmd")),
    ]],
  );
}

/** What went over the line twice. */
export function killedTable(results: readonly Killed[]): string {
  const mib = (bytes: number) => (bytes / MIB).toFixed(1);
  return textTable(
    [
      "killed and begun again",
      "MiB",
      "before",
      "after",
      "twice",
      "seconds",
      "peak MiB",
      "digests",
    ],
    results.map((one) => [
      one.direction,
      mib(one.size),
      mib(one.before),
      mib(one.after),
      mib(one.before + one.after - one.size),
      one.seconds.map((each) => each.toFixed(1)).join(" + "),
      mib(one.peak),
      one.isRight ? "the same" : "DIFFER",
    ]),
  );
}

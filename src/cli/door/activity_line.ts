/**
 * What passed through a gateway, in one line.
 *
 * @module
 */
import type { Activity, KindCounts } from "../../gateway/activity.ts";
import { formatBytes, formatQuantity } from "../../show/human.ts";

/**
 * `12 requests · 3 requests sent on · 60 MB answered · 19 MB read · 41 MB from cache`; bytes from the
 * cache, bytes written and retries are said where there were any.
 */
export function activityLine({ received, sent, reads, retries, bytes }: Activity): string {
  const cached = reads.fromMemory + reads.fromDisk;
  return [
    formatQuantity(total(received), "request"),
    `${formatQuantity(total(sent), "request")} sent on`,
    `${formatBytes(bytes.answered)} answered`,
    `${formatBytes(bytes.read)} read`,
    ...(cached > 0 ? [`${formatBytes(cached)} from cache`] : []),
    ...(bytes.written > 0 ? [`${formatBytes(bytes.written)} written`] : []),
    ...(retries > 0 ? [formatQuantity(retries, "retry", "retries")] : []),
  ].join(" · ");
}

/** Requests of all kinds. */
function total(counts: KindCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

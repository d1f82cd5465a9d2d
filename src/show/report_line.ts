/**
 * What a statement cost, in one line.
 *
 * @module
 */
import type { Report } from "../engine/report.ts";
import { formatBytes, formatQuantity, formatSeconds } from "./human.ts";

/**
 * `62 requests · 60.4 MB read · 0.3 s`; bytes written, bytes from a cache and retries are said
 * where there were any.
 */
export function renderReportLine(report: Report): string {
  const { get, head, list, put, other } = report.requests;
  const { read, written, cached } = report.bytes;
  const parts = [formatQuantity(get + head + list + put + other, "request")];
  if (read > 0 || written === 0) parts.push(`${formatBytes(read)} read`);
  if (written > 0) parts.push(`${formatBytes(written)} written`);
  if (cached > 0) parts.push(`${formatBytes(cached)} cached`);
  if (report.retries > 0) parts.push(formatQuantity(report.retries, "retry", "retries"));
  parts.push(formatSeconds(report.seconds));
  return parts.join(" · ");
}

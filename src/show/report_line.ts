/**
 * What a statement cost, in one line.
 *
 * @module
 */
import type { Report } from "../engine/report.ts";
import { forecastText } from "./forecast_text.ts";
import { formatBytes, formatQuantity, formatSeconds } from "./human.ts";

/**
 * `62 requests · 60.4 MB read (12 %) of 503 MB · 41 MB from cache · 0.3 s`; bytes written, bytes from a
 * cache, retries, what went past the gateway and what was forecast are said where there were any.
 */
export function renderReportLine(report: Report): string {
  const { get, head, list, put, other } = report.requests;
  const { read, written, cached, ofFiles } = report.bytes;
  const parts = [formatQuantity(get + head + list + put + other, "request")];
  if (read > 0 || written === 0) parts.push(`${formatBytes(read)} read${shareOf(read, ofFiles)}`);
  if (written > 0) parts.push(`${formatBytes(written)} written`);
  if (cached > 0) parts.push(`${formatBytes(cached)} from cache`);
  if (report.retries > 0) parts.push(formatQuantity(report.retries, "retry", "retries"));
  if (report.bypassed > 0) parts.push(`${report.bypassed} past the gateway`);
  parts.push(formatSeconds(report.seconds));
  if (report.forecast !== undefined) parts.push(`forecast: ${forecastText(report.forecast)}`);
  return parts.join(" · ");
}

/** How much of the objects was read: nothing is said of all and of listings. */
function shareOf(read: number, ofFiles: number): string {
  const percent = Math.max(1, Math.round((read / ofFiles) * 100));
  if (read === 0 || !(percent < 100)) return "";
  return ` (${percent} %) of ${formatBytes(ofFiles)}`;
}

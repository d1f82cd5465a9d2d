/**
 * A forecast as text.
 *
 * @module
 */
import type {
  Certainty,
  Forecast,
  ForecastTotals,
  ScanForecast,
  Share,
} from "../engine/forecast/forecast.ts";
import { formatBytes, formatCount, formatQuantity } from "./human.ts";
import { visible } from "./text.ts";

/** Columns that are named; of more, their number is said. */
const NAMED = 8;

const BOUND: Readonly<Record<Certainty, string>> = {
  "estimate": "about ",
  "upper bound": "at most ",
  "lower bound": "at least ",
};

/**
 * What each scan would read, and in a last line what all of it would cost:
 * `about 21 requests · 687 kB to read (1 %) of 82.3 MB · 41 kB from cache`.
 *
 * @param strong makes the address of a scan stand out
 */
export function renderForecast(
  forecast: Forecast,
  strong: (text: string) => string = (text) => text,
): string {
  const scans = forecast.scans.map((scan) =>
    [strong(visible(scan.uri)), ...factsOf(scan).map((fact) => `  ${fact}`), ""].join("\n")
  );
  return [...scans, `${renderForecastLine(forecast)}\n`].join("\n");
}

/** The last line of {@link renderForecast} alone. */
export function renderForecastLine({ scans, bytes, requests, certainty }: Forecast): string {
  const size = scans.reduce((sum, scan) => sum + scan.size, 0);
  const parts = [
    BOUND[certainty] + formatQuantity(requests, "request"),
    `${formatBytes(bytes.read)} to read${percentOf(bytes.read, size)}`,
  ];
  if (bytes.cached > 0) parts.push(`${formatBytes(bytes.cached)} from cache`);
  return parts.join(" · ");
}

/** A forecast beside what was read: `about 21 requests, 687 kB`. */
export function forecastText({ requests, bytes, certainty }: ForecastTotals): string {
  return `${BOUND[certainty]}${formatQuantity(requests, "request")}, ${formatBytes(bytes)}`;
}

function factsOf(scan: ScanForecast): string[] {
  const { format, files, size, rowGroups, bytes, requests, certainty, reason } = scan;
  const cached = bytes.cached === 0 ? "" : `, ${formatBytes(bytes.cached)} of them cached`;
  return [
    `files       ${shareText(files)} (${format}, ${formatBytes(size)})`,
    ...(rowGroups === undefined ? [] : [`row groups  ${shareText(rowGroups)}`]),
    ...columnFact(scan),
    `bytes       ${formatBytes(bytes.needed)}${cached}`,
    `requests    ${formatCount(requests)}`,
    ...(reason === undefined ? [] : [`note        ${certainty}: ${reason}`]),
  ];
}

function columnFact({ columns, columnCount }: ScanForecast): string[] {
  if (columns === undefined || columnCount === undefined) return [];
  const named = columns.slice(0, NAMED).map(visible).join(", ");
  const more = columns.length > NAMED ? ", …" : "";
  return [
    `columns     ${shareText({ read: columns.length, of: columnCount })}` +
    (columns.length === 0 ? "" : `: ${named}${more}`),
  ];
}

function shareText({ read, of }: Share): string {
  return `${formatCount(read)} of ${formatCount(of)}`;
}

function percentOf(read: number, size: number): string {
  const percent = Math.max(1, Math.round((read / size) * 100));
  if (read === 0 || !(percent < 100)) return "";
  return ` (${percent} %) of ${formatBytes(size)}`;
}

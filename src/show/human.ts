/**
 * Quantities for people: decimal units, few digits, no locale.
 *
 * @module
 */

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"] as const;

/** `bytes` in decimal units with about three digits: `0 B`, `999 B`, `1.5 kB`, `60.4 MB`. */
export function formatBytes(bytes: number | bigint): string {
  let amount = Number(bytes);
  let unit = 0;
  while (Math.abs(amount) >= 999.5 && unit < BYTE_UNITS.length - 1) {
    amount /= 1000;
    unit++;
  }
  const text = unit === 0 || Math.abs(amount) >= 99.95
    ? String(Math.round(amount))
    : amount.toFixed(1);
  return `${text} ${BYTE_UNITS[unit]}`;
}

/** A whole number with its thousands marked: `1,234,567`. */
export function formatCount(count: number | bigint): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `count` and its noun: `1 row`, `2 rows`; `plural` where it is not `noun` and s. */
export function formatQuantity(count: number | bigint, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 || count === 1n ? noun : plural}`;
}

/** A duration in seconds: `0.03 s`, `0.3 s`, `12 s`, `2 min 5 s`, `1 h 2 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.095) return seconds < 0.005 ? "0.00 s" : `${seconds.toFixed(2)} s`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${formatCount(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

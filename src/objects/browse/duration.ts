/**
 * Spans of time as people write them.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86_400,
  w: 7 * 86_400,
  y: 365 * 86_400,
};

/**
 * A span in seconds: `90s`, `15m`, `2h`, `7d`, `4w`, `1y`, and several together: `1d12h`. A number
 * alone is seconds.
 *
 * @throws {UsageError} that names `what`
 */
export function parseDuration(text: string, what: string): number {
  const whole = text.trim().toLowerCase().replace(/\s+/g, "");
  if (/^\d+$/.test(whole)) return Number(whole);
  const parts = [...whole.matchAll(/(\d+(?:\.\d+)?)(min|[a-z])[a-z]*?(?=\d|$)/g)];
  const isWhole = parts.map(([part]) => part).join("") === whole && whole !== "";
  const seconds = parts.reduce((sum, [, n, unit]) => sum + Number(n) * (SECONDS[unit] ?? NaN), 0);
  if (!isWhole || !Number.isFinite(seconds)) {
    throw new UsageError(`${what} is no span of time: ${JSON.stringify(text)}`, {
      hint: "Write it as 90s, 15m, 2h, 7d, 4w or 1y.",
    });
  }
  return Math.round(seconds);
}

/** A span for people: `7 days`, `2 hours`, `90 seconds`. */
export function formatSpan(seconds: number): string {
  const units: readonly [number, string][] = [[86_400, "day"], [3600, "hour"], [60, "minute"]];
  for (const [size, name] of units) {
    if (seconds >= size && seconds % size === 0) return counted(seconds / size, name);
  }
  return counted(seconds, "second");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A moment: an ISO date or time, or a span before `now`. */
export function parseMoment(text: string, what: string, now: Date): Date {
  if (/^\d{4}-\d\d-\d\d/.test(text.trim())) {
    const date = new Date(text.trim());
    if (!Number.isNaN(date.getTime())) return date;
  }
  return new Date(now.getTime() - parseDuration(text, what) * 1000);
}

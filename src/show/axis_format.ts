/**
 * Numbers on axes and legends.
 *
 * @module
 */

const SUFFIXES: readonly (readonly [number, string])[] = [
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "k"],
];

/**
 * A number for an axis: `1.5M`, `20k`, `0.25`; below 10,000 it is written out, so that a year stays
 * `2024`.
 */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-4)) return value.toExponential().replace("+", "");
  for (const [factor, suffix] of SUFFIXES) {
    if (size >= factor && size >= 1e4) return trim(value / factor) + suffix;
  }
  return trim(value);
}

function trim(value: number): string {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

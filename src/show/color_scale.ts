/**
 * Numbers to colours.
 *
 * @module
 */
import { scale } from "@observablehq/plot";

/** Colour of a number. */
export type ColorScale = (value: number) => string;

/** The palest parts of the scheme, from 0 to 1: areas may be paler than small marks on land. */
const PALEST = { area: 0.14, mark: 0.36 } as const;

/** What is coloured. */
export type Coloured = keyof typeof PALEST;

/**
 * From pale yellow over green to dark blue (ColorBrewer's YlGnBu: ordered also in grey and for
 * colour-blind readers). Numbers outside of the domain have the colour of its end.
 */
export function sequentialScale(
  [low, high]: readonly [number, number],
  kind: "linear" | "log",
  what: Coloured,
): ColorScale {
  const shades = shade(what);
  const at = kind === "log" ? Math.log : (value: number) => value;
  const span = at(high) - at(low) || 1;
  return (value) => shades(Math.min(1, Math.max(0, (at(value) - at(low)) / span)));
}

/** A colour for each class that `thresholds` bound. */
export function thresholdScale(thresholds: readonly number[]): ColorScale {
  const shades = shade("area");
  return (value) => {
    const step = thresholds.filter((threshold) => value >= threshold).length;
    return shades(thresholds.length === 0 ? 0.5 : step / thresholds.length);
  };
}

/** Numbers that cut `values` into `classes` classes of about as many values each. */
export function quantiles(values: readonly number[], classes: number): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const cuts = Array.from({ length: classes - 1 }, (_, cut) => {
    const at = (sorted.length - 1) * (cut + 1) / classes;
    const low = sorted[Math.floor(at)];
    return low + (sorted[Math.ceil(at)] - low) * (at % 1);
  });
  return [...new Set(cuts)].filter((cut) => cut > sorted[0] && cut <= sorted[sorted.length - 1]);
}

/** Least and greatest of the numbers that are there; 0 and 1 if none is. */
export function extent(values: readonly (number | null)[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? [0, 1] : [low, high];
}

function shade(what: Coloured): ColorScale {
  const scheme = scale({ color: { type: "linear", domain: [0, 1], scheme: "ylgnbu" } });
  return (part) => scheme.apply(PALEST[what] + (1 - PALEST[what]) * part) as string;
}

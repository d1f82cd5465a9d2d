/**
 * The radius of each circle of a picture, and the legend for it.
 *
 * @module
 */
import type { ChannelValues } from "./channel.ts";
import { extent } from "./color_scale.ts";
import { type Piece, sizeLegend } from "./legend.ts";

/** Radius of the circle for the greatest value, in pixels. */
const LARGEST = 13;
const SMALLEST = 1.8;

/** A radius in pixels for each row, null where there is none, and what explains them. */
export interface RowRadii {
  readonly radii: readonly (number | null)[];
  readonly legend: Piece | undefined;
}

/**
 * Areas in proportion to the values, so that a circle of twice the value has twice the ink; without
 * a channel all are alike, smaller where there are many. What is not a number above zero has none.
 */
export function sizeRows(channel: ChannelValues | undefined, rows: number): RowRadii {
  if (channel === undefined) {
    const radius = rows > 2000 ? 2 : rows > 600 ? 2.6 : 3.8;
    return { radii: Array.from({ length: rows }, () => radius), legend: undefined };
  }
  const values = channel.values.map((value) =>
    typeof value === "number" && value > 0 ? value : null
  );
  const [, greatest] = extent(values);
  const radius = (value: number) => Math.max(SMALLEST, LARGEST * Math.sqrt(value / greatest));
  return {
    radii: values.map((value) => value === null ? null : radius(value)),
    legend: sizeLegend(channel.label, legendValues(greatest), radius),
  };
}

/** The greatest round number below, a quarter and a twentieth of it, all with few digits. */
function legendValues(greatest: number): number[] {
  const round = (value: number) => {
    const power = 10 ** Math.floor(Math.log10(value));
    const factor = [5, 2, 1].find((each) => each * power <= value) ?? 1;
    return Number((factor * power).toPrecision(3));
  };
  return [...new Set([greatest / 20, greatest / 4, greatest].map(round))];
}

/**
 * The colour of each row of a chart, and the legend for it.
 *
 * @module
 */
import { type ChannelValues, nameOf } from "./channel.ts";
import { extent, sequentialScale } from "./color_scale.ts";
import { type Piece, rampLegend, swatchLegend } from "./legend.ts";
import { THEME } from "./theme.ts";

/** A colour for each row, and what explains them. */
export interface RowColors {
  readonly colors: readonly string[];
  readonly legend: Piece | undefined;
}

/** One colour for all rows without a channel; a ramp for numbers; else a colour for each name. */
export function colorRows(
  channel: ChannelValues | undefined,
  rows: number,
  width: number,
): RowColors {
  if (channel === undefined) {
    return { colors: Array.from({ length: rows }, () => THEME.primary), legend: undefined };
  }
  if (channel.kind === "number") {
    const numbers = channel.values as readonly (number | null)[];
    const domain = extent(numbers);
    const scale = sequentialScale(domain, "linear", "mark");
    return {
      colors: numbers.map((value) => value === null ? THEME.missing : scale(value)),
      legend: rampLegend({ title: channel.label, domain, color: scale, scale: "linear" }),
    };
  }
  const names = channel.values.map(nameOf);
  const distinct = [...new Set(names)];
  const known = distinct.filter((name) => name !== null);
  const colors = new Map<string | null, string>(
    known.map((name, at) => [name, THEME.categories[at % THEME.categories.length]]),
  );
  colors.set(null, THEME.missing);
  const items = distinct.map((name) => ({ name: name ?? "NULL", color: colors.get(name) ?? "" }));
  return {
    colors: names.map((name) => colors.get(name) ?? ""),
    legend: swatchLegend(items, width),
  };
}

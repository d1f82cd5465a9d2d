/**
 * Regions of a map with the colours of their values.
 *
 * @module
 */
import { channelValues, type NamedRow } from "./channel.ts";
import {
  type ColorScale,
  extent,
  quantiles,
  sequentialScale,
  thresholdScale,
} from "./color_scale.ts";
import { featuresOf, type GeoFeature } from "./geojson.ts";
import { type Piece, rampLegend, swatchLegend } from "./legend.ts";
import type { RegionLayer } from "./map_spec.ts";
import { THEME } from "./theme.ts";

const CLASSES = 6;

/** Regions that have a value, and what explains their colours. */
export interface FilledRegions {
  readonly filled: readonly { readonly feature: GeoFeature; readonly color: string }[];
  readonly legends: readonly Piece[];
}

/** Gives each feature the colour of its row's value; the last of several rows wins. */
export function fillRegions(layer: RegionLayer): FilledRegions {
  const rows: NamedRow[] = [...layer.rows];
  const { values, label } = channelValues(rows, layer.value);
  const keys = channelValues(rows, layer.key, "name").values;
  const byKey = new Map<string, number>();
  values.forEach((value, index) => {
    const key = keys[index];
    if (key !== null && typeof value === "number") byKey.set(String(key), value);
  });
  const valued = featuresOf(layer.features).map((feature) => {
    const key = layer.featureKey === undefined
      ? feature.id
      : feature.properties?.[layer.featureKey];
    return { feature, value: byKey.get(String(key)) };
  });
  const present = valued.flatMap(({ value }) => value === undefined ? [] : [value]);
  // A logarithm needs numbers above zero; what is not is shown as the least.
  const isLog = layer.scale === "log" && present.some((value) => value > 0);
  const domain = extent(isLog ? present.filter((value) => value > 0) : present);
  const thresholds = layer.scale === "quantile" && present.length > 0
    ? quantiles(present, CLASSES)
    : undefined;
  const color: ColorScale = thresholds === undefined
    ? sequentialScale(domain, isLog ? "log" : "linear", "area")
    : thresholdScale(thresholds);
  const filled = valued.flatMap(({ feature, value }) =>
    value === undefined
      ? []
      : [{ feature, color: color(isLog ? Math.max(value, domain[0]) : value) }]
  );
  if (present.length === 0) return { filled, legends: [] };
  const ramp = rampLegend({
    title: label,
    domain,
    color,
    scale: isLog ? "log" : "linear",
    thresholds,
  }, 300);
  const missing = swatchLegend([{ name: "no value", color: THEME.missing }], 110);
  const isComplete = filled.length === valued.length;
  return {
    filled,
    legends: isComplete ? [ramp] : [ramp, { ...missing, markup: shiftDown(missing.markup) }],
  };
}

/** Puts the swatch at the height of the ramp's bar. */
function shiftDown(markup: string): string {
  return `<g transform="translate(0,14)">${markup}</g>`;
}

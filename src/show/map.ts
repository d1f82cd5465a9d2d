/**
 * Maps: land and borders, regions filled by a value, rows as circles.
 *
 * @module
 */
// @ts-types="@types/d3-geo"
import * as geo from "d3-geo";
import { channelValues, type NamedRow } from "./channel.ts";
import { colorRows } from "./chart_color.ts";
import { sizeRows } from "./circle_size.ts";
import { formatCell } from "./cell.ts";
import type { Figure } from "./figure.ts";
import { DEFAULT_WIDTH, frame } from "./frame.ts";
import { featuresOf, type GeoFeature, type Position } from "./geojson.ts";
import type { Piece } from "./legend.ts";
import { placeLabels } from "./map_labels.ts";
import { fitProjection, type FittedProjection } from "./map_projection.ts";
import { type FilledRegions, fillRegions } from "./map_regions.ts";
import type { MapSpec, PointLayer } from "./map_spec.ts";
import { element, type Markup } from "./svg.ts";
import { THEME } from "./theme.ts";

const DEFAULT_HEIGHT = 620;

interface Circle {
  readonly position: Position;
  readonly color: string;
  readonly radius: number;
  readonly name: string | undefined;
}

/**
 * A map of the layers in `spec`. Rows without a position, or with one that is not on the globe, are
 * left out; so are circles without a size.
 *
 * @throws {UsageError} when a column does not exist
 */
export function map(spec: MapSpec): Figure {
  const width = spec.width ?? DEFAULT_WIDTH;
  const inner = width - 2 * THEME.padding;
  const regions = spec.regions === undefined ? undefined : fillRegions(spec.regions);
  const points = spec.points === undefined ? undefined : circles(spec.points, inner);
  const legends = [...(regions?.legends ?? []), ...(points?.legends ?? [])];
  const description = spec.description ?? `Map${spec.title === undefined ? "" : `: ${spec.title}`}`;
  return frame({ ...spec, description }, legends, () => {
    const shown = [
      ...(regions?.filled ?? []).flatMap(({ feature }) => corners(feature)),
      ...(points?.circles ?? []).map(({ position }) => position),
    ];
    const fitted = fitProjection(shown, {
      name: spec.projection,
      extent: spec.extent,
      width: inner,
      maxHeight: spec.height ?? DEFAULT_HEIGHT,
      padding: 22,
    });
    const markup = draw(spec, fitted, regions, points?.circles ?? []);
    return {
      markup: element("g", { transform: `translate(${THEME.padding},0)` }, markup),
      width,
      height: fitted.height,
    };
  });
}

function draw(
  spec: MapSpec,
  { projection, width, height, isWorld }: FittedProjection,
  regions: FilledRegions | undefined,
  points: readonly Circle[],
): Markup {
  const path = geo.geoPath(projection).digits(1);
  const line = (object: unknown, attributes: Parameters<typeof element>[1]) => {
    const d = path(object as geo.GeoPermissibleObjects);
    return d === null || d === "" ? "" : element("path", { d, ...attributes });
  };
  const isUsa = spec.projection === "albers-usa";
  const water = isWorld
    ? line({ type: "Sphere" }, { fill: THEME.water })
    : element("rect", { width, height, fill: isUsa ? "none" : THEME.water, rx: 4 });
  const lines = spec.graticule === "none" || isUsa ? "" : line(graticule(projection, width), {
    fill: "none",
    stroke: isWorld ? THEME.graticule : THEME.muted,
    "stroke-opacity": isWorld ? 1 : 0.13,
    "stroke-width": 0.7,
  });
  const hasRegions = regions !== undefined;
  const land = featuresOf(spec.borders).map((feature) =>
    line(feature, {
      fill: hasRegions ? THEME.missing : THEME.land,
      stroke: THEME.landEdge,
      "stroke-width": 0.6,
      "stroke-linejoin": "round",
    })
  );
  const filled = (regions?.filled ?? []).map(({ feature, color }) =>
    line(feature, {
      fill: color,
      stroke: THEME.landEdge,
      "stroke-width": 0.5,
      "stroke-linejoin": "round",
    })
  );
  const placed = points.flatMap((circle) => {
    const at = projection([circle.position[0], circle.position[1]]);
    if (at === null || !isVisible(projection, path, circle.position)) return [];
    return [{ ...circle, x: at[0], y: at[1] }];
  });
  const opacity = placed.length > 800 ? 0.6 : 0.78;
  const drawn = placed.toSorted((a, b) => b.radius - a.radius).map((circle) =>
    element("circle", {
      cx: circle.x,
      cy: circle.y,
      r: circle.radius,
      fill: circle.color,
      "fill-opacity": opacity,
      stroke: THEME.background,
      "stroke-width": circle.radius < 2.5 ? 0.25 : 0.6,
    })
  );
  const names = placed.flatMap((circle) =>
    circle.name === undefined ? [] : [{ ...circle, name: circle.name }]
  );
  const rim = isWorld
    ? line({ type: "Sphere" }, { fill: "none", stroke: THEME.axis, "stroke-width": 0.8 })
    : "";
  const ground = isWorld ? [lines, ...land, ...filled] : [...land, ...filled, lines];
  return [water, ...ground, rim, ...drawn, ...placeLabels(names, width, height)]
    .join("");
}

/** Lines of longitude and latitude, denser the closer the map is. */
function graticule(projection: geo.GeoProjection, width: number): geo.GeoPermissibleObjects {
  const degrees = width / (projection.scale() * Math.PI / 180);
  const step = [0.5, 1, 2, 5, 10, 15, 30].find((each) => degrees / each <= 14) ?? 30;
  return geo.geoGraticule().step([step, step]).extentMinor([[-180, -80.01], [180, 80.01]])
    .extentMajor([[-180, -90], [180, 90]])();
}

/** Whether a position is on the shown side of the globe and inside of the drawing. */
function isVisible(
  projection: geo.GeoProjection,
  path: geo.GeoPath,
  [longitude, latitude]: Position,
): boolean {
  if (typeof projection.clipExtent !== "function") return true;
  return path({ type: "Point", coordinates: [longitude, latitude] }) !== null;
}

/** The corners that a projection is fitted to. */
function corners(feature: GeoFeature): Position[] {
  const [[west, south], [east, north]] = geo.geoBounds(feature as geo.GeoPermissibleObjects);
  return [[west, south], [west, north], [east, south], [east, north]];
}

function circles(layer: PointLayer, width: number): { circles: Circle[]; legends: Piece[] } {
  const rows: NamedRow[] = [...layer.rows];
  const longitudes = channelValues(rows, layer.longitude ?? "longitude").values;
  const latitudes = channelValues(rows, layer.latitude ?? "latitude").values;
  const colors = colorRows(
    layer.color === undefined ? undefined : channelValues(rows, layer.color, "name"),
    rows.length,
    width,
  );
  const sizes = sizeRows(
    layer.size === undefined ? undefined : channelValues(rows, layer.size),
    rows.length,
  );
  const drawn = rows.flatMap((row, index): Circle[] => {
    const [longitude, latitude, radius] = [longitudes[index], latitudes[index], sizes.radii[index]];
    if (typeof longitude !== "number" || typeof latitude !== "number" || radius === null) return [];
    if (Math.abs(latitude) > 90 || Math.abs(longitude) > 360) return [];
    const name = layer.label === undefined ? undefined : row[layer.label];
    return [{
      position: [longitude, latitude],
      color: colors.colors[index],
      radius,
      name: name === undefined || name === null ? undefined : formatCell(name),
    }];
  });
  return {
    circles: drawn,
    legends: [colors.legend, sizes.legend].filter((piece) => piece !== undefined),
  };
}

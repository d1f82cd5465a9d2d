/**
 * Which part of the world a map shows, and how it becomes flat.
 *
 * @module
 */
// @ts-types="@types/d3-geo"
import * as geo from "d3-geo";
import type { Box, ProjectionName } from "./map_spec.ts";
import type { Position } from "./geojson.ts";

/** A projection that fills a drawing of `width` × `height` pixels. */
export interface FittedProjection {
  readonly projection: geo.GeoProjection;
  readonly width: number;
  readonly height: number;
  /** Whether the whole globe is seen, with its outline. */
  readonly isWorld: boolean;
}

const WORLD: Readonly<Record<Exclude<ProjectionName, "regional">, () => geo.GeoProjection>> = {
  "equal-earth": geo.geoEqualEarth,
  "natural-earth": geo.geoNaturalEarth1,
  equirectangular: geo.geoEquirectangular,
  mercator: geo.geoMercator,
  orthographic: geo.geoOrthographic,
  "albers-usa": geo.geoAlbersUsa,
};

/** Data that span less than this part of the globe's width are shown alone. */
const REGIONAL_DEGREES = 120;
/** Picture widths in the globe's radius: some kilometres across, and what one point is shown in. */
const CLOSEST = 3000;
const ALONE = 3;
const SPHERE: geo.GeoSphere = { type: "Sphere" };

/**
 * Fits a projection to `positions`, the corners of what is shown.
 *
 * @param padding pixels kept free at the edges of a regional map
 */
export function fitProjection(
  positions: readonly Position[],
  options: {
    readonly name: ProjectionName | undefined;
    readonly extent: "world" | "data" | Box | undefined;
    readonly width: number;
    readonly maxHeight: number;
    readonly padding: number;
  },
): FittedProjection {
  const { name, extent, width, maxHeight, padding } = options;
  const shown = Array.isArray(extent) ? outline(extent as Box) : positions;
  const points: geo.GeoGeometryObjects = {
    type: "MultiPoint",
    coordinates: shown.map(([x, y]) => [x, y]),
  };
  const isRegional = name === "regional" || Array.isArray(extent) || extent === "data" ||
    (extent === undefined && name === undefined && isSmall(points));
  if (name === "albers-usa") {
    const height = Math.round(Math.min(maxHeight, width * 0.6));
    const projection = geo.geoAlbersUsa().scale(1300 * Math.min(width / 975, height / 610))
      .translate([width / 2, height / 2]);
    return { projection, width, height, isWorld: false };
  }
  if (!isRegional || shown.length === 0) {
    const projection = WORLD[name === undefined || name === "regional" ? "equal-earth" : name]();
    if (name === "mercator") projection.clipExtent(null);
    const world: geo.GeoPermissibleObjects = name === "mercator"
      ? { type: "MultiPoint", coordinates: [[-180, 84], [180, 84], [-180, -60], [180, -60]] }
      : SPHERE;
    return fitted(projection, world, width, maxHeight, 1, name !== "mercator");
  }
  const projection = name === undefined || name === "regional"
    ? geo.geoAzimuthalEqualArea()
    : WORLD[name]();
  const [longitude, latitude] = centre(points);
  if (name === undefined || name === "regional" || name === "orthographic") {
    projection.rotate([-longitude, -latitude]);
  } else {
    projection.rotate([-longitude, 0]);
  }
  return fitted(projection, points, width, maxHeight, padding, false);
}

function fitted(
  projection: geo.GeoProjection,
  object: geo.GeoPermissibleObjects,
  width: number,
  maxHeight: number,
  padding: number,
  isWorld: boolean,
): FittedProjection {
  projection.fitWidth(width - 2 * padding, object);
  const [[, top], [, bottom]] = geo.geoPath(projection).bounds(object);
  const natural = bottom - top + 2 * padding;
  const least = isWorld ? 0 : width * 0.42;
  const height = Math.round(Math.min(maxHeight, Math.max(least, natural)));
  projection.fitExtent([[padding, padding], [width - padding, height - padding]], object);
  // One point alone, or many on one place, would be enlarged without end.
  if (!(projection.scale() < width * CLOSEST)) {
    projection.scale(width * ALONE).translate([0, 0]);
    const [x, y] = projection(centre(object)) ?? [0, 0];
    projection.translate([width / 2 - x, height / 2 - y]);
  }
  if (!isWorld) projection.clipExtent([[0, 0], [width, height]]);
  return { projection, width, height, isWorld };
}

function isSmall(points: geo.GeoPermissibleObjects): boolean {
  const [[west, south], [east, north]] = geo.geoBounds(points);
  if (![west, south, east, north].every(Number.isFinite)) return false;
  const span = east >= west ? east - west : east - west + 360;
  return span <= REGIONAL_DEGREES && north - south <= 100;
}

function centre(object: geo.GeoPermissibleObjects): [number, number] {
  const [[west, south], [east, north]] = geo.geoBounds(object);
  const span = east >= west ? east - west : east - west + 360;
  return [west + span / 2, (south + north) / 2];
}

function outline([west, south, east, north]: Box): Position[] {
  const span = east > west ? east - west : east - west + 360;
  return Array.from({ length: 9 }, (_, step) => west + span * step / 8)
    .flatMap((longitude) => [[longitude, south], [longitude, north]]);
}

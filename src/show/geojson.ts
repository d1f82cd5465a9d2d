/**
 * The part of GeoJSON (RFC 7946) that maps are drawn from.
 *
 * @module
 */
// @ts-types="@types/d3-geo"
import { geoArea } from "d3-geo";

/** Longitude and latitude in degrees, in this order; what follows is not drawn. */
export type Position = readonly number[];

/** A geometry in longitude and latitude. */
export type GeoGeometry =
  | { readonly type: "Point"; readonly coordinates: Position }
  | { readonly type: "MultiPoint" | "LineString"; readonly coordinates: readonly Position[] }
  | {
    readonly type: "MultiLineString" | "Polygon";
    readonly coordinates: readonly (readonly Position[])[];
  }
  | {
    readonly type: "MultiPolygon";
    readonly coordinates: readonly (readonly (readonly Position[])[])[];
  }
  | { readonly type: "GeometryCollection"; readonly geometries: readonly GeoGeometry[] };

/** A geometry with an identifier and properties. */
export interface GeoFeature {
  readonly type: "Feature";
  readonly id?: string | number;
  readonly properties?: Readonly<Record<string, unknown>> | null;
  readonly geometry: GeoGeometry | null;
}

/** Features, as a collection or as a list. */
export type GeoFeatures =
  | readonly GeoFeature[]
  | { readonly type: "FeatureCollection"; readonly features: readonly GeoFeature[] };

/** The features of a collection that have a geometry, ready for a sphere. */
export function featuresOf(features: GeoFeatures | undefined): GeoFeature[] {
  const list = features === undefined ? [] : "features" in features ? features.features : features;
  return list.flatMap((feature) =>
    feature.geometry === null ? [] : [{ ...feature, geometry: rewind(feature.geometry) }]
  );
}

/**
 * The geometry with polygons turned as d3-geo wants them. On a sphere a ring turned the other way
 * (as RFC 7946 has them) encloses the rest of the world; no real polygon is larger than a
 * hemisphere, so what is, is turned.
 */
export function rewind(geometry: GeoGeometry): GeoGeometry {
  switch (geometry.type) {
    case "Polygon":
      return { ...geometry, coordinates: rewindPolygon(geometry.coordinates) };
    case "MultiPolygon":
      return { ...geometry, coordinates: geometry.coordinates.map(rewindPolygon) };
    case "GeometryCollection":
      return { ...geometry, geometries: geometry.geometries.map(rewind) };
    default:
      return geometry;
  }
}

type Rings = readonly (readonly Position[])[];

function rewindPolygon(rings: Rings): Rings {
  const area = geoArea({ type: "Polygon", coordinates: rings as number[][][] });
  return area > 2 * Math.PI ? rings.map((ring) => [...ring].reverse()) : rings;
}

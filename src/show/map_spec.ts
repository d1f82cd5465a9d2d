/**
 * What a person says of a map.
 *
 * @module
 */
import type { Channel, NamedRow } from "./channel.ts";
import type { FrameOptions } from "./frame.ts";
import type { GeoFeatures } from "./geojson.ts";

/** How the globe becomes flat. */
export type ProjectionName =
  | "equal-earth"
  | "natural-earth"
  | "equirectangular"
  | "mercator"
  | "orthographic"
  | "albers-usa"
  | "regional";

/** West, south, east, north in degrees; west is greater than east across the antimeridian. */
export type Box = readonly [number, number, number, number];

/** Rows as circles. */
export interface PointLayer {
  readonly rows: Iterable<NamedRow>;
  /** Column of degrees east; default `longitude`. */
  readonly longitude?: string;
  /** Column of degrees north; default `latitude`. */
  readonly latitude?: string;
  /** Names give a colour each, numbers a ramp. */
  readonly color?: Channel;
  /** Area of the circles. */
  readonly size?: Channel;
  /** Column of names to write beside the circles, in the order of the rows, where there is room. */
  readonly label?: string;
}

/** Regions filled by a value. */
export interface RegionLayer {
  readonly features: GeoFeatures;
  readonly rows: Iterable<NamedRow>;
  /** Column that says which feature a row is about. */
  readonly key: string;
  /** Property of the features that the key is compared with; default: their `id`. */
  readonly featureKey?: string;
  /** Column of numbers. */
  readonly value: Channel;
  /** How numbers become colours; default `linear`; `quantile`: classes of as many regions each. */
  readonly scale?: "linear" | "log" | "quantile";
}

/** What to draw; layers lie upon each other in this order. */
export interface MapSpec extends FrameOptions {
  /** Land, such as the countries of the world. */
  readonly borders?: GeoFeatures;
  readonly regions?: RegionLayer;
  readonly points?: PointLayer;
  /** Default: `equal-earth` for the world, `regional` (equal areas around the centre) for less. */
  readonly projection?: ProjectionName;
  /**
   * What fills the picture: `data` are the points and the regions that have a value. Default: the
   * data where they span less than a third of the globe, else the world.
   */
  readonly extent?: "world" | "data" | Box;
  /** Greatest height of the drawing without title and legend, in pixels; default 620. */
  readonly height?: number;
  /** Lines of longitude and latitude; default `fine`. */
  readonly graticule?: "fine" | "none";
}

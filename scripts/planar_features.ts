/**
 * TopoJSON on a sphere as GeoJSON on a plane.
 *
 * World Atlas joins what Natural Earth cuts at the antimeridian, as a globe wants it; on a plane such
 * a ring of Russia's would lie across all longitudes. RFC 7946, section 3.1.9, wants it cut.
 *
 * @module
 */
import { geoEquirectangular } from "d3-geo";
import { geoProject } from "d3-geo-projection";
import { feature } from "topojson-client";

/** The object `name` of a topology, as a collection of features in degrees. */
export function planarFeatures(topology: string, name: string): unknown {
  const parsed = JSON.parse(topology);
  const degrees = geoEquirectangular().scale(180 / Math.PI).translate([0, 0]).reflectY(true)
    .precision(0);
  return geoProject(feature(parsed, parsed.objects[name]), degrees);
}

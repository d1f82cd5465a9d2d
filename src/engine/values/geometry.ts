/**
 * GEOMETRY: the bytes as stored, with GeoJSON and WKT views.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";
import { doubleText } from "./number_text.ts";
import { type ParsedGeometry, parseWkb, type Vertex } from "./wkb.ts";

/** Two or three numbers: x (longitude), y (latitude), z (height). */
export type Position = number[];

/** A GeoJSON geometry (RFC 7946, section 3.1). */
export type GeoJsonGeometry =
  | { type: "Point"; coordinates: Position | [] }
  | { type: "LineString" | "MultiPoint"; coordinates: Position[] }
  | { type: "Polygon" | "MultiLineString"; coordinates: Position[][] }
  | { type: "MultiPolygon"; coordinates: Position[][][] }
  | { type: "GeometryCollection"; geometries: GeoJsonGeometry[] };

/** A geometry: well-known binary, read when asked. */
export class Geometry {
  /** @param wkb well-known binary; EWKB and Z, M coordinates too */
  constructor(readonly wkb: Uint8Array) {}

  /** From hexadecimal text of well-known binary. @throws {UsageError} when it is none */
  static fromHex(hex: string): Geometry {
    if (!/^([0-9a-f]{2})+$/i.test(hex)) throw new UsageError("not the hexadecimal text of a WKB");
    return new Geometry(Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16)));
  }

  /** The SRID, if the bytes are EWKB that has one. @throws as {@link toGeoJSON} */
  get srid(): number | undefined {
    return parseWkb(this.wkb).srid;
  }

  /**
   * The GeoJSON of it, coordinates as they are: GeoJSON wants WGS 84 longitude and latitude, so
   * transform other systems first. M is left out. An empty point has no coordinates.
   *
   * @throws {UnreadableFileError} when the bytes are not WKB
   * @throws {UnsupportedError} for curves and surfaces
   */
  toGeoJSON(): GeoJsonGeometry {
    return geoJson(parseWkb(this.wkb));
  }

  /** Well-known text as DuckDB writes it: `POINT Z (1 2 3)`. @throws as {@link toGeoJSON} */
  toString(): string {
    const geometry = parseWkb(this.wkb);
    const srid = geometry.srid === undefined ? "" : `SRID=${geometry.srid};`;
    return srid + wellKnownText(geometry);
  }

  /** Well-known text, as in DuckDB's own JSON. */
  toJSON(): string {
    return this.toString();
  }

  [Symbol.for("Deno.customInspect")](): string {
    try {
      const text = this.toString();
      return `Geometry ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
    } catch {
      return `Geometry of ${this.wkb.length} bytes that are not WKB`;
    }
  }
}

function geoJson(geometry: ParsedGeometry): GeoJsonGeometry {
  const position = (vertex: Vertex): Position => vertex.slice(0, geometry.hasZ ? 3 : 2);
  const { kind, vertices, rings, parts } = geometry;
  switch (kind) {
    case "Point":
      return { type: kind, coordinates: vertices.length === 0 ? [] : position(vertices[0]) };
    case "LineString":
      return { type: kind, coordinates: vertices.map(position) };
    case "Polygon":
      return { type: kind, coordinates: rings.map((ring) => ring.map(position)) };
    case "MultiPoint":
      return { type: kind, coordinates: parts.flatMap((part) => part.vertices.map(position)) };
    case "MultiLineString":
      return { type: kind, coordinates: parts.map((part) => part.vertices.map(position)) };
    case "MultiPolygon":
      return {
        type: kind,
        coordinates: parts.map((part) => part.rings.map((ring) => ring.map(position))),
      };
    case "GeometryCollection":
      return { type: kind, geometries: parts.map(geoJson) };
  }
}

function wellKnownText(geometry: ParsedGeometry): string {
  const dimensions = (geometry.hasZ ? "Z" : "") + (geometry.hasM ? "M" : "");
  const name = geometry.kind.toUpperCase() + (dimensions === "" ? "" : ` ${dimensions}`);
  return `${name} ${body(geometry)}`;
}

function body({ kind, vertices, rings, parts }: ParsedGeometry): string {
  switch (kind) {
    case "Point":
    case "LineString":
      return listed(vertices.map(vertexText));
    case "Polygon":
      return listed(rings.map((ring) => listed(ring.map(vertexText))));
    case "MultiPoint":
      return listed(
        parts.map((part) => part.vertices.length === 0 ? "EMPTY" : vertexText(part.vertices[0])),
      );
    case "GeometryCollection":
      return listed(parts.map(wellKnownText));
    default:
      return listed(parts.map(body));
  }
}

function listed(items: readonly string[]): string {
  return items.length === 0 ? "EMPTY" : `(${items.join(", ")})`;
}

function vertexText(vertex: Vertex): string {
  return vertex.map((value) => doubleText(value).replace(/\.0$/, "")).join(" ");
}

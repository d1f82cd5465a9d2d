/**
 * Reader of well-known binary: what a geometry column holds.
 *
 * Source: OGC 06-103r4 (Simple Feature Access), section 8; ISO 13249-3 for Z and M (type + 1000,
 * 2000, 3000); PostGIS' EWKB for flags and SRID.
 *
 * @module
 */
import { UnreadableFileError, UnsupportedError } from "../../errors.ts";

/** The kinds of geometry, at index type − 1 as WKB numbers them. */
export const GEOMETRY_KINDS = [
  "Point",
  "LineString",
  "Polygon",
  "MultiPoint",
  "MultiLineString",
  "MultiPolygon",
  "GeometryCollection",
] as const;

/** One of the seven kinds of Simple Features. */
export type GeometryKind = typeof GEOMETRY_KINDS[number];

/** The coordinates of one vertex: x, y, then z if there is one, then m if there is one. */
export type Vertex = readonly number[];

/** A geometry as read. */
export interface ParsedGeometry {
  readonly kind: GeometryKind;
  readonly hasZ: boolean;
  readonly hasM: boolean;
  /** From EWKB; undefined in standard WKB. */
  readonly srid: number | undefined;
  /** Point: none (empty) or one; LineString: any number. */
  readonly vertices: readonly Vertex[];
  /** Polygon: its rings, outer first. */
  readonly rings: readonly (readonly Vertex[])[];
  /** Multi-geometries and collections: their parts. */
  readonly parts: readonly ParsedGeometry[];
}

const DEEPEST = 32;
const FLAG_Z = 0x8000_0000;
const FLAG_M = 0x4000_0000;
const FLAG_SRID = 0x2000_0000;

/**
 * Reads one geometry that fills `bytes`.
 *
 * @throws {UnreadableFileError} when the bytes are cut, malformed or nested deeper than 32;
 * `context.byteOffset` says where
 * @throws {UnsupportedError} for curves and surfaces
 */
export function parseWkb(bytes: Uint8Array): ParsedGeometry {
  const reader = new WkbReader(bytes);
  const geometry = reader.geometry(0);
  reader.end();
  return geometry;
}

class WkbReader {
  readonly #view: DataView;
  #offset = 0;
  #littleEndian = true;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  geometry(depth: number): ParsedGeometry {
    if (depth > DEEPEST) throw this.#bad(`geometry is nested deeper than ${DEEPEST}`);
    this.#need(5);
    const order = this.#view.getUint8(this.#offset);
    if (order > 1) throw this.#bad(`byte order is ${order}, not 0 or 1`);
    this.#littleEndian = order === 1;
    this.#offset += 1;
    const { kind, hasZ, hasM, srid } = this.#header();
    const dimensions = 2 + (hasZ ? 1 : 0) + (hasM ? 1 : 0);
    const head = { kind, hasZ, hasM, srid, vertices: [], rings: [], parts: [] };
    switch (kind) {
      case "Point": {
        const [vertex] = this.#vertices(1, dimensions);
        return { ...head, vertices: vertex.every(Number.isNaN) ? [] : [vertex] };
      }
      case "LineString":
        return { ...head, vertices: this.#vertices(this.#count(8 * dimensions), dimensions) };
      case "Polygon": {
        const rings = Array.from(
          { length: this.#count(4) },
          () => this.#vertices(this.#count(8 * dimensions), dimensions),
        );
        return { ...head, rings };
      }
      default:
        return { ...head, parts: this.#parts(kind, depth) };
    }
  }

  end(): void {
    const left = this.#view.byteLength - this.#offset;
    if (left > 0) throw this.#bad(`${left} bytes follow the geometry`);
  }

  #header(): Pick<ParsedGeometry, "kind" | "hasZ" | "hasM" | "srid"> {
    const at = this.#offset;
    const raw = this.#uint32();
    const iso = raw & 0x0fff_ffff;
    const kind = GEOMETRY_KINDS[iso % 1000 - 1];
    const group = Math.floor(iso / 1000);
    if (kind === undefined || group > 3) {
      if (iso % 1000 >= 8 && iso % 1000 <= 17 && group <= 3) {
        throw new UnsupportedError(`geometry type ${iso} (a curve or a surface) cannot be read`, {
          hint: "Turn it into lines and polygons before it is read.",
          byteOffset: at,
        });
      }
      throw this.#bad(`${raw} is no geometry type`, at);
    }
    return {
      kind,
      hasZ: (raw & FLAG_Z) !== 0 || group === 1 || group === 3,
      hasM: (raw & FLAG_M) !== 0 || group >= 2,
      srid: (raw & FLAG_SRID) !== 0 ? this.#uint32() : undefined,
    };
  }

  #parts(kind: GeometryKind, depth: number): ParsedGeometry[] {
    const parts: ParsedGeometry[] = [];
    const count = this.#count(5);
    for (let i = 0; i < count; i++) {
      const at = this.#offset;
      const part = this.geometry(depth + 1);
      if (kind !== "GeometryCollection" && `Multi${part.kind}` !== kind) {
        throw this.#bad(`a ${kind} holds a ${part.kind}`, at);
      }
      parts.push(part);
    }
    return parts;
  }

  /** A count of things that have at least `size` bytes each. */
  #count(size: number): number {
    const at = this.#offset;
    const count = this.#uint32();
    if (count * size > this.#view.byteLength - this.#offset) {
      throw this.#bad(`a count of ${count} is more than the bytes that are left can hold`, at);
    }
    return count;
  }

  #vertices(count: number, dimensions: number): Vertex[] {
    this.#need(count * dimensions * 8);
    const vertices: Vertex[] = [];
    for (let i = 0; i < count; i++) {
      const vertex: number[] = [];
      for (let d = 0; d < dimensions; d++) {
        vertex.push(this.#view.getFloat64(this.#offset, this.#littleEndian));
        this.#offset += 8;
      }
      vertices.push(vertex);
    }
    return vertices;
  }

  #uint32(): number {
    this.#need(4);
    const value = this.#view.getUint32(this.#offset, this.#littleEndian);
    this.#offset += 4;
    return value;
  }

  #need(bytes: number): void {
    const left = this.#view.byteLength - this.#offset;
    if (left < bytes) throw this.#bad(`${bytes} bytes are needed and ${left} are left`);
  }

  #bad(what: string, offset = this.#offset): UnreadableFileError {
    return new UnreadableFileError(`bad geometry at byte ${offset}: ${what}`, {
      byteOffset: offset,
      hint: "The column may not hold well-known binary (WKB).",
    });
  }
}

import assert from "node:assert/strict";
import fc from "fast-check";
import { UnreadableFileError, UnsupportedError } from "../../../src/errors.ts";
import { Geometry } from "../../../src/engine/values/geometry.ts";
import { query, value } from "./query.ts";

/** WKT, as DuckDB writes it, and GeoJSON written by hand from RFC 7946. */
const SHAPES: [wkt: string, geoJson: unknown][] = [
  ["POINT (1 2)", { type: "Point", coordinates: [1, 2] }],
  ["POINT Z (1 2 3)", { type: "Point", coordinates: [1, 2, 3] }],
  ["POINT M (1 2 4)", { type: "Point", coordinates: [1, 2] }],
  ["POINT ZM (1 2 3 4)", { type: "Point", coordinates: [1, 2, 3] }],
  ["POINT EMPTY", { type: "Point", coordinates: [] }],
  ["LINESTRING (0 0, 1.5 -2)", { type: "LineString", coordinates: [[0, 0], [1.5, -2]] }],
  ["LINESTRING EMPTY", { type: "LineString", coordinates: [] }],
  ["POLYGON ((0 0, 4 0, 4 4, 0 0), (1 1, 2 1, 2 2, 1 1))", {
    type: "Polygon",
    coordinates: [[[0, 0], [4, 0], [4, 4], [0, 0]], [[1, 1], [2, 1], [2, 2], [1, 1]]],
  }],
  ["MULTIPOINT (1 2, 3 4)", { type: "MultiPoint", coordinates: [[1, 2], [3, 4]] }],
  ["MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))", {
    type: "MultiLineString",
    coordinates: [[[0, 0], [1, 1]], [[2, 2], [3, 3]]],
  }],
  ["MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))", {
    type: "MultiPolygon",
    coordinates: [[[[0, 0], [1, 0], [1, 1], [0, 0]]], [[[5, 5], [6, 5], [6, 6], [5, 5]]]],
  }],
  ["GEOMETRYCOLLECTION (POINT (1 2), LINESTRING EMPTY)", {
    type: "GeometryCollection",
    geometries: [{ type: "Point", coordinates: [1, 2] }, { type: "LineString", coordinates: [] }],
  }],
  ["MULTIPOLYGON EMPTY", { type: "MultiPolygon", coordinates: [] }],
];

for (const [wkt, geoJson] of SHAPES) {
  Deno.test(`geometry ${wkt}`, async () => {
    const geometry = await value("SELECT $1::GEOMETRY", [wkt]) as Geometry;
    assert.ok(geometry instanceof Geometry);
    assert.equal(String(geometry), wkt);
    assert.equal(String(geometry), await value("SELECT $1::GEOMETRY::VARCHAR", [wkt]));
    assert.deepEqual(geometry.toGeoJSON(), geoJson);
  });
}

Deno.test("coordinates have DuckDB's text", async () => {
  const points = fc.sample(
    fc.tuple(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
    200,
  ).map(([x, y]) => `POINT (${x} ${y})`);
  const rows = (await query(
    "SELECT g, g::VARCHAR AS text FROM (SELECT unnest($1)::GEOMETRY AS g)",
    [points],
  )).rows();
  for (const { g, text } of rows) assert.equal(String(g), text);
});

Deno.test("big-endian bytes, and EWKB with an SRID", () => {
  const bigEndian = Geometry.fromHex("00000000013ff00000000000004000000000000000");
  assert.equal(String(bigEndian), "POINT (1 2)");
  const ewkb = Geometry.fromHex("0101000020e6100000000000000000f03f0000000000000040");
  assert.equal(ewkb.srid, 4326);
  assert.equal(String(ewkb), "SRID=4326;POINT (1 2)");
  assert.deepEqual(ewkb.toGeoJSON(), { type: "Point", coordinates: [1, 2] });
});

Deno.test("bad bytes are refused with the place", () => {
  const bad: [hex: string, byteOffset: number][] = [
    ["01", 0],
    ["0201000000", 0],
    ["0163000000", 1],
    ["0101000000000000000000f03f", 5],
    ["0102000000ffffffff", 5],
    ["0103000000ffffff7f", 5],
    ["0107000000ffffffff", 5],
    ["0101000000000000000000f03f000000000000004000", 21],
    ["010400000001000000010200000000000000", 9],
  ];
  for (const [hex, byteOffset] of bad) {
    assert.throws(
      () => Geometry.fromHex(hex).toGeoJSON(),
      (error) => error instanceof UnreadableFileError && error.context.byteOffset === byteOffset,
      hex,
    );
  }
  assert.throws(() => new Geometry(new Uint8Array(0)).toString(), UnreadableFileError);
  assert.throws(() => Geometry.fromHex("010800000000000000").toGeoJSON(), UnsupportedError);
  const deep = "010700000001000000".repeat(100) + "010700000000000000";
  assert.throws(() => Geometry.fromHex(deep).toGeoJSON(), /deeper than 32/);
});

Deno.test("no bytes do worse than a tagged error", () => {
  const good = Geometry.fromHex(
    "0103000000010000000400000000000000000000000000000000000000" +
      "000000000000f03f0000000000000000000000000000f03f000000000000f03f0000000000000000" +
      "0000000000000000",
  ).wkb;
  const read = (bytes: Uint8Array) => {
    try {
      new Geometry(bytes).toGeoJSON();
    } catch (error) {
      assert.ok(error instanceof UnreadableFileError || error instanceof UnsupportedError);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), read));
  fc.assert(fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
    const changed = good.slice();
    changed[at] = byte;
    read(changed);
    read(good.slice(0, at));
  }));
});

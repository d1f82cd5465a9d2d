import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import type { GeoFeature, Position } from "../../src/show/geojson.ts";
import { map } from "../../src/show/map.ts";

/** A square with its south-west corner there, turned as RFC 7946 says. */
function square(id: string, west: number, south: number, size: number): GeoFeature {
  const ring: Position[] = [
    [west, south],
    [west + size, south],
    [west + size, south + size],
    [west, south + size],
    [west, south],
  ];
  return {
    type: "Feature",
    id,
    properties: { code: id },
    geometry: { type: "Polygon", coordinates: [ring] },
  };
}

const borders = [square("A", 0, 40, 10), square("B", 10, 40, 10), square("C", 0, 50, 10)];

function paths(svg: string): { d: string; fill: string }[] {
  return [...svg.matchAll(/<path d="([^"]+)" fill="([^"]+)"/g)].map(([, d, fill]) => ({ d, fill }));
}

function box(d: string): number {
  const numbers = [...d.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [+x, +y]);
  const xs = numbers.map(([x]) => x);
  return Math.max(...xs) - Math.min(...xs);
}

Deno.test("rings turned either way are small areas, not the rest of the world", () => {
  const reversed = borders.map((feature) => ({
    ...feature,
    geometry: feature.geometry?.type !== "Polygon" ? null : {
      ...feature.geometry,
      coordinates: feature.geometry.coordinates.map((ring) => [...ring].reverse()),
    },
  }));
  const drawn = [borders, reversed].map((features) => map({ borders: features }).svg);
  assert.equal(drawn[0], drawn[1]);
  const land = paths(drawn[0]).filter(({ fill }) => fill === "#dfe3e6");
  assert.equal(land.length, 3);
  assert.ok(land.every(({ d }) => box(d) < 60));
});

Deno.test("regions: rows joined by id or property, a legend, what has no value is grey", () => {
  const rows = [{ code: "A", n: 5n }, { code: "B", n: "7.5" }, { code: "nowhere", n: 9 }];
  for (const featureKey of [undefined, "code"]) {
    const { svg } = map({
      regions: {
        features: { type: "FeatureCollection", features: borders },
        rows,
        key: "code",
        featureKey,
        value: { column: "n", label: "people", unit: "millions" },
      },
    });
    assert.ok(svg.includes("people (millions)"));
    assert.ok(svg.includes("no value"));
    assert.equal(new Set(paths(svg).map(({ fill }) => fill)).size >= 2, true);
  }
});

Deno.test("points: placed, sized, named; what is not on the globe is left out", () => {
  const rows = [
    { longitude: 5, latitude: "45.5", n: 100n, name: "One <b>" },
    { longitude: 15, latitude: 48, n: 25n, name: "Two" },
    { longitude: null, latitude: 48, n: 25n, name: "No place" },
    { longitude: 10, latitude: 480, n: 25n, name: "Off the globe" },
  ];
  const { svg } = map({ borders, points: { rows, size: "n", label: "name" } });
  const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)" fill="#2/g)];
  assert.equal(circles.length, 2);
  assert.equal(Number(circles[0][3]), 2 * Number(circles[1][3]), "area in proportion");
  assert.ok(Number(circles[0][1]) < Number(circles[1][1]), "west is left");
  assert.ok(Number(circles[0][2]) > Number(circles[1][2]), "north is up");
  assert.ok(svg.includes("One &#60;b&#62;") && svg.includes("Two"));
  assert.ok(!svg.includes("No place") && !svg.includes("Off the globe"));
});

Deno.test("every projection and extent draws what is inside of the picture", () => {
  const rows = [{ longitude: -100, latitude: 40 }, { longitude: -90, latitude: 35 }];
  const projections = [
    "equal-earth",
    "natural-earth",
    "equirectangular",
    "mercator",
    "orthographic",
    "albers-usa",
    "regional",
  ] as const;
  for (const projection of projections) {
    for (const extent of ["world", "data", [-120, 20, -60, 55]] as const) {
      const { svg, height } = map({ borders, projection, extent, points: { rows } });
      assert.ok(!/NaN|Infinity/.test(svg), `${projection} ${extent}`);
      for (const [, x, y] of svg.matchAll(/<circle cx="([-\d.]+)" cy="([-\d.]+)"/g)) {
        assert.ok(Number(x) >= 0 && Number(x) <= 912, `${projection} ${extent}`);
        assert.ok(Number(y) >= 0 && Number(y) <= height, `${projection} ${extent}`);
      }
    }
  }
});

Deno.test("across the antimeridian the near way is taken", () => {
  const rows = [{ longitude: 175, latitude: -17 }, { longitude: -175, latitude: -15 }];
  const xs = [...map({ points: { rows } }).svg.matchAll(/<circle cx="([\d.]+)"/g)]
    .map(([, x]) => Number(x));
  assert.equal(xs.length, 2);
  assert.ok(xs[0] < xs[1]);
});

Deno.test("one point, no point, an empty map", () => {
  for (const rows of [[{ longitude: 10, latitude: 60 }], []]) {
    assert.ok(!/NaN/.test(map({ borders, points: { rows } }).svg));
  }
  assert.ok(map({ title: "Nothing" }).png(1).length > 1000);
});

Deno.test("a column that does not exist is said", () => {
  assert.throws(() => map({ points: { rows: [{ lon: 1, lat: 2 }] } }), UsageError);
});

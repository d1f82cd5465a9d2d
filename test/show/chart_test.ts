import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { chart } from "../../src/show/chart.ts";

const flights = [
  { carrier: "AA", year: 2023, n: 1200n, delay: "11.50" },
  { carrier: "UA", year: 2023, n: 900n, delay: "7.25" },
  { carrier: "AA", year: 2024, n: 1500n, delay: null },
];

function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
}

Deno.test("bars: title, label with unit, categories, numbers from bigints", () => {
  const { svg, width } = chart(flights, {
    kind: "bar",
    x: "carrier",
    y: { column: "n", label: "flights", unit: "per year" },
    color: "carrier",
    title: "Flights",
    caption: "Source: BTS",
  });
  assert.equal(width, 960);
  for (const text of ["Flights", "flights (per year)", "AA", "UA", "Source: BTS"]) {
    assert.ok(texts(svg).includes(text), text);
  }
  const bars = /<g aria-label="bar".*?<\/g>/.exec(svg)?.[0] ?? "";
  assert.equal([...bars.matchAll(/<rect/g)].length, 3);
});

Deno.test("long names turn the bars, and are cut", () => {
  const rows = Array.from(
    { length: 12 },
    (_, n) => ({ name: `Station ${n} ${"x".repeat(80)}`, n }),
  );
  const turned = texts(chart(rows, { kind: "bar", x: "name", y: "n" }).svg);
  const labels = turned.filter((text) => text.startsWith("Station"));
  assert.equal(labels.length, 12);
  assert.ok(labels.every((text) => text.endsWith("…")));
});

Deno.test("decimal strings are numbers, NULL breaks a line, years have no fractions", () => {
  const { svg } = chart(flights, { kind: "line", x: "year", y: "delay" });
  const shown = texts(svg);
  assert.ok(shown.includes("2023") && shown.includes("2024"));
  assert.ok(!shown.some((text) => /^202\d\.\d/.test(text)));
  assert.ok(shown.includes("delay"));
});

Deno.test("dots carry size and colour legends; a histogram needs no y", () => {
  const dots = chart(flights, { kind: "dot", x: "year", y: "n", color: "n", size: "n" }).svg;
  assert.equal([...dots.matchAll(/<circle/g)].length >= 3 + 2, true);
  const histogram = chart(flights, { kind: "histogram", x: "n", bins: 3 }).svg;
  assert.ok(texts(histogram).includes("rows"));
});

Deno.test("dates of the engine and of JavaScript go on a time axis", () => {
  class Timestamp {
    constructor(readonly day: number) {}
    toDate() {
      return new Date(Date.UTC(2024, 0, this.day));
    }
  }
  const rows = [1, 10, 20, 31].map((day) => ({ day: new Timestamp(day), n: day }));
  assert.match(chart(rows, { kind: "line", x: "day", y: "n" }).svg, />Jan<\/tspan>/);
});

Deno.test("no rows, or only NULLs, is a picture too", () => {
  assert.ok(texts(chart([], { kind: "line", x: "a", y: "b" }).svg).includes("No rows to draw"));
  for (const kind of ["bar", "line", "dot", "histogram"] as const) {
    assert.ok(chart([{ a: null, b: null }], { kind, x: "a", y: "b" }).svg.includes("<svg"));
  }
});

Deno.test("a column that does not exist is said, with those that do", () => {
  assert.throws(
    () => chart(flights, { kind: "bar", x: "carier", y: "n" }),
    (error) =>
      error instanceof UsageError && /"carier"/.test(error.message) &&
      error.hint?.includes("carrier") === true,
  );
  assert.throws(() => chart(flights, { kind: "bar", x: "carrier" }), UsageError);
});

Deno.test("markup and control characters in data stay text", () => {
  const evil = `<script>alert(1)</script>"&\x1b[2J\u0000`;
  for (const kind of ["bar", "line", "dot"] as const) {
    const { svg } = chart([{ [evil]: evil, n: 1 }, { [evil]: "b", n: 2 }], {
      kind,
      x: evil,
      y: "n",
      color: evil,
      title: evil,
      caption: evil,
    });
    assert.ok(!svg.includes("<script"));
    // deno-lint-ignore no-control-regex -- XML does not allow them
    assert.ok(!/[\x00-\x08\x1b]/.test(svg));
  }
});

Deno.test("PNG: text is drawn without fonts of the system", () => {
  const spec = { kind: "bar", x: "carrier", y: "n" } as const;
  const bare = chart(flights, spec).png(1);
  const titled = chart(flights, { ...spec, title: "A title of some length" }).png(1);
  assert.deepEqual([...bare.subarray(1, 4)], [0x50, 0x4e, 0x47]);
  const widthOf = (png: Uint8Array) => new DataView(png.buffer, png.byteOffset).getUint32(16);
  assert.equal(widthOf(bare), 960);
  assert.equal(widthOf(chart(flights, spec).png()), 1920);
  assert.ok(titled.length > bare.length + 500, "letters take bytes");
});

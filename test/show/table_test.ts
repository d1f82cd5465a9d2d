import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { renderTable } from "../../src/show/table.ts";
import { displayWidth, visible } from "../../src/show/text.ts";

const airports = {
  columns: [
    { name: "iata", type: "VARCHAR" },
    { name: "city", type: "VARCHAR" },
    { name: "flights", type: "BIGINT" },
    { name: "delay", type: "DOUBLE" },
  ],
  rows: [
    ["ORD", "Chicago", 17283n, 11.25],
    ["HND", "東京", 912n, null],
    ["XXX", "", 3n, -2],
  ],
};

Deno.test("a small result", () => {
  assert.equal(
    renderTable(airports),
    `
┌─────────┬─────────┬─────────┬────────┐
│ iata    │ city    │ flights │  delay │
│ VARCHAR │ VARCHAR │  BIGINT │ DOUBLE │
├─────────┼─────────┼─────────┼────────┤
│ ORD     │ Chicago │   17283 │  11.25 │
│ HND     │ 東京    │     912 │   NULL │
│ XXX     │         │       3 │   -2.0 │
└─────────┴─────────┴─────────┴────────┘
3 rows · 4 columns
`.slice(1),
  );
});

Deno.test("rows by name, more rows than are shown", () => {
  assert.equal(
    renderTable({
      columns: [{ name: "n", type: "INTEGER" }],
      rows: [{ n: 1 }, { n: 2 }, { n: 3 }],
      totalRows: 12345,
      maxRows: 2,
    }),
    `
┌─────────┐
│       n │
│ INTEGER │
├─────────┤
│       1 │
│       2 │
└─────────┘
2 of 12,345 rows shown · 1 column
`.slice(1),
  );
});

Deno.test("text is cut before columns are left out, numbers are not cut", () => {
  const columns = [
    { name: "key", type: "VARCHAR" },
    { name: "size", type: "BIGINT" },
    { name: "note", type: "VARCHAR" },
  ];
  const rows = [["climate/1990/january/monthly.parquet", 123456789012n, "a note of some length"]];
  assert.equal(
    renderTable({ columns, rows, width: 50, layout: "grid" }),
    `
┌────────────────┬──────────────┬────────────────┐
│ key            │         size │ note           │
│ VARCHAR        │       BIGINT │ VARCHAR        │
├────────────────┼──────────────┼────────────────┤
│ climate/1990/… │ 123456789012 │ a note of som… │
└────────────────┴──────────────┴────────────────┘
1 row · 3 columns
`.slice(1),
  );
});

Deno.test("columns are left out in the middle, with a mark", () => {
  const columns = Array.from({ length: 12 }, (_, n) => ({ name: `c${n}`, type: "INTEGER" }));
  const rows = [columns.map((_, n) => n), columns.map(() => null)];
  assert.equal(
    renderTable({ columns, rows, width: 50 }),
    `
┌─────────┬─────────┬─────────┬───┬─────────┐
│      c0 │      c1 │      c2 │ … │     c11 │
│ INTEGER │ INTEGER │ INTEGER │   │ INTEGER │
├─────────┼─────────┼─────────┼───┼─────────┤
│       0 │       1 │       2 │ … │      11 │
│    NULL │    NULL │    NULL │ … │    NULL │
└─────────┴─────────┴─────────┴───┴─────────┘
2 rows · … 8 more columns
`.slice(1),
  );
});

Deno.test("a single row too wide for a grid has a line a value", () => {
  const columns = Array.from({ length: 12 }, (_, n) => ({ name: `c${n}`, type: "INTEGER" }));
  const lines = renderTable({ columns, rows: [columns.map((_, n) => n)], width: 30 }).split("\n");
  assert.equal(lines[0], "c0   INTEGER  0");
  assert.equal(lines[11], "c11  INTEGER  11");
  assert.equal(lines[12], "1 row · 12 columns");
});

Deno.test("no rows, no columns", () => {
  assert.match(renderTable({ ...airports, rows: [] }), /\n0 rows · 4 columns\n$/);
  assert.equal(renderTable({ columns: [], rows: [] }), "0 rows · 0 columns\n");
});

Deno.test("ANSI sequences come only with colour, and never from data", () => {
  const rows = [["\x1b[31mred", "a\nb\tc", 1n, null]];
  const plain = renderTable({ ...airports, rows });
  assert.ok(!plain.includes("\x1b"));
  assert.match(plain, /\\x1b\[31mred/);
  assert.match(plain, /a\\nb\\tc/);
  const coloured = renderTable({ ...airports, rows, color: true });
  assert.ok(coloured.includes("\x1b[2m  NULL\x1b[22m"));
  assert.ok(!coloured.includes("\x1b[31m"));
  assert.equal(stripVTControlCharacters(coloured), plain);
});

Deno.test("no line is wider than the terminal, whatever the data", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.constantFrom(
      "日本語の長い文章".repeat(4),
      "👨‍👩‍👧🇳🇴❤️",
      "\x1b[2J\x1b[31m",
      "a\tb\nc",
      "e\u0301".repeat(40),
    ),
  );
  const value = fc.oneof(
    text,
    fc.bigInt(),
    fc.double(),
    fc.constant(null),
    fc.array(text, { maxLength: 3 }),
    fc.uint8Array({ maxLength: 20 }),
  );
  const type = fc.constantFrom("VARCHAR", "BIGINT", "DOUBLE", "TIMESTAMP", "STRUCT(a INTEGER)[]");
  const table = fc.array(fc.record({ name: text, type }), { maxLength: 12 }).chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.array(
        fc.array(value, { minLength: columns.length, maxLength: columns.length }),
        { maxLength: 4 },
      ),
      width: fc.integer({ min: 1, max: 160 }),
      color: fc.boolean(),
      layout: fc.constantFrom("auto" as const, "grid" as const, "expanded" as const),
      maxRows: fc.integer({ min: 0, max: 5 }),
    })
  );
  fc.assert(
    fc.property(table, (input) => {
      const lines = renderTable(input).split("\n");
      for (const line of lines) {
        assert.ok(
          displayWidth(line) <= input.width,
          `${displayWidth(line)} > ${input.width}: ${line}`,
        );
        const text = stripVTControlCharacters(line);
        assert.equal(text, visible(text));
      }
    }),
    { numRuns: 300 },
  );
});

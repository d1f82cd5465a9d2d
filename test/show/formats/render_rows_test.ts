import assert from "node:assert/strict";
import fc from "fast-check";
import {
  renderRows,
  ROW_FORMATS,
  type RowFormatName,
} from "../../../src/show/formats/render_rows.ts";
import type { ShownRow } from "../../../src/show/rows.ts";

const columns = [
  { name: "name", type: "VARCHAR" },
  { name: "n", type: "BIGINT" },
  { name: "x", type: "DOUBLE" },
];

async function render(
  format: RowFormatName,
  batches: ShownRow[][],
  shown = columns,
): Promise<string> {
  return (await Array.fromAsync(renderRows(format, { columns: shown }, batches))).join("");
}

const rows = [["plain", 1n, 1.5], ["", null, 2], [null, 9007199254740993n, null], [
  'a "b", c\nd\te|\\',
  -1n,
  -0.25,
]];

Deno.test("csv: quotes where needed, NULL and the empty string apart", async () => {
  assert.equal(
    await render("csv", [rows]),
    `name,n,x\nplain,1,1.5\n"",,2.0\n,9007199254740993,\n"a ""b"", c\nd\te|\\",-1,-0.25\n`,
  );
});

Deno.test("tsv: a line is a row, NULL is \\N", async () => {
  assert.equal(
    await render("tsv", [rows]),
    'name\tn\tx\nplain\t1\t1.5\n\t\\N\t2.0\n\\N\t9007199254740993\t\\N\na "b", c\\nd\\te|\\\\\t-1\t-0.25\n',
  );
});

Deno.test("markdown: markup in data has no effect", async () => {
  assert.equal(
    await render("markdown", [rows, [["<b>_x_ *y* snake_case &lt;", 0n, 0]]]),
    [
      "| name | n | x |",
      "| --- | ---: | ---: |",
      "| plain | 1 | 1.5 |",
      "|  | *NULL* | 2.0 |",
      "| *NULL* | 9007199254740993 | *NULL* |",
      '| a "b", c<br>d\\\\te\\|\\\\ | -1 | -0.25 |',
      "| \\<b\\>\\_x\\_ \\*y\\* snake_case &amp;lt; | 0 | 0.0 |",
      "",
    ].join("\n"),
  );
});

Deno.test("json and ndjson: the same objects, batch by batch", async () => {
  const expected = [
    { name: "plain", n: 1, x: 1.5 },
    { name: "", n: null, x: 2 },
    { name: null, n: "9007199254740993", x: null },
    { name: 'a "b", c\nd\te|\\', n: -1, x: -0.25 },
  ];
  const batches = [rows.slice(0, 1), [], rows.slice(1)];
  assert.deepEqual(JSON.parse(await render("json", batches)), expected);
  const lines = (await render("ndjson", batches)).trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line)), expected);
});

Deno.test("json: an empty result is an empty array", async () => {
  assert.equal(await render("json", []), "[]\n");
});

Deno.test("a format writes while rows arrive and stops where the source fails", async () => {
  for (const name of ROW_FORMATS) {
    const pieces: string[] = [];
    await assert.rejects(async () => {
      for await (const piece of renderRows(name, { columns }, failing())) pieces.push(piece);
    }, /connection lost/);
    assert.equal(pieces.length, 2);
  }
});

Deno.test("csv and tsv can be read back", async () => {
  const text = fc.option(fc.string({ unit: "binary", maxLength: 12 }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { maxLength: 5 }), async (pairs) => {
      const two = [{ name: "a", type: "VARCHAR" }, { name: "b", type: "VARCHAR" }];
      assert.deepEqual(readCsv(await render("csv", [pairs], two)), [["a", "b"], ...pairs]);
      assert.deepEqual(readTsv(await render("tsv", [pairs], two)), [["a", "b"], ...pairs]);
    }),
    { numRuns: 200 },
  );
});

async function* failing(): AsyncGenerator<ShownRow[]> {
  yield [["a", 1n, 1]];
  await Promise.resolve();
  throw new Error("connection lost");
}

/** RFC 4180 with LF, an unquoted empty field as NULL. */
function readCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    row.push(quoted !== undefined ? quoted.replaceAll('""', '"') : bare === "" ? null : bare);
    if (end === "\n") {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

function readTsv(text: string): (string | null)[][] {
  const plain: Record<string, string> = { t: "\t", n: "\n", r: "\r", "\\": "\\" };
  return text.split("\n").slice(0, -1).map((line) =>
    line.split("\t").map((field) =>
      field === "\\N" ? null : field.replace(/\\(.)/g, (_, letter) => plain[letter])
    )
  );
}

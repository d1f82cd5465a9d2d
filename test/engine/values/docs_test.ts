import assert from "node:assert/strict";
import { Bit } from "../../../src/engine/values/bit.ts";
import { DateValue, Interval, TimeTz, TimeValue } from "../../../src/engine/values/date_time.ts";
import { Timestamp, TimestampTz } from "../../../src/engine/values/timestamp.ts";
import type { ParamValue } from "../../../src/engine/values/bind.ts";
import type { Value } from "../../../src/engine/values/types.ts";
import { query, value } from "./query.ts";

const page = await Deno.readTextFile(new URL("../../../docs/values.md", import.meta.url));

/** The rows of the table whose first two headings are given, without backticks. */
function table(first: string, second: string): string[][] {
  const lines = page.split("\n").map((line) => line.startsWith("|") ? cellsOf(line) : undefined);
  const start = lines.findIndex((cells) => cells?.[0] === first && cells[1] === second);
  assert.ok(start >= 0, `no table ${first}, ${second}`);
  const rows: string[][] = [];
  for (const cells of lines.slice(start + 2)) {
    if (cells === undefined) break;
    rows.push(cells);
  }
  return rows;
}

function cellsOf(line: string): string[] {
  return line.slice(1, -1).split(/(?<!\\)\|/).map((cell) =>
    cell.trim().replaceAll("\\|", "|").replace(/^`(.*)`$/, "$1")
  );
}

function kindOf(value: Value): string {
  if (typeof value !== "object" || value === null) return typeof value;
  return value instanceof Map ? "Map" : value.constructor.name;
}

for (const [type, kind, sql, text, json, arrow] of table("SQL type", "JavaScript")) {
  Deno.test(`docs/values.md: ${type}, ${sql}`, async () => {
    const result = await query(`SELECT ${sql} AS x UNION ALL SELECT NULL`);
    assert.equal(result.columns[0].type, type);
    const [{ x }, { x: none }] = result.rows();
    assert.equal(none, null);
    assert.equal(kindOf(x), kind);
    assert.equal(Deno.inspect(x), text);
    assert.equal(JSON.stringify(result.toJSON()[0].x), json);
    const field = result.toArrow().schema.fields[0];
    const extension = field.metadata.get("ARROW:extension:name");
    assert.equal(`${field.type}${extension === undefined ? "" : `, ${extension}`}`, arrow);
  });
}

Deno.test("docs/values.md names every JSON that differs from DuckDB's, and no other", async () => {
  const differing: string[][] = [];
  for (const [type, , sql, , json] of table("SQL type", "JavaScript")) {
    const theirs = await value(`SELECT to_json(${sql})::VARCHAR`);
    if (json !== theirs) differing.push([type, sql, json, String(theirs)]);
  }
  assert.deepEqual(differing, table("SQL type", "Example"));
});

Deno.test("docs/values.md covers every type of DuckDB's test_all_types", async () => {
  const generic = (type: string) =>
    type.replace(/^(DECIMAL|ENUM|STRUCT|MAP|UNION)\(.*\)$/s, "$1").replace(/.*\[\]$/s, "LIST")
      .replace(/.*\[\d+\]$/s, "ARRAY");
  const documented = new Set(table("SQL type", "JavaScript").map(([type]) => generic(type)));
  const result = await query("SELECT * FROM test_all_types()");
  for (const { type } of result.columns) assert.ok(documented.has(generic(type)), type);
});

Deno.test("docs/values.md: parameters have the SQL types that it says", async () => {
  const scope = { Bit, DateValue, Interval, TimeTz, TimeValue, Timestamp, TimestampTz };
  for (const [expression, type] of table("JavaScript", "SQL type")) {
    const make = new Function(...Object.keys(scope), `return ${expression}`);
    const param = make(...Object.values(scope)) as ParamValue;
    assert.equal(await value("SELECT typeof($p)", { p: param }), type, expression);
  }
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { toText } from "../../../src/engine/values/text.ts";
import type { Value } from "../../../src/engine/values/types.ts";
import { connection, value } from "./query.ts";

async function bothTexts(sql: string, params = {}): Promise<[ours: string, theirs: Value]> {
  const type = (await (await connection()).prepare(`SELECT ${sql}`)).columnType(0);
  return [
    toText(await value(`SELECT ${sql}`, params), type),
    await value(`SELECT (${sql})::VARCHAR`, params),
  ];
}

Deno.test("numbers have DuckDB's text", async () => {
  const doubles = fc.sample(fc.double(), 500);
  const theirs = await value("SELECT list_transform($v, lambda x: x::VARCHAR)", {
    v: [0.5, ...doubles],
  }) as string[];
  const type = (await (await connection()).prepare("SELECT 1::DOUBLE")).columnType(0);
  assert.deepEqual(theirs.slice(1), doubles.map((item) => toText(item, type)));
  const floats = fc.sample(fc.float(), 500);
  const floatTexts = await value("SELECT list_transform($v, lambda x: x::FLOAT::VARCHAR)", {
    v: [0.5, ...floats],
  }) as string[];
  const floatType = (await (await connection()).prepare("SELECT 1::FLOAT")).columnType(0);
  floats.forEach((item, i) => {
    const ours = toText(item, floatType);
    const duck = floatTexts[i + 1];
    // For one in fifty DuckDB writes more digits than are needed to tell the value.
    const shorter = Math.fround(Number(ours)) === item && Math.fround(Number(duck)) === item;
    assert.ok(ours === duck || shorter, `${ours} for ${duck}`);
  });
});

for (
  const sql of [
    "[1.0, 2.5, NULL]",
    "['a', 'b c', '', 'null', 'x,y', 'it''s', ' pad ', 'a=b', 'q\"q', 'back\\slash']",
    "{'a': 1, 'b': {'c': 'x:y'}}",
    "row(1, 'x')",
    "MAP {'k': [1], 'l': NULL}",
    "MAP {DATE '2024-01-01': TIME '01:02:03'}",
    "'x'::UNION(num INTEGER, str VARCHAR)",
    "['\\xAA'::BLOB]",
    "[1.5::DECIMAL(3,1)]",
    "[INTERVAL 1 DAY]",
    "'it''s \"q\" \\x5C'::BLOB",
  ]
) {
  Deno.test(`text of ${sql}`, async () => {
    const [ours, theirs] = await bothTexts(sql);
    assert.equal(ours, theirs);
  });
}

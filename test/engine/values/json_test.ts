import assert from "node:assert/strict";
import { toJsonValue } from "../../../src/engine/values/json.ts";
import { Timestamp } from "../../../src/engine/values/timestamp.ts";
import type { JsonValue } from "../../../src/engine/values/types.ts";
import { query, value } from "./query.ts";

/** DuckDB's JSON, with numbers as their text and what JSON has no word for as strings. */
function parsed(text: string): JsonValue {
  const valid = text.replaceAll(/([:[,])(-?Infinity|NaN)/g, '$1"$2"');
  return JSON.parse(
    valid,
    ((_key: string, item: unknown, { source }: { source: string }) =>
      typeof item === "number"
        ? `number ${source.replace(/\.0$/, "").replace(/e(?=\d)/, "e+")}`
        : item) as never,
  );
}

/** The two ways in which Dipper writes a number made one: `42` and `"42"`. */
function comparable(item: JsonValue): JsonValue {
  if (typeof item === "number") return `number ${item}`;
  if (typeof item === "string" && /^-?\d+(\.\d+)?$/.test(item)) {
    return `number ${item.includes(".") ? item.replace(/\.?0+$/, "") : item}`;
  }
  if (Array.isArray(item)) return item.map(comparable);
  if (typeof item !== "object" || item === null) return item;
  return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, comparable(inner)]));
}

/** Columns whose strings look like numbers, and the instant that DuckDB rounds. */
const APART = "EXCLUDE (bit, timestamp_tz, float, double)";

for (const source of ["test_all_types()", "test_vector_types(NULL::INTEGER[], NULL::DOUBLE)"]) {
  Deno.test(`the JSON of ${source} is DuckDB's but for the form of numbers`, async () => {
    const columns = source.includes("all_types") ? `* ${APART}` : "*";
    const rows = JSON.parse(JSON.stringify(await query(`SELECT ${columns} FROM ${source}`)));
    const theirs = await query(
      `SELECT to_json(t)::VARCHAR AS json FROM (SELECT ${columns} FROM ${source}) t`,
    );
    assert.ok(rows.length > 0);
    assert.deepEqual(
      rows.map(comparable),
      theirs.column("json").map((json) => parsed(json as string)),
    );
  });
}

Deno.test("floating numbers are DuckDB's numbers", async () => {
  const rows = (await query("SELECT float, double FROM test_all_types()")).toJSON();
  const theirs = await query(
    "SELECT to_json({'float': float, 'double': double})::VARCHAR AS json FROM test_all_types()",
  );
  assert.deepEqual(rows, theirs.column("json").map((json) => JSON.parse(json as string)));
});

Deno.test("keys of a MAP are written as DuckDB writes them", async () => {
  for (
    const map of [
      "MAP {1.0::DOUBLE: 1}",
      "MAP {0.1::FLOAT: 1}",
      "MAP {1.50::DECIMAL(4,2): 1}",
      "MAP {true: 1}",
      "MAP {[1, 2]: 1}",
      "MAP {{'a': 'x y'}: 1}",
      "MAP {TIMESTAMP '2024-01-01 00:00:00.5': 1}",
      "MAP {'__proto__': 1}",
      "MAP {'\\xFF'::BLOB: 1}",
    ]
  ) {
    const ours = JSON.stringify((await query(`SELECT ${map} AS m`)).toJSON()[0].m);
    assert.equal(ours, await value(`SELECT to_json(${map})::VARCHAR`), map);
  }
});

Deno.test("JSON text is taken in whole, its integers exact", async () => {
  const text = '[{"a":12345678901234567890,"b":-9007199254740992,"c":1e30,"d":0.1}]';
  const [{ j }] = (await query("SELECT $1::JSON AS j", [text])).toJSON();
  assert.deepEqual(j, [{ a: "12345678901234567890", b: "-9007199254740992", c: 1e30, d: 0.1 }]);
});

Deno.test("a value alone becomes JSON by what it is", () => {
  assert.equal(toJsonValue(9007199254740991n), 9007199254740991);
  assert.equal(toJsonValue(9007199254740992n), "9007199254740992");
  assert.equal(toJsonValue(-0), -0);
  assert.deepEqual(toJsonValue([NaN, null, new Timestamp(0n, "s")]), [
    "NaN",
    null,
    "1970-01-01 00:00:00",
  ]);
  assert.deepEqual(toJsonValue(new Map([[new Timestamp(0n, "s"), 2n ** 60n]])), {
    "1970-01-01 00:00:00": "1152921504606846976",
  });
});

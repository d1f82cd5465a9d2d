import assert from "node:assert/strict";
import { UsageError } from "../../../src/errors.ts";
import { bindParams, type Params, type ParamValue } from "../../../src/engine/values/bind.ts";
import { Bit } from "../../../src/engine/values/bit.ts";
import { DateValue, Interval, TimeTz, TimeValue } from "../../../src/engine/values/date_time.ts";
import { Geometry } from "../../../src/engine/values/geometry.ts";
import { Timestamp, TimestampTz } from "../../../src/engine/values/timestamp.ts";
import { UnionValue } from "../../../src/engine/values/union.ts";
import { connection, query, value } from "./query.ts";

async function refused(sql: string, params: unknown): Promise<{ message: string; hint: string }> {
  const prepared = await (await connection()).prepare(sql);
  try {
    bindParams(prepared, params as Params);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return { message: error.message, hint: error.hint ?? "" };
  }
  throw new Error("was bound");
}

Deno.test("values come back as they were bound", async () => {
  const values: ParamValue[] = [
    null,
    true,
    -1,
    2 ** 31,
    2 ** 53,
    1.5,
    -0,
    NaN,
    Infinity,
    -(2n ** 63n),
    2n ** 64n,
    2n ** 128n - 1n,
    -(2n ** 200n),
    "",
    "\uFEFFafter a byte order mark",
    "größer 𝄞 \0 '; DROP TABLE x --",
    new Uint8Array([0, 255]),
    new Uint8Array(0),
    new Timestamp(-1n, "us"),
    new Timestamp(1n, "ns"),
    new Timestamp(1n, "ms"),
    new Timestamp(1n, "s"),
    new TimestampTz(1n),
    new DateValue(-719_529),
    new TimeValue(1n),
    new TimeValue(1n, "ns"),
    new TimeTz(1n, -3600),
    new Interval(-1, 2, -3n),
    new Bit("10110"),
    [],
    [null],
    [1, null, 3],
    [[1], [], null],
    [{ a: 1 }, { a: null }],
    { a: 1, b: { c: ["x"] } },
    new Map<ParamValue, ParamValue>([["k", [1]], ["l", null]]),
    new UnionValue("tag", 1),
  ];
  for (const item of values) {
    const back = await value("SELECT $p", { p: item });
    const expected = item === 2 ** 31 ? BigInt(item) : item;
    const plain = back instanceof Map ? new Map(back) : back;
    assert.deepEqual(plain, expected, Deno.inspect(item));
  }
  assert.deepEqual(await value("SELECT $p", { p: new Date(5) }), new TimestampTz(5_000n));
});

Deno.test("lists take the narrowest type that holds all elements", async () => {
  const typed = (list: ParamValue[]) => value("SELECT typeof($1)", [list]);
  assert.equal(await typed([1, 2 ** 40]), "BIGINT[]");
  assert.equal(await typed([1, 2n ** 100n]), "HUGEINT[]");
  assert.equal(await typed([-1, 2n ** 127n]), "BIGNUM[]");
  assert.equal(await typed([1n, 0.5]), "DOUBLE[]");
  assert.equal(await typed([[1], [2n]]), "BIGINT[][]");
  assert.equal(
    await typed([{ a: 1, b: "x" }, { b: "y", a: 0.5 }]),
    "STRUCT(a DOUBLE, b VARCHAR)[]",
  );
  assert.deepEqual(await value("SELECT $1", [[{ a: 1, b: "x" }, { b: "y", a: 0.5 }]]), [
    { a: 1, b: "x" },
    { a: 0.5, b: "y" },
  ]);
});

Deno.test("a struct field named __proto__ is bound as a field", async () => {
  const param = JSON.parse('{"__proto__": 1, "a": 2}');
  assert.equal(JSON.stringify(await value("SELECT $p", { p: param })), '{"__proto__":1,"a":2}');
});

Deno.test("parameters by name, in any case, and by position", async () => {
  assert.deepEqual((await query("SELECT $Id AS a, $id AS b", { iD: 7 })).rows(), [{ a: 7, b: 7 }]);
  assert.deepEqual((await query("SELECT $2 AS a, $1 AS b", ["x", "y"])).rows(), [
    { a: "y", b: "x" },
  ]);
  assert.deepEqual((await query("SELECT ? AS a, ? AS b", [1, 2])).rows(), [{ a: 1, b: 2 }]);
  assert.deepEqual((await query("SELECT 1 AS a")).rows(), [{ a: 1 }]);
});

Deno.test("missing and unknown parameters are named, with those that the SQL has", async () => {
  const sql = "SELECT $lo + $hi";
  assert.deepEqual(await refused(sql, { lo: 1, high: 2 }), {
    message: "no value for $hi, and no parameter $high in the SQL",
    hint: "The SQL has the parameters $lo, $hi.",
  });
  const { message, hint } = await refused(sql, [1, 2]);
  assert.match(message, /no value for \$lo, \$hi/);
  assert.match(hint, /as an object/);
  assert.equal((await refused("SELECT 1", { a: 1 })).hint, "The SQL has no parameters.");
  assert.equal((await refused("SELECT $1, $2", [1])).message, "no value for $2");
  assert.match((await refused("SELECT $3", [1, 2, 3])).message, /leave gaps/);
});

Deno.test("values without an SQL type are refused by name", async () => {
  const sql = "SELECT $p";
  assert.match((await refused(sql, { p: undefined })).message, /\$p is undefined/);
  assert.match(
    (await refused(sql, { p: [1, { a: undefined }] })).message,
    /\$p\[1\]\.a is undefined/,
  );
  assert.match((await refused(sql, { p: () => 1 })).message, /\$p is a function/);
  assert.match((await refused(sql, { p: Symbol("x") })).message, /\$p is a symbol/);
  assert.match((await refused(sql, { p: /x/ })).message, /class RegExp/);
  assert.match((await refused(sql, { p: new Date(NaN) })).message, /invalid Date/);
  assert.match((await refused(sql, { p: [1, "a"] })).message, /mixes INTEGER and VARCHAR/);
  assert.match((await refused(sql, { p: [{ a: 1 }, { b: 1 }] })).message, /mixes/);
});

Deno.test("a geometry is bound as text that DuckDB reads back", async () => {
  const point = Geometry.fromHex("0101000000000000000000f03f0000000000000040");
  assert.deepEqual(await value("SELECT $g::GEOMETRY", { g: point }), point);
});

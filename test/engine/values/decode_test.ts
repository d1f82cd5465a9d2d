import assert from "node:assert/strict";
import fc from "fast-check";
import { DateValue, Interval } from "../../../src/engine/values/date_time.ts";
import { Timestamp, TimestampTz } from "../../../src/engine/values/timestamp.ts";
import { toText } from "../../../src/engine/values/text.ts";
import { UnionValue } from "../../../src/engine/values/union.ts";
import { registerSecret } from "../../../src/redaction.ts";
import { connection, query, value } from "./query.ts";

for (
  const source of [
    "test_all_types()",
    "test_all_types(use_large_enum = true)",
    "test_vector_types(NULL::INTEGER[], NULL::VARCHAR, all_flat = false)",
    "test_vector_types(NULL::MAP(VARCHAR, INTEGER[]), all_flat = false)",
    "test_vector_types(NULL::STRUCT(a VARCHAR, b INTEGER[]), all_flat = true)",
  ]
) {
  Deno.test(`every value of ${source} has the text that DuckDB gives it`, async () => {
    // The ICU cast of DuckDB 1.5.5 rounds the last instant that there is by a millisecond.
    const inexact = source.includes("all_types") ? " REPLACE (NULL AS timestamp_tz)" : "";
    const result = await query(`SELECT *${inexact} FROM ${source}`);
    const texts = await query(
      `SELECT COLUMNS(*)::VARCHAR FROM (SELECT *${inexact} FROM ${source})`,
    );
    const types = await query(`SELECT typeof(COLUMNS(*)) FROM ${source} LIMIT 1`);
    const duckTypes = (await (await connection()).run(`SELECT *${inexact} FROM ${source} LIMIT 0`))
      .columnTypes();
    result.columns.forEach(({ name, type }, i) => {
      const ours = result.column(name).map((item) =>
        item === null ? null : toText(item, duckTypes[i])
      );
      assert.deepEqual(ours, texts.column(texts.columns[i].name), name);
      if (name === "timestamp_tz") return;
      const theirs = types.column(types.columns[i].name)[0] as string;
      assert.equal(type.replaceAll('"', ""), theirs.replaceAll('"', ""), name);
    });
  });
}

Deno.test("strings of all lengths, long and short mixed, over many chunks", async () => {
  const sql =
    `SELECT i, CASE WHEN i % 5 = 0 THEN NULL ELSE repeat('ä€𝄞x'[i % 4 + 1], i % 40) END AS s
    FROM range(10000) t(i) WHERE i % 3 <> 0`;
  const rows = (await query(sql)).rows();
  assert.equal(rows.length, 6666);
  for (const { i, s } of rows) {
    const n = Number(i);
    const expected = n % 5 === 0 ? null : ["ä", "€", "𝄞", "x"][n % 4].repeat(n % 40);
    assert.equal(s, expected);
  }
});

Deno.test("strings that share memory: constant, dictionary and reordered vectors", async () => {
  const rows = (await query(`SELECT 'a constant of more than twelve bytes' AS c,
    ['the first string of the list', 'the second string of it', 'x'][i % 3 + 1] AS d,
    list_select(['the first string of the list ' || i, 'b' || i, NULL], [3, 1]) AS l
    FROM range(5000) t(i) ORDER BY i DESC`)).rows();
  assert.equal(rows.length, 5000);
  rows.forEach((row, k) => {
    const i = 4999 - k;
    assert.deepEqual(row, {
      c: "a constant of more than twelve bytes",
      d: ["the first string of the list", "the second string of it", "x"][i % 3],
      l: [null, `the first string of the list ${i}`],
    });
  });
});

Deno.test("timestamps, dates and intervals have DuckDB's text over their whole range", async () => {
  const instants = fc.sample(
    fc.bigInt({ min: -9223372022400000000n, max: 9223372036854775805n }),
    200,
  );
  const days = fc.sample(fc.integer({ min: -2147483646, max: 2147483646 }), 200);
  const intervals = fc.sample(
    fc.tuple(fc.integer(), fc.integer(), fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n })),
    100,
  );
  const timestamps = instants.map((micros) => Timestamp.fromMicros(micros));
  const nanos = instants.map((ticks) => new Timestamp(ticks, "ns"));
  const dates = days.map((day) => new DateValue(day));
  const spans = intervals.map((parts) => new Interval(...parts));
  const texts = "SELECT list_transform($v, lambda x: x::VARCHAR)";
  for (const v of [timestamps, dates, spans]) {
    assert.deepEqual(await value(texts, { v }), v.map(String));
    assert.deepEqual(await value("SELECT $v", { v }), v);
  }
  const inRange = nanos.filter((item) => item.ticks > -9223286400000000000n);
  assert.deepEqual(await value(texts, { v: inRange }), inRange.map(String));
});

Deno.test("times compare, and turn into Dates with the stated loss", () => {
  const early = new Timestamp(1n, "us");
  const late = new Timestamp(1n, "ms");
  assert.ok(early < late);
  assert.equal(Timestamp.compare(late, early), 1);
  assert.equal(Timestamp.compare(new Timestamp(1_000n, "us"), late), 0);
  assert.equal(new Timestamp(-1n, "us").toDate().getTime(), -1);
  assert.equal(new Timestamp(1_999n, "us").toDate().getTime(), 1);
  const never = new Timestamp(2n ** 63n - 1n, "us");
  assert.ok(late < never && !never.isFinite);
  assert.ok(Number.isNaN(never.toDate().getTime()));
  assert.equal(TimestampTz.fromDate(new Date(5)).toString(), "1970-01-01 00:00:00.005+00");
  assert.equal(DateValue.fromDate(new Date(-1)).toString(), "1969-12-31");
});

Deno.test("fields and columns named __proto__ are ordinary", async () => {
  const result = await query(`SELECT {'__proto__': 1, 'a': 2} AS s, 3 AS "__proto__"`);
  const [row] = result.rows();
  assert.equal(Object.getPrototypeOf(row), Object.prototype);
  assert.deepEqual(Object.entries(row).at(-1), ["__proto__", 3]);
  assert.deepEqual(Object.entries(row.s as object), [["__proto__", 1], ["a", 2]]);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  assert.equal(JSON.stringify(result), '[{"s":{"__proto__":1,"a":2},"__proto__":3}]');
});

Deno.test("columns of one name lose nothing", async () => {
  const result = await query("SELECT 1 AS x, 2 AS x, 3 AS x_1, 4 AS x, 5 AS X");
  assert.deepEqual(result.rows(), [{ x: 1, x_2: 2, x_1: 3, x_3: 4, X: 5 }]);
  assert.deepEqual(result.columns.map(({ name }) => name), ["x", "x_2", "x_1", "x_3", "X"]);
});

Deno.test("the keys of a MAP are found by value", async () => {
  const map = await value("SELECT MAP {DATE '1970-01-02': 'a', DATE '1970-01-03': NULL}") as Map<
    unknown,
    unknown
  >;
  assert.equal(map.get(new DateValue(1)), "a");
  assert.equal(map.get(new DateValue(2)), null);
  assert.equal(map.has(new DateValue(3)), false);
  assert.equal(map.size, 2);
  const lists = await value("SELECT MAP {[1, 2]: 'a', [3]: 'b'}") as Map<unknown, unknown>;
  assert.equal(lists.get([3]), "b");
  assert.ok(lists.delete([3]) && !lists.has([3]));
});

Deno.test("NULL stays NULL at every depth", async () => {
  const rows =
    (await query(`SELECT CASE WHEN i % 2 = 0 THEN {'s': 'a string that is not inline ' || i,
      'l': [i, NULL], 'n': {'x': NULL::VARCHAR}} END AS v,
    if(i % 2 = 1, ['one', NULL], NULL)::VARCHAR[2] AS a,
    CASE WHEN i % 3 = 0 THEN union_value(k := i) END AS u
    FROM range(4) t(i)`)).rows();
  assert.deepEqual(
    rows,
    [0n, 1n, 2n, 3n].map((i) => ({
      v: i % 2n === 0n
        ? { s: `a string that is not inline ${i}`, l: [i, null], n: { x: null } }
        : null,
      a: i % 2n === 1n ? ["one", null] : null,
      u: i % 3n === 0n ? new UnionValue("k", i) : null,
    })),
  );
});

Deno.test("blobs are copies: one may be changed without another", async () => {
  const [a, b] = (await query("SELECT 'a blob of more than twelve bytes'::BLOB AS x FROM range(2)"))
    .rows().map(({ x }) => x as Uint8Array);
  a.fill(0);
  assert.equal(new TextDecoder().decode(b), "a blob of more than twelve bytes");
  assert.notEqual(a.buffer, b.buffer);
});

Deno.test("no registered secret comes out, in values, keys, names or types", async () => {
  const secret = "canary-decode-3f9a";
  registerSecret(secret);
  const result = await query(`SELECT 'x${secret}y' AS plain, ['${secret}', 'ä'] AS list,
    MAP {'${secret}': 1} AS map, {'${secret}': 1} AS struct, 1 AS "${secret}",
    '${secret}'::ENUM('${secret}') AS enum, '{"${secret}": "${secret}"}'::JSON AS json,
    {'${secret}': '${secret}'}::VARIANT AS variant, union_value("${secret}" := '${secret}') AS u
    FROM range(3)`);
  const shown = Deno.inspect([result.columns, result.rows()], { depth: 9 }) +
    JSON.stringify(result) + Deno.inspect(result);
  assert.ok(!shown.includes(secret), shown);
  assert.equal(result.rows()[0].plain, "x[redacted]y");
});

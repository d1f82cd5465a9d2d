import assert from "node:assert/strict";
import { UsageError } from "../../../src/errors.ts";
import { bindText } from "../../../src/engine/values/typed_text.ts";
import { connection, query } from "./query.ts";

async function bound(type: string, text: string) {
  const p = await bindText(await connection(), "p", type, text);
  const [row] = (await query("SELECT $p AS value, typeof($p) AS type", { p })).rows();
  return [String(row.value), row.type];
}

Deno.test("text becomes a value of the type that is named", async () => {
  assert.deepEqual(await bound("date", "2024-01-31"), ["2024-01-31", "DATE"]);
  assert.deepEqual(await bound("DECIMAL( 10 , 2 )", "1.1"), ["1.10", "DECIMAL(10,2)"]);
  assert.deepEqual(await bound("INTEGER[][]", "[[1], [2, 3]]"), ["1,2,3", "INTEGER[][]"]);
  assert.deepEqual(await bound("INTEGER[2]", "[1, 2]"), ["1,2", "INTEGER[2]"]);
  assert.deepEqual(await bound("timestamp  with time zone", "2024-01-01 02:00:00+02"), [
    "2024-01-01 00:00:00+00",
    "TIMESTAMP WITH TIME ZONE",
  ]);
  assert.deepEqual(await bound("HUGEINT", "170141183460469231731687303715884105727"), [
    "170141183460469231731687303715884105727",
    "HUGEINT",
  ]);
  assert.deepEqual(await bound("VARCHAR", "'; DROP TABLE x --"), ["'; DROP TABLE x --", "VARCHAR"]);
});

Deno.test("types that DuckDB does not know, and SQL in their place, are refused", async () => {
  for (
    const type of [
      "nope",
      "",
      "INTEGER); DROP TABLE x; --",
      'INTEGER" AS "x',
      "(SELECT 1)",
      "STRUCT(a INTEGER)",
      "DECIMAL(1,2,3)",
      "INTEGER[1+1]",
    ]
  ) {
    await assert.rejects(
      bindText(await connection(), "p", type, "1"),
      (error) => error instanceof UsageError && /unknown type/.test(error.message),
      type,
    );
  }
});

Deno.test("text that is not of the type is refused with DuckDB's reason", async () => {
  await assert.rejects(
    bindText(await connection(), "day", "DATE", "soon"),
    (error) =>
      error instanceof UsageError && /\$day is not a value of the type DATE/.test(error.message) &&
      /date field format/.test(error.hint ?? ""),
  );
});

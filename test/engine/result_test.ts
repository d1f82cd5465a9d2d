import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { emptyReport } from "../../src/engine/report.ts";
import { query } from "./values/query.ts";

Deno.test("a result has its columns, rows, JSON, Arrow and report", async () => {
  const result = await query("SELECT i, i / 2 AS half FROM range(5000) t(i)");
  assert.deepEqual(result.columns, [
    { name: "i", type: "BIGINT" },
    { name: "half", type: "DOUBLE" },
  ]);
  assert.equal(result.rowCount, 5000);
  assert.deepEqual(result.rows()[4999], { i: 4999n, half: 2499.5 });
  assert.deepEqual(result.toJSON()[4999], { i: 4999, half: 2499.5 });
  assert.equal(result.toArrow().numRows, 5000);
  assert.deepEqual(result.table(), { columns: result.columns, rows: result.rows() });
  assert.deepEqual(result.report, emptyReport("direct"));
});

Deno.test("a walk gives the rows of rows(), and may stop", async () => {
  const result = await query("SELECT i FROM range(5000) t(i)");
  assert.deepEqual([...result], result.rows());
  for (const { i } of result) if (i === 3n) break;
});

Deno.test("a column by name", async () => {
  const result = await query("SELECT i, 'x' AS s FROM range(3) t(i)");
  assert.deepEqual(result.column("i"), [0n, 1n, 2n]);
  assert.throws(
    () => result.column("j"),
    (error) => error instanceof UsageError && error.hint === "It has i, s.",
  );
});

Deno.test("a result without rows", async () => {
  const result = await query("SELECT 1 AS a LIMIT 0");
  assert.deepEqual(result.rows(), []);
  assert.equal(JSON.stringify(result), "[]");
  assert.equal(result.toArrow().numRows, 0);
  assert.deepEqual(result.toArrow().schema.names, ["a"]);
});

Deno.test("inspecting a result is short", async () => {
  const result = await query("SELECT i, repeat('x', 1000) AS s FROM range(5000) t(i)");
  assert.equal(Deno.inspect(result), "QueryResult 5000 rows (i BIGINT, s VARCHAR)");
});

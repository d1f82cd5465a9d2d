import assert from "node:assert/strict";
import { plannedScans } from "../../../src/engine/forecast/plan.ts";

const get = (more: object) => ({
  type: "LOGICAL_GET",
  name: "parquet_scan",
  names: ["id", "amount", "s"],
  function_data: { files: ["s3://b/x.parquet"] },
  column_indexes: [{ index: 0 }, { index: 1 }],
  extra_info: { total_files: 18446744073709551615n },
  ...more,
});

function plan(...plans: object[]): string {
  return JSON.stringify(
    { error: false, plans },
    (_, value) => typeof value === "bigint" ? Number(value) : value,
  );
}

Deno.test("a scan has its files, columns, fields and filters", () => {
  const found = plannedScans(
    plan(get({
      column_indexes: [{ index: 1 }, { index: 2, child_indexes: [{ index: 4 }] }, {
        index: 2 ** 63,
      }],
      table_filters: {
        filters: [{
          key: 0,
          value: {
            filter_type: "CONSTANT_COMPARISON",
            comparison_type: "COMPARE_LESSTHAN",
            constant: { type: { id: "BIGINT" }, is_null: false, value: 7 },
          },
        }],
      },
      extra_info: { total_files: 20 },
    })),
    "[]",
  );
  assert.deepEqual(found, {
    scans: [{
      files: ["s3://b/x.parquet"],
      filesBefore: 20,
      unionByName: false,
      columns: [
        { name: "amount", children: [] },
        { name: "s", children: [{ index: 4, children: [] }] },
      ],
      tableColumns: ["id", "amount", "s"],
      filtered: ["id"],
      where: {
        predicate: { kind: "compare", column: "id", op: "<", value: 7n },
        isWhole: true,
      },
      isDynamic: false,
      limit: undefined,
      top: undefined,
    }],
    others: [],
    target: undefined,
  });
});

Deno.test("an integer that no number holds stays exact", () => {
  const text = plan(get({
    table_filters: {
      filters: [{
        key: 0,
        value: {
          filter_type: "CONSTANT_COMPARISON",
          comparison_type: "COMPARE_EQUAL",
          constant: { type: { id: "BIGINT" }, is_null: false, value: 12345 },
        },
      }],
    },
  })).replace("12345", "9007199254740993");
  const [{ where }] = plannedScans(text, "[]")!.scans;
  assert.deepEqual(where.predicate, {
    kind: "compare",
    column: "id",
    op: "=",
    value: 9_007_199_254_740_993n,
  });
});

Deno.test("a LIMIT holds for the scan below it, not for what an aggregate reads", () => {
  const limited = (child: object) => ({
    type: "LOGICAL_LIMIT",
    children: [child],
    limit_val: { type: "CONSTANT_VALUE", constant_integer: 10 },
    offset_val: { type: "CONSTANT_VALUE", constant_integer: 5 },
  });
  const limitOf = (child: object) => plannedScans(plan(limited(child)), "[]")!.scans[0].limit;
  assert.equal(limitOf(get({})), 15);
  assert.equal(limitOf({ type: "LOGICAL_PROJECTION", children: [get({})] }), 15);
  const aggregate = { type: "LOGICAL_AGGREGATE_AND_GROUP_BY", children: [get({})] };
  assert.equal(limitOf(aggregate), undefined);
});

Deno.test("the best rows are looked for first where DuckDB joins them by their place", () => {
  const top = plan({
    type: "LOGICAL_TOP_N",
    limit: 5,
    offset: 0,
    orders: [{ type: "DESCENDING", expression: { alias: 'x."amount"' } }],
    children: [get({})],
  });
  const late = '[{"Conditions": ["file_index = file_index", "file_row_number = file_row_number"]}]';
  assert.deepEqual(plannedScans(top, late)!.scans[0].top, {
    column: "amount",
    order: "descending",
    rows: 5,
  });
  assert.equal(plannedScans(top, "[]")!.scans[0].top, undefined);
});

Deno.test("what a join or an order may leave out while running is known as such", () => {
  const join = { type: "LOGICAL_COMPARISON_JOIN", children: [get({}), get({})] };
  assert.deepEqual(
    plannedScans(plan(join), "[]")!.scans.map(({ isDynamic }) => isDynamic),
    [true, true],
  );
  const dynamic = {
    filter_type: "OPTIONAL_FILTER",
    child_filter: { filter_type: "DYNAMIC_FILTER" },
  };
  const filtered = get({ table_filters: { filters: [{ key: 1, value: dynamic }] } });
  assert.equal(plannedScans(plan(filtered), "[]")!.scans[0].isDynamic, true);
});

Deno.test("other scans are named, and a plan that DuckDB cannot write is none", () => {
  const other = { type: "LOGICAL_GET", name: "read_text", names: ["content"] };
  const copy = { type: "LOGICAL_COPY_TO_FILE", file_path: "s3://b/out.csv", children: [other] };
  assert.deepEqual(plannedScans(plan(copy), "[]"), {
    scans: [],
    others: ["read_text"],
    target: "s3://b/out.csv",
  });
  assert.equal(plannedScans('{"error":true,"error_type":"not implemented"}', "[]"), undefined);
});

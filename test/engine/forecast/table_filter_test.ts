import assert from "node:assert/strict";
import { filterTerms, type SerializedFilter } from "../../../src/engine/forecast/table_filter.ts";
import { isNull, not } from "../../../src/formats/predicate.ts";

function equal(id: string, value: unknown, scale?: number): SerializedFilter {
  return {
    filter_type: "CONSTANT_COMPARISON",
    comparison_type: "COMPARE_EQUAL",
    constant: { type: { id, type_info: { scale } }, is_null: value === null, value },
  };
}

function valueOf(filter: SerializedFilter): unknown {
  const { predicate, isWhole } = filterTerms(filter, "c");
  assert.equal(isWhole, predicate !== undefined);
  return predicate?.kind === "compare" ? predicate.value : undefined;
}

Deno.test("constants of plans are values that a column compares with", () => {
  assert.equal(valueOf(equal("INTEGER", 7)), 7n);
  assert.equal(valueOf(equal("UBIGINT", 18_446_744_073_709_551_615n)), 18_446_744_073_709_551_615n);
  assert.equal(valueOf(equal("DOUBLE", 1.5)), 1.5);
  assert.equal(valueOf(equal("BOOLEAN", true)), true);
  assert.equal(valueOf(equal("VARCHAR", "x")), "x");
  assert.equal(valueOf(equal("DATE", 18_322)), "2020-03-01");
  assert.equal(valueOf(equal("TIME", 60_000_000)), "00:01:00");
  assert.equal(valueOf(equal("TIMESTAMP", 1_578_225_600_000_000)), "2020-01-05 12:00:00");
  assert.equal(
    valueOf(equal("TIMESTAMP WITH TIME ZONE", 1_609_459_200_000_000)),
    "2021-01-01 00:00:00+00",
  );
  assert.equal(valueOf(equal("DECIMAL", 10_050, 2)), "100.50");
  assert.equal(valueOf(equal("INTEGER", null)), null);
  assert.equal(valueOf(equal("UUID", "x")), undefined);
});

Deno.test("what is not understood widens a condition and never narrows it", () => {
  const known = equal("INTEGER", 1);
  const unknown: SerializedFilter = { filter_type: "EXPRESSION_FILTER" };
  const one = { kind: "compare", column: "c", op: "=", value: 1n } as const;
  const both = (type: string) =>
    filterTerms({ filter_type: type, child_filters: [known, unknown] }, "c");
  assert.deepEqual(both("CONJUNCTION_AND"), { predicate: one, isWhole: false });
  assert.deepEqual(both("CONJUNCTION_OR"), { predicate: undefined, isWhole: false });
});

Deno.test("lists, NULL tests and optional filters", () => {
  const list = { filter_type: "IN_FILTER", values: [equal("INTEGER", 1).constant!] };
  assert.deepEqual(filterTerms(list, "c").predicate, { kind: "in", column: "c", values: [1n] });
  assert.deepEqual(
    filterTerms({ filter_type: "OPTIONAL_FILTER", child_filter: list }, "c"),
    filterTerms(list, "c"),
  );
  assert.deepEqual(filterTerms({ filter_type: "IS_NULL" }, "c").predicate, isNull("c"));
  assert.deepEqual(filterTerms({ filter_type: "IS_NOT_NULL" }, "c").predicate, not(isNull("c")));
});

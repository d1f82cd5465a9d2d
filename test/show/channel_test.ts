import assert from "node:assert/strict";
import { channelValues } from "../../src/show/channel.ts";

function values(column: unknown[], prefer?: "number" | "name") {
  const { values, kind } = channelValues(column.map((v) => ({ v })), "v", prefer);
  return [kind, ...values];
}

Deno.test("numbers: bigints, decimal strings, nothing infinite", () => {
  assert.deepEqual(values([1n, 2, null]), ["number", 1, 2, null]);
  assert.deepEqual(values(["1.50", "-2e3"]), ["number", 1.5, -2000]);
  assert.deepEqual(values([1, NaN, Infinity]), ["number", 1, null, null]);
});

Deno.test("names: preferred for categories, and where not all are numbers", () => {
  assert.deepEqual(values(["2023", "2024"], "name"), ["name", "2023", "2024"]);
  assert.deepEqual(values(["1", "x", ""]), ["name", "1", "x", ""]);
  assert.deepEqual(values([true, false]), ["name", true, false]);
  assert.deepEqual(values([["a"], { b: 1 }]), ["name", "[a]", "{'b': 1}"]);
});

Deno.test("dates: classes with toDate, Date, ISO text as UTC", () => {
  const noon = new Date("2024-01-02T12:00:00Z");
  assert.deepEqual(values(["2024-01-02 12:00:00"]), ["date", noon]);
  assert.deepEqual(values(["2024-01-02T13:00:00+01"]), ["date", noon]);
  assert.deepEqual(values([noon, { toDate: () => noon }]), ["date", noon, noon]);
  const infinite = {
    toDate() {
      throw new RangeError("infinity");
    },
  };
  assert.deepEqual(values([infinite, noon]), ["date", null, noon]);
});

Deno.test("labels say the unit", () => {
  const rows = [{ air_time: 1 }];
  assert.equal(channelValues(rows, "air_time").label, "air time");
  assert.equal(channelValues(rows, { column: "air_time", unit: "min" }).label, "air time (min)");
});

import assert from "node:assert/strict";
import { cellText, formatCell } from "../../src/show/cell.ts";

Deno.test("scalars read as DuckDB writes them", () => {
  assert.equal(cellText(12n, "BIGINT"), "12");
  assert.equal(cellText(12, "INTEGER"), "12");
  assert.equal(cellText(12, "DOUBLE"), "12.0");
  assert.equal(cellText(-0, "DOUBLE"), "-0.0");
  assert.equal(cellText(1e300, "DOUBLE"), "1e+300");
  assert.equal(cellText(-2.5e-7, "DOUBLE"), "-2.5e-07");
  assert.equal(cellText(9999999999999998, "DOUBLE"), "9999999999999998.0");
  assert.equal(cellText(-Infinity, "DOUBLE"), "-inf");
  assert.equal(cellText(NaN, "DOUBLE"), "nan");
  assert.equal(cellText(Math.fround(0.1), "FLOAT"), "0.1");
  assert.equal(cellText(Math.fround(16777216), "FLOAT"), "16777216.0");
  assert.equal(cellText("1.50", "DECIMAL(4,2)"), "1.50");
  assert.equal(cellText(true, "BOOLEAN"), "true");
  assert.equal(cellText(new Uint8Array([0xde, 0x41, 0x5c]), "BLOB"), "\\xDEA\\x5C");
});

Deno.test("nested values keep their parts apart", () => {
  assert.equal(cellText([1, null, 2.5], "DOUBLE[]"), "[1.0, NULL, 2.5]");
  assert.equal(cellText(["a", "b,c", "", "NULL"]), "[a, 'b,c', '', 'NULL']");
  assert.equal(cellText({ x: 1, y: { z: "it's" } }), "{'x': 1, 'y': {'z': 'it\\'s'}}");
  assert.equal(cellText(new Map([["k", 1]])), "{k=1}");
});

Deno.test("value classes speak for themselves", () => {
  class Interval {
    toString() {
      return "3 days";
    }
  }
  assert.equal(cellText(new Interval()), "3 days");
  class Broken {
    toString(): string {
      throw new Error("truncated WKB");
    }
  }
  assert.equal(cellText(new Broken(), "GEOMETRY"), "<unreadable GEOMETRY>");
});

Deno.test("NULL differs from the empty string and from the word", () => {
  assert.deepEqual([null, undefined, "", "NULL"].map((value) => formatCell(value)), [
    "NULL",
    "NULL",
    "",
    '"NULL"',
  ]);
  assert.equal(cellText(null), undefined);
});

Deno.test("data cannot drive the terminal", () => {
  assert.equal(formatCell("\x1b]0;owned\x07\n"), "\\x1b]0;owned\\x07\\n");
  assert.equal(formatCell(["\x1b[2J"]), "['\\x1b[2J']");
});

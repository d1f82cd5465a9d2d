import assert from "node:assert/strict";
import { difference, sameCell } from "../../bench/report/answers.ts";

Deno.test("sums of floats may differ in their last digits, integers in none", () => {
  assert.ok(sameCell(3253504710.2000003, 3253504710.2000127));
  assert.ok(!sameCell(3253504710.2, 3253504810.2));
  assert.ok(!sameCell("9007199254740993", "9007199254740992"));
  assert.ok(sameCell("42", 42));
  assert.ok(sameCell(2, 2.0000000000001));
  assert.ok(!sameCell(0, 1e-12));
});

Deno.test("a time is the same in every writing", () => {
  assert.ok(sameCell("2022-02-09 21:22:08", "2022-02-09T21:22:08.000Z"));
  assert.ok(sameCell("2022-02-09 21:22:08", "2022-02-09 21:22:08.000000"));
  assert.ok(!sameCell("2022-02-09 21:22:08", "2022-02-09 21:22:09"));
});

Deno.test("nothing, no and an empty text are three values", () => {
  assert.ok(!sameCell(null, ""));
  assert.ok(!sameCell(false, null));
  assert.ok(!sameCell("", 0));
  assert.ok(!sameCell("", "  "));
  assert.ok(sameCell(null, null));
});

Deno.test("a difference names its place", () => {
  assert.equal(difference([["a", 1]], [["a", 1]]), undefined);
  assert.equal(difference([["a", 1], ["b", 2]], [["a", 1]]), "2 rows and 1 rows");
  assert.equal(difference([["a", 1]], [["a"]]), "2 columns and 1 columns");
  assert.equal(difference([["a", 1]], [["a", 7]]), "row 1, column 2: 1 and 7");
});

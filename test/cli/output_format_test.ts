import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { chooseFormat } from "../../src/cli/output_format.ts";

const nothing = { format: undefined, file: undefined, json: false, isTerminal: false };

Deno.test("the format is what was asked, else by extension, else JSON, else by the reader", () => {
  assert.equal(chooseFormat({ ...nothing, format: "tsv", file: "x.csv", json: true }), "tsv");
  assert.equal(chooseFormat({ ...nothing, file: "a.b/X.PARQUET", json: true }), "parquet");
  assert.equal(chooseFormat({ ...nothing, file: "x.jsonl" }), "ndjson");
  assert.equal(chooseFormat({ ...nothing, json: true, isTerminal: true }), "json");
  assert.equal(chooseFormat({ ...nothing, isTerminal: true }), "table");
  assert.equal(chooseFormat(nothing), "csv");
});

Deno.test("a name that says nothing is refused, not guessed", () => {
  for (const file of ["out", "out.xlsx", "dir.csv/out"]) {
    assert.throws(() => chooseFormat({ ...nothing, file }), UsageError, file);
  }
});

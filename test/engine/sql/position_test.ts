import assert from "node:assert/strict";
import { takeExcerpt } from "../../../src/engine/sql/position.ts";
import { splitStatements } from "../../../src/engine/sql/tokens.ts";
import { plainDuckdb } from "../support/duckdb.ts";

/** SQL whose last statement fails where the first `¶` stands. */
const FAILING: readonly string[] = [
  "SELECT ¶nope",
  "SELECT 1,\n  2,\n   ¶nope",
  "SELECT 1,\r\n  ¶nope",
  "SELECT 1; SELECT ¶nope",
  "SELECT 1;\n\n  SELECT 'a',\n ¶nope, 2",
  "SELECT 1; SELECT 2; SELECT 3,\n\t¶nope",
  "SELECT 'äöü', ¶nope",
  "SELECT '日本語', ¶nope",
  "SELECT '👨‍👩‍👧', ¶nope",
  "SELECT\t'a',\t¶nope",
  `SELECT '${"x".repeat(200)}', ¶nope`,
  `SELECT '${"x".repeat(200)}', ¶nope, '${"y".repeat(200)}'`,
  `SELECT ¶nope, '${"y".repeat(200)}'`,
  `SELECT 1;\nSELECT '${"日".repeat(100)}', ¶nope, '${"ü".repeat(200)}'`,
  "SELECT 1 ¶+) 2".replace("¶+)", "+ ¶)"),
  "FROM ¶missing_table",
  "SELECT ¶no_such_function(1)",
];

Deno.test("the caret is found in the text that the person wrote", async () => {
  using duckdb = await plainDuckdb();
  for (const marked of FAILING) {
    const at = marked.indexOf("¶");
    const sql = marked.replace("¶", "");
    const before = marked.slice(0, at).split("\n");
    const { text, start: offset } = splitStatements(sql).at(-1)!;
    const error = await duckdb.failure(text);
    const { message, position } = takeExcerpt(error.message, { text, sql, offset });
    assert.deepEqual(
      position,
      { line: before.length, column: before.at(-1)!.length + 1 },
      `${JSON.stringify(sql)}\n${error.message}`,
    );
    assert.doesNotMatch(message, /LINE \d|\n *\^/);
  }
});

Deno.test("what was put before the person's text is not counted", () => {
  const sql = "SELECT 1;\nSELECT nope";
  const text = "COPY (SELECT nope\n) TO 'x'";
  const message = "Binder Error: no\n\nLINE 1: COPY (SELECT nope\n                     ^";
  const offset = sql.indexOf("SELECT nope") - "COPY (".length;
  assert.deepEqual(takeExcerpt(message, { text, sql, offset }).position, { line: 2, column: 8 });
});

Deno.test("a text without an excerpt stays as it is", () => {
  const statement = { text: "", sql: "", offset: 0 };
  assert.deepEqual(takeExcerpt("IO Error: x\nLINE 7", statement), {
    message: "IO Error: x\nLINE 7",
    position: undefined,
  });
});

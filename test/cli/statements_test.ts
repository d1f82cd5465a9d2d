import assert from "node:assert/strict";
import { SqlError, UsageError } from "../../src/errors.ts";
import { collectParam, type ParamFlag } from "../../src/cli/params.ts";
import { runnableStatements } from "../../src/cli/statements.ts";

const paramsOf = (...flags: string[]) =>
  flags.reduce<readonly ParamFlag[]>((before, flag) => collectParam(flag, before), []);

Deno.test("each statement keeps its place in the whole text", () => {
  const sql = "CREATE TABLE t AS SELECT 1;\n  SELECT 'a;b' -- c\n FROM t;";
  const [first, second] = runnableStatements(sql, []);
  assert.equal(first.kind, "command");
  assert.equal(first.verb, "CREATE");
  assert.equal(second.kind, "rows");
  assert.equal(second.text.indexOf("SELECT"), sql.indexOf("SELECT 'a"));
  assert.equal(second.text.trim(), "SELECT 'a;b' -- c\n FROM t");
});

Deno.test("a statement is given the parameters that it has, and no other", () => {
  const [a, b] = runnableStatements("SELECT $x; SELECT $X, $name", paramsOf("x=1", "name=n"));
  assert.deepEqual(a.params, { x: 1n });
  assert.deepEqual(b.params, { x: 1n, name: "n" });
  assert.deepEqual(runnableStatements("SELECT ?, ?", paramsOf("1=a", "2=b"))[0].params, [
    "a",
    "b",
  ]);
});

Deno.test("a type becomes a cast of the bound value", () => {
  const [statement] = runnableStatements("SELECT $d, $d", paramsOf("d:DECIMAL(9,2)=1.50"));
  assert.equal(statement.text, "SELECT CAST($d AS DECIMAL(9,2)), CAST($d AS DECIMAL(9,2))");
  assert.deepEqual(statement.params, { d: "1.50" });
});

Deno.test("an error behind a cast is shown where the person wrote it", () => {
  const sql = "SELECT 1\nWHERE $d > 0 AND nothing";
  const [statement] = runnableStatements(sql, paramsOf("d:INTEGER=1"));
  const line = statement.text.split("\n")[1];
  const error = new SqlError("no column", {
    position: { line: 2, column: line.indexOf("nothing") + 1 },
  });
  const moved = statement.relocate(error) as SqlError;
  assert.deepEqual(moved.context.position, { line: 2, column: 18 });
  assert.equal("WHERE $d > 0 AND nothing".indexOf("nothing") + 1, 18);
});

Deno.test("a text that is no type is refused", () => {
  for (const type of ["INT) OR (1", "INT; DROP TABLE t", "INT--", "INT/*", "$x", "INT)"]) {
    assert.throws(
      () => runnableStatements("SELECT $x", [{ name: "x", type, text: "1" }]),
      UsageError,
      type,
    );
  }
});

Deno.test("a parameter that nothing uses, and SQL with no statement, are wrong usage", () => {
  assert.throws(() => runnableStatements("SELECT 1", paramsOf("x=1")), /no parameter \$x/);
  assert.throws(() => runnableStatements("-- nothing\n;", []), UsageError);
});

import assert from "node:assert/strict";
import { collectParam, valueOf } from "../../src/cli/params.ts";

Deno.test("a parameter is a name, perhaps a type, and a text", () => {
  assert.deepEqual(collectParam("name=a=b", []), [{ name: "name", type: undefined, text: "a=b" }]);
  assert.deepEqual(collectParam("day:DATE=2026-01-02", [])[0].type, "DATE");
  assert.deepEqual(collectParam("l:DECIMAL(9, 2)[]=[1.50]", [])[0], {
    name: "l",
    type: "DECIMAL(9, 2)[]",
    text: "[1.50]",
  });
  assert.equal(collectParam("1=x", [])[0].name, "1");
  assert.equal(collectParam("text=", [])[0].text, "");
  assert.equal(collectParam("t=two\nlines", [])[0].text, "two\nlines");
});

Deno.test("what is no parameter is refused with the form it should have", () => {
  for (const flag of ["x", "=1", "a b=1", "0=1", "x:=1"]) {
    assert.throws(() => collectParam(flag, []), /name=value/, flag);
  }
  const before = collectParam("x=1", []);
  assert.throws(() => collectParam("x=2", before), /given twice/);
});

Deno.test("a value without a type is what it looks like", () => {
  assert.equal(valueOf("42"), 42n);
  assert.equal(valueOf("-9223372036854775808"), -9223372036854775808n);
  assert.equal(valueOf("1.5"), 1.5);
  assert.equal(valueOf("1e3"), 1000);
  assert.equal(valueOf("true"), true);
  for (const text of ["01234", "+49", "", "1e999", "TRUE", "0x10", " 1", "NaN", "null"]) {
    assert.equal(valueOf(text), text);
  }
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../../src/errors.ts";
import { isGlob, parseGlob } from "../../../src/objects/browse/glob.ts";

Deno.test("patterns match whole keys", () => {
  const cases: [string, string[], string[]][] = [
    ["*.csv", ["a.csv", ".csv"], ["a/b.csv", "a.csv.gz", "aXcsv/"]],
    ["a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["az", "a/bz"]],
    ["year=*/**.parquet", ["year=1/x.parquet", "year=1/m=2/x.parquet"], [
      "x.parquet",
      "year=1.csv",
    ]],
    ["**", ["a", "a/b", "", "a\nb"], []],
    ["a?c", ["abc", "a.c", "aéc"], ["a/c", "ac"]],
    ["[a-c]x", ["ax", "cx"], ["dx", "/x"]],
    ["[!a]x", ["bx"], ["ax", "/x"]],
    ["x.{csv,parquet}", ["x.csv", "x.parquet"], ["x.json"]],
    ["{a/b,c}/x", ["a/b/x", "c/x"], ["b/x"]],
    ["a\\*b", ["a*b"], ["axb"]],
    ["a+(b).x", ["a+(b).x"], ["aab.x"]],
  ];
  for (const [pattern, yes, no] of cases) {
    const { matches } = parseGlob(pattern);
    for (const key of yes) assert.ok(matches(key), `${pattern} ~ ${key}`);
    for (const key of no) assert.ok(!matches(key), `${pattern} !~ ${key}`);
  }
});

Deno.test("a pattern says what to list", () => {
  const plan = (pattern: string) => {
    const { prefix, levels } = parseGlob(pattern);
    return [prefix, ...levels.map(({ head, deep }) => head + (deep ? " deep" : ""))];
  };
  assert.deepEqual(plan("a/b/year=*/x-*.csv"), ["a/b/year=", "year=", "x-"]);
  assert.deepEqual(plan("a/**.csv"), ["a/", " deep"]);
  assert.deepEqual(plan("a/{b/c,d}x"), ["a/", " deep"]);
  assert.deepEqual(plan("a\\*b/c*"), ["a*b/c", "c"]);
});

Deno.test("an open bracket or brace is refused", () => {
  for (const pattern of ["a[b", "a{b,c"]) {
    assert.throws(() => parseGlob(pattern), UsageError);
  }
});

Deno.test("every key matches itself when its special characters are escaped", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (key) => {
    const { matches, prefix } = parseGlob(key.replace(/[*?[{\\]/g, "\\$&"));
    assert.ok(matches(key));
    assert.ok(key.startsWith(prefix));
    assert.equal(isGlob(key), /[*?[{\\]/.test(key));
  }));
});

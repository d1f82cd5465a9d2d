import assert from "node:assert/strict";
import fc from "fast-check";
import { isPattern, matchesBucket, specificity } from "../../src/store/bucket_pattern.ts";

const name = fc.stringMatching(/^[a-c.-]{1,12}$/);
const pattern = fc.stringMatching(/^[a-c.*?-]{1,12}$/);

Deno.test("a name is matched by itself alone", () => {
  fc.assert(fc.property(name, name, (a, b) => matchesBucket(a, b) === (a === b)));
});

Deno.test("a pattern matches as the anchored regular expression does", () => {
  fc.assert(
    fc.property(pattern, name, (pattern, name) => {
      const source = pattern.replace(/[.-]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
      return matchesBucket(pattern, name) === new RegExp(`^${source}$`).test(name);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("access to b never leaks to b-evil", () => {
  for (const evil of ["b-evil", "evil-b", "b.evil", "bb", "b\n"]) {
    assert.equal(matchesBucket("b", evil), false);
  }
  assert.equal(matchesBucket("climate-*", "climate-2020"), true);
  assert.equal(matchesBucket("climate-*", "my-climate-2020"), false);
});

Deno.test("many stars do not take exponential time", () => {
  assert.equal(matchesBucket("*a".repeat(30) + "b", "a".repeat(200)), false);
});

Deno.test("names say more than patterns, longer patterns more than shorter", () => {
  assert.equal(isPattern("data"), false);
  assert.ok(specificity("x") > specificity("climate-long-*"));
  assert.ok(specificity("climate-*") > specificity("c*"));
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { Budget, forEach } from "../../../src/objects/transfer/budget.ts";
import {
  fixedPrefix,
  globPattern,
  isGlob,
  nameFilter,
} from "../../../src/objects/transfer/filters.ts";
import {
  growingPartSize,
  LARGEST_OBJECT,
  LEAST_PART,
  MOST_PARTS,
  partSizeFor,
  partsOf,
} from "../../../src/objects/transfer/part_size.ts";
import { decide, surplus } from "../../../src/objects/transfer/plan.ts";

Deno.test("parts cover an object without gap, and are at most 10,000", () => {
  fc.assert(fc.property(fc.nat({ max: LARGEST_OBJECT }), (size) => {
    const partSize = partSizeFor(size);
    assert.ok(partSize >= LEAST_PART);
    assert.ok(Math.ceil(size / partSize) <= MOST_PARTS);
    if (size / partSize > 2000) return;
    const parts = partsOf(size, partSize);
    assert.equal(
      parts.reduce((at, { offset, length }) => {
        assert.equal(offset, at);
        return at + length;
      }, 0),
      size,
    );
  }));
  assert.equal(partSizeFor(10 * 2 ** 30), 8 * 2 ** 20);
  assert.equal(partSizeFor(LARGEST_OBJECT), 525 * 2 ** 20);
  assert.throws(() => partSizeFor(LARGEST_OBJECT + 1), { tag: "usage" });
});

Deno.test("a stream's parts reach the largest object within 10,000", () => {
  let total = 0;
  for (let number = 1; number <= MOST_PARTS; number++) total += growingPartSize(number);
  assert.ok(total >= LARGEST_OBJECT);
});

Deno.test("what is new, of another size or newer is sent", () => {
  const at = (seconds: number, size = 1, etag?: string) => ({
    size,
    modified: new Date(seconds * 1000),
    ...(etag === undefined ? {} : { etag }),
  });
  assert.equal(decide(at(5), undefined, "time").kind, "transfer");
  assert.equal(decide(at(5), at(9, 2), "time").kind, "transfer");
  assert.equal(decide(at(9), at(5), "time").kind, "transfer");
  assert.equal(decide(at(5), at(9), "time").kind, "skip");
  assert.equal(decide(at(9), at(5), "size").kind, "skip");
  assert.equal(decide(at(5), at(9), "checksum").kind, "compare");
  assert.equal(decide(at(9, 1, "e"), at(5, 1, "e"), "checksum").kind, "skip");
});

Deno.test("a mirror removes what nobody wants", () => {
  assert.deepEqual(
    [...surplus(new Map([["a", 1], ["b", 2]]), new Set(["b", "c"])).keys()],
    ["a"],
  );
});

Deno.test("globs match as shells do", () => {
  const table: [string, string, boolean][] = [
    ["*.csv", "a.csv", true],
    ["*.csv", "d/a.csv", false],
    ["**.csv", "d/a.csv", true],
    ["year=*/**/*.parquet", "year=1/a/b/c.parquet", true],
    ["year=*/**/*.parquet", "year=1/c.parquet", true],
    ["year=*/**.parquet", "year=1/m=2/c.parquet", true],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["[a-c]x", "bx", true],
    ["[!a-c]x", "bx", false],
    ["{a,b}/x", "b/x", true],
    ["a\\*", "a*", true],
    ["a\\*", "ab", false],
    ["a.b", "axb", false],
    ["(x)+", "(x)+", true],
    ["**", "a\nb/c", true],
  ];
  for (const [glob, name, expected] of table) {
    assert.equal(globPattern(glob).test(name), expected, `${glob} ${name}`);
  }
  assert.throws(() => globPattern("[a"), { tag: "usage" });
  assert.throws(() => globPattern("{a"), { tag: "usage" });
  assert.deepEqual(fixedPrefix("a/b/c*d/e"), { folder: "a/b/", prefix: "a/b/c" });
  assert.equal(isGlob("a\\*b"), false);
});

Deno.test("what is excluded is out, whatever is included", () => {
  const takes = nameFilter({ include: ["*.csv", "raw/**"], exclude: ["*.tmp", "raw/x/*"] });
  assert.deepEqual(
    ["a.csv", "d/a.csv", "raw/b", "raw/x/b", "raw/a.tmp", "z"].map(takes),
    [true, true, true, false, false, false],
  );
});

Deno.test("a budget holds requests and bytes, and lets go when it is aborted", async () => {
  const budget = new Budget({ requests: 3, bytes: 10 });
  const signal = new AbortController();
  let requests = 0;
  let bytes = 0;
  await Promise.all(Array.from({ length: 50 }, (_, index) => {
    const size = index % 7;
    return budget.run(size, signal.signal, async () => {
      requests++;
      bytes += size;
      assert.ok(requests <= 3 && bytes <= 10);
      await new Promise((resolve) => setTimeout(resolve, 1));
      requests--;
      bytes -= size;
    });
  }));
  const never = Promise.withResolvers<void>();
  const running = budget.run(99, signal.signal, () => never.promise);
  const waiting = budget.run(1, signal.signal, () => Promise.resolve());
  signal.abort();
  await assert.rejects(waiting, { tag: "cancelled" });
  never.resolve();
  await running;
});

Deno.test("work over many ends with the first failure", async () => {
  const done: number[] = [];
  await assert.rejects(
    forEach([1, 2, 3, 4, 5], 2, (each) => {
      done.push(each);
      return each === 2 ? Promise.reject(new Error("two")) : Promise.resolve();
    }),
    { message: "two" },
  );
  assert.ok(done.length < 5);
});

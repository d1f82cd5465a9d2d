import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bounded,
  type ByteRange,
  contains,
  cutExtent,
  endOf,
  type Extent,
  from,
  intersect,
  mergeExtents,
  parseContentRange,
  rangeHeader,
  resolveRange,
  subtractExtents,
  suffix,
} from "../../src/range/range.ts";

const extents = fc.array(
  fc.record({ offset: fc.nat(60), length: fc.nat(12) }),
  { maxLength: 8 },
);

function bytesOf(all: readonly Extent[]): Set<number> {
  return new Set(all.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i)));
}

function assertOrdered(all: readonly Extent[]): void {
  all.forEach((extent, index) => {
    assert.ok(extent.length > 0);
    if (index > 0) assert.ok(endOf(all[index - 1]) <= extent.offset);
  });
}

Deno.test("a range resolves to the bytes that HTTP would send", () => {
  fc.assert(fc.property(
    fc.nat(50),
    fc.oneof(
      fc.tuple(fc.nat(60), fc.nat(60)).map(([offset, length]) => bounded(offset, length)),
      fc.nat(60).map(from),
      fc.nat(60).map(suffix),
    ),
    (size, range: ByteRange) => {
      const all = Array.from({ length: size }, (_, index) => index);
      const expected = range.kind === "bounded"
        ? all.slice(range.offset, range.offset + range.length)
        : range.kind === "from"
        ? all.slice(range.offset)
        : range.length === 0
        ? []
        : all.slice(-range.length);
      assert.deepEqual([...bytesOf([resolveRange(range, size)])], expected);
    },
  ));
});

Deno.test("a range of negative, broken or endless numbers is refused", () => {
  for (
    const range of [bounded(-1, 2), bounded(0, -1), from(0.5), suffix(NaN), bounded(2 ** 53, 1)]
  ) {
    assert.throws(() => resolveRange(range, 10), { name: "UsageError" });
  }
});

Deno.test("merging keeps every byte and adds none", () => {
  fc.assert(fc.property(extents, (all) => {
    const merged = mergeExtents(all);
    assert.deepEqual(bytesOf(merged), new Set([...bytesOf(all)].sort((a, b) => a - b)));
    assertOrdered(merged);
    for (const extent of all) {
      assert.ok(merged.some((each) => contains(each, extent)) || extent.length === 0);
    }
  }));
});

Deno.test("subtracting leaves what is in none of the others", () => {
  fc.assert(fc.property(fc.nat(40), fc.nat(40), extents, (offset, length, taken) => {
    const left = subtractExtents({ offset, length }, mergeExtents(taken));
    const gone = bytesOf(taken);
    assert.deepEqual(
      [...bytesOf(left)],
      [...bytesOf([{ offset, length }])].filter((byte) => !gone.has(byte)),
    );
    assertOrdered(left);
  }));
});

Deno.test("an intersection has the bytes of both", () => {
  fc.assert(fc.property(fc.nat(20), fc.nat(20), fc.nat(20), fc.nat(20), (a, b, c, d) => {
    const both = intersect({ offset: a, length: b }, { offset: c, length: d });
    const second = bytesOf([{ offset: c, length: d }]);
    assert.deepEqual(
      [...bytesOf(both === undefined ? [] : [both])],
      [...bytesOf([{ offset: a, length: b }])].filter((byte) => second.has(byte)),
    );
  }));
});

Deno.test("cut pieces put together are the whole", () => {
  assert.deepEqual(cutExtent({ offset: 3, length: 5 }, 2), [
    { offset: 3, length: 2 },
    { offset: 5, length: 2 },
    { offset: 7, length: 1 },
  ]);
  assert.deepEqual(cutExtent({ offset: 3, length: 0 }, 2), []);
});

Deno.test("headers are written and read as RFC 9110 has them", () => {
  assert.equal(rangeHeader(bounded(5, 10)), "bytes=5-14");
  assert.equal(rangeHeader(from(5)), "bytes=5-");
  assert.equal(rangeHeader(suffix(5)), "bytes=-5");
  assert.deepEqual(parseContentRange("bytes 5-14/100"), {
    extent: { offset: 5, length: 10 },
    size: 100,
  });
  for (
    const text of [undefined, null, "", "bytes */100", "bytes 5-4/100", "bytes 5-100/100", "5-6/7"]
  ) {
    assert.equal(parseContentRange(text), undefined);
  }
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { identify } from "../../../src/range/cache/identity.ts";
import {
  extentsThatFit,
  formatSegmentName,
  parseSegmentName,
} from "../../../src/range/cache/segment_name.ts";
import { planSegments, SEGMENT_SIZE } from "../../../src/range/cache/segment_plan.ts";
import {
  CHECKED_BLOCK,
  checksumsOf,
  decodeTrailer,
  encodeTrailer,
  makeRecord,
} from "../../../src/range/cache/segment_trailer.ts";
import { joinChunks } from "../../../src/range/source.ts";
import { chunksOf, contentOf, objectOf } from "./support.ts";

const { place, state } = identify(objectOf(10))!;
const someExtents = fc.array(
  fc.record({
    offset: fc.integer({ min: 0, max: 2 ** 50 }),
    length: fc.integer({ min: 1, max: SEGMENT_SIZE }),
  }, { noNullPrototype: true }),
  { maxLength: 12 },
);

Deno.test("a file's name says whose bytes it has, which, and how many", () => {
  fc.assert(fc.property(someExtents, fc.constantFrom("index", "bulk"), (extents, kind) => {
    const fitting = extents.slice(0, extentsThatFit(extents));
    assert.ok(extents.length === 0 || fitting.length > 0);
    const name = formatSegmentName({
      place,
      state,
      kind: kind as "index" | "bulk",
      created: 1_790_000_000_000,
      random: "0az9",
      extents: fitting,
      trailerLength: 1234,
    });
    assert.ok(name.length <= 140 && /^[0-9a-z._-]+$/.test(name), name);
    const parsed = parseSegmentName(name)!;
    assert.deepEqual(
      [parsed.place, parsed.state, parsed.kind, parsed.created, parsed.trailerLength],
      [place, state, kind, 1_790_000_000_000, 1234],
    );
    assert.deepEqual(parsed.extents.map(({ offset, length }) => ({ offset, length })), fitting);
    assert.equal(parsed.dataLength, fitting.reduce((sum, { length }) => sum + length, 0));
  }));
});

Deno.test("other names are nobody's", () => {
  for (const name of ["", ".", "..", "tmp-abcdefghijkl", ".nfs0001", "x".repeat(60), `${place}-`]) {
    assert.equal(parseSegmentName(name), undefined, name);
  }
  fc.assert(fc.property(fc.string(), (name) => assert.equal(parseSegmentName(name), undefined)));
});

Deno.test("a trailer with any bit turned over is none", () => {
  const object = objectOf(200_000, "e", { key: 'ünï "quoted"\n/../x' });
  const extents = [{ offset: 0, length: 100_000 }, { offset: 150_000, length: 3 }];
  const sums = extents.flatMap((extent) => checksumsOf(chunksOf(contentOf(object, extent))));
  assert.equal(sums.length, 3);
  const facts = { lastModified: new Date(5000), contentType: "text/csv" };
  const record = makeRecord(object, facts, "bulk", extents);
  const bytes = encodeTrailer(record, sums);
  assert.deepEqual(decodeTrailer(bytes)!.record, record);
  assert.deepEqual([...decodeTrailer(bytes)!.checksums], sums);
  for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    assert.equal(decodeTrailer(damaged), undefined);
  }
  for (let length = 0; length < bytes.byteLength; length++) {
    assert.equal(decodeTrailer(bytes.subarray(0, length)), undefined);
  }
});

Deno.test("checksums do not depend on how bytes are cut into chunks", () => {
  const bytes = contentOf(objectOf(1), { offset: 0, length: 3 * CHECKED_BLOCK + 17 });
  const whole = checksumsOf([bytes]);
  assert.equal(whole.length, 4);
  for (const size of [1000, CHECKED_BLOCK, CHECKED_BLOCK + 1, 1 << 20]) {
    assert.deepEqual(checksumsOf(chunksOf(bytes, size)), whole);
  }
});

Deno.test("planned files have every byte once, touching pieces joined, none too large", () => {
  const object = objectOf(1);
  const layouts = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 9 })),
    {
      maxLength: 40,
    },
  );
  fc.assert(fc.property(layouts, (layout) => {
    let at = 0;
    const pieces = layout.map(([gap, length]) => {
      const extent = { offset: at += gap, length };
      at += length;
      return { ...extent, chunks: chunksOf(contentOf(object, extent), 4) };
    });
    const runs = planSegments(pieces.toReversed()).flat();
    assert.deepEqual(
      runs.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i)),
      pieces.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i)),
    );
    for (const run of runs) assert.deepEqual(joinChunks(run.chunks), contentOf(object, run));
  }));
  const large = { offset: 5, length: 2.5 * SEGMENT_SIZE };
  const plans = planSegments([{ ...large, chunks: [contentOf(object, large)] }]);
  assert.deepEqual(plans.map((plan) => plan.map(({ length }) => length)), [
    [SEGMENT_SIZE],
    [SEGMENT_SIZE],
    [SEGMENT_SIZE / 2],
  ]);
});

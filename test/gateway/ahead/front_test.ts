import assert from "node:assert/strict";
import fc from "fast-check";
import { Fronts, LARGEST_WINDOW } from "../../../src/gateway/ahead/front.ts";
import { endOf } from "../../../src/range/range.ts";

const MIB = 1024 * 1024;
const CSV = 32_000_000;

Deno.test("a CSV's second piece asks for the third, and the last for none", () => {
  const fronts = new Fronts(100_000_000);
  const piece = (n: number) => ({ offset: n * CSV, length: CSV });
  assert.equal(fronts.asked(piece(0)), undefined);
  assert.deepEqual(fronts.asked(piece(1)), { offset: 2 * CSV, length: LARGEST_WINDOW });
  assert.deepEqual(fronts.asked(piece(2)), {
    offset: 2 * CSV + LARGEST_WINDOW,
    length: 100_000_000 - 2 * CSV - LARGEST_WINDOW,
  });
  assert.equal(fronts.asked({ offset: 3 * CSV, length: 4_000_000 }), undefined);
});

Deno.test("short steps have to show a scan three times, and are followed four steps ahead", () => {
  const fronts = new Fronts(200 * MIB);
  assert.equal(fronts.asked({ offset: 0, length: MIB }), undefined);
  assert.equal(fronts.asked({ offset: MIB, length: MIB }), undefined);
  assert.deepEqual(fronts.asked({ offset: 2 * MIB, length: MIB }), {
    offset: 3 * MIB,
    length: 3 * MIB,
  });
  assert.deepEqual(fronts.asked({ offset: 3 * MIB, length: MIB }), {
    offset: 6 * MIB,
    length: 2 * MIB,
  });
});

Deno.test("two scans by turns are both followed; reads here and there are not", () => {
  const fronts = new Fronts(400 * MIB);
  const found = [];
  for (let n = 0; n < 6; n++) {
    found.push(fronts.asked({ offset: n * MIB, length: MIB }));
    found.push(fronts.asked({ offset: 200 * MIB + n * MIB, length: MIB }));
  }
  assert.ok(found.some((each) => each !== undefined && each.offset < 100 * MIB));
  assert.ok(found.some((each) => each !== undefined && each.offset > 200 * MIB));
  const random = new Fronts(400 * MIB);
  for (const at of [300, 10, 150, 390, 77, 222, 5, 120]) {
    assert.equal(random.asked({ offset: at * MIB, length: MIB / 16 }), undefined);
  }
});

Deno.test("nothing is fetched twice, past the end, or more than the room", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 60 * MIB }),
    fc.array(fc.integer({ min: 1, max: 9 * MIB }), { minLength: 1, maxLength: 40 }),
    fc.integer({ min: 0, max: 20 * MIB }),
    (size, steps, most) => {
      const fronts = new Fronts(size);
      let at = 0;
      let reached = 0;
      for (const step of steps) {
        if (at >= size) break;
        const length = Math.min(step, size - at);
        const next = fronts.asked({ offset: at, length }, most);
        at += length;
        if (next === undefined) continue;
        assert.ok(next.offset >= reached && next.offset >= at);
        assert.ok(endOf(next) <= size && endOf(next) - at <= most);
        reached = endOf(next);
      }
    },
  ));
});

Deno.test("reads longer than any window, as of several readers side by side, need nothing ahead", () => {
  const fronts = new Fronts(100 * LARGEST_WINDOW);
  const length = 4 * LARGEST_WINDOW;
  for (let index = 0; index < 8; index++) {
    assert.equal(fronts.asked({ offset: index * length, length }), undefined);
  }
});

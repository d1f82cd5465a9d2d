import assert from "node:assert/strict";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { rowsOf } from "../../src/formats/values.ts";
import { dateText, daysOf } from "../../src/formats/civil.ts";
import {
  decimalText,
  parseDecimal,
  parseTimestamp,
  timestampText,
} from "../../src/formats/sql_text.ts";
import { uniqueNames } from "../../src/formats/names.ts";

Deno.test("days and their texts are each other's inverse, far into both directions", () => {
  for (let days = -800_000; days < 3_000_000; days += 373) {
    const text = dateText(days);
    if (text.endsWith("(BC)")) continue;
    const [year, month, day] = text.split("-").map(Number);
    assert.equal(daysOf(year, month, day), days, text);
  }
  assert.equal(dateText(0), "1970-01-01");
  assert.equal(dateText(-719_162), "0001-01-01");
  assert.equal(dateText(-719_163), "0001-12-31 (BC)");
  assert.equal(daysOf(2024, 2, 30), undefined);
});

Deno.test("timestamps keep every digit, past 2^53 too", () => {
  assert.equal(timestampText(-1n, 6), "1969-12-31 23:59:59.999999");
  assert.equal(timestampText(1_700_000_000_123_456_789n, 9), "2023-11-14 22:13:20.123456789");
  assert.equal(timestampText(253_402_300_799_999_999n, 6), "9999-12-31 23:59:59.999999");
  assert.equal(timestampText(-62_135_596_800_000_001n, 6), "0001-12-31 23:59:59.999999 (BC)");
  assert.equal(parseTimestamp("2024-01-31T12:00:00.5+01:30"), 1_706_697_000_500_000_000n);
  assert.equal(parseTimestamp("2024-13-31"), undefined);
});

Deno.test("decimals are exact texts", () => {
  assert.equal(decimalText(-5n, 2), "-0.05");
  assert.equal(decimalText(123n, 0), "123");
  assert.deepEqual(parseDecimal("-1.50"), { unscaled: -150n, scale: 2 });
  assert.deepEqual(parseDecimal("1e2"), { unscaled: 100n, scale: 0 });
  assert.equal(parseDecimal("1,5"), undefined);
});

Deno.test("a second name gets a number that no other column has", () => {
  assert.deepEqual(uniqueNames(["x", "x", "x_1", "x"]), ["x", "x_2", "x_1", "x_3"]);
  assert.deepEqual(uniqueNames(["a", "A"]), ["a", "A"]);
  assert.deepEqual(uniqueNames(["a", "A"], "ignore-case"), ["a", "A_1"]);
});

Deno.test("rows come in order when they are asked for at once, and end when they are left", async () => {
  let isClosed = false;
  async function* batches(): AsyncGenerator<RecordBatch> {
    try {
      for (let i = 0; i < 100; i++) {
        await Promise.resolve();
        yield tableFromArrays({ x: Int32Array.of(2 * i, 2 * i + 1) }).batches[0];
      }
    } finally {
      isClosed = true;
    }
  }
  const rows = rowsOf(batches());
  const first = await Promise.all([rows.next(), rows.next(), rows.next(), rows.next()]);
  assert.deepEqual(first.map(({ value }) => value), [{ x: 0 }, { x: 1 }, { x: 2 }, { x: 3 }]);
  for await (const row of rows) {
    assert.deepEqual(row, { x: 4 });
    break;
  }
  assert.ok(isClosed);
});

import assert from "node:assert/strict";
import { formatBytes, formatCount, formatQuantity, formatSeconds } from "../../src/show/human.ts";

Deno.test("bytes in decimal units", () => {
  const cases: [number | bigint, string][] = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [60_400_000, "60.4 MB"],
    [99_960_000, "100 MB"],
    [999_600, "1.0 MB"],
    [5_600_000_000n, "5.6 GB"],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

Deno.test("counts with thousands marked", () => {
  assert.equal(formatCount(999), "999");
  assert.equal(formatCount(-1234567), "-1,234,567");
  assert.equal(formatCount(12345678901234567890n), "12,345,678,901,234,567,890");
  assert.equal(formatQuantity(1, "row"), "1 row");
  assert.equal(formatQuantity(2000, "retry", "retries"), "2,000 retries");
});

Deno.test("durations, with the digits that matter", () => {
  const cases: [number, string][] = [
    [0, "0.00 s"],
    [0.034, "0.03 s"],
    [0.3, "0.3 s"],
    [9.96, "10 s"],
    [59.6, "1 min 0 s"],
    [125, "2 min 5 s"],
    [3725, "1 h 2 min"],
  ];
  for (const [seconds, text] of cases) assert.equal(formatSeconds(seconds), text);
});

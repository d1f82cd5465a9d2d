import assert from "node:assert/strict";
import { emptyReport, noBytes } from "../../src/engine/report.ts";
import { renderReportLine } from "../../src/show/report_line.ts";

Deno.test("a report in one line", () => {
  const report = {
    ...emptyReport("direct"),
    seconds: 0.31,
    requests: { get: 58, head: 3, list: 1, put: 0, other: 0 },
    bytes: { ...noBytes(), read: 60_400_000 },
  };
  assert.equal(renderReportLine(report), "62 requests · 60.4 MB read · 0.3 s");
});

Deno.test("what is zero is not said, but for requests", () => {
  assert.equal(renderReportLine(emptyReport("direct")), "0 requests · 0 B read · 0.00 s");
  const written = {
    ...emptyReport("direct"),
    seconds: 75,
    requests: { get: 0, head: 0, list: 0, put: 1, other: 0 },
    bytes: { ...noBytes(), written: 1500, cached: 2_000_000 },
    retries: 1,
  };
  assert.equal(
    renderReportLine(written),
    "1 request · 1.5 kB written · 2.0 MB from cache · 1 retry · 1 min 15 s",
  );
});

Deno.test("the share of the files is said where a part of them was read", () => {
  const report = {
    ...emptyReport("gateway"),
    seconds: 0.31,
    requests: { get: 62, head: 0, list: 0, put: 0, other: 0 },
    bytes: { ...noBytes(), read: 60_400_000, cached: 41_000_000, ofFiles: 503_000_000 },
    bypassed: 2,
  };
  assert.equal(
    renderReportLine(report),
    "62 requests · 60.4 MB read (12 %) of 503 MB · 41.0 MB from cache · 2 past the gateway · 0.3 s",
  );
});

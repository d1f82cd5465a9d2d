import assert from "node:assert/strict";
import { type Forecast, forecastOf, totalsOf } from "../../src/engine/forecast/forecast.ts";
import { emptyReport } from "../../src/engine/report.ts";
import { renderForecast } from "../../src/show/forecast_text.ts";
import { renderReportLine } from "../../src/show/report_line.ts";

const PARQUET: Forecast["scans"][number] = {
  uri: "s3://b/many/*.parquet",
  format: "parquet",
  files: { read: 3, of: 200 },
  size: 687_000_000,
  rowGroups: { read: 12, of: 15 },
  columns: ["part", "amount"],
  columnCount: 13,
  bytes: { needed: 5_000_000, cached: 1_000_000, read: 4_000_000 },
  requests: 21,
  asked: 30,
  certainty: "estimate",
  reason: undefined,
};

const CSV: Forecast["scans"][number] = {
  ...PARQUET,
  uri: "s3://b/x\u001b[31m.csv",
  format: "csv",
  files: { read: 1, of: 1 },
  size: 2_000_000,
  rowGroups: undefined,
  columns: undefined,
  columnCount: undefined,
  bytes: { needed: 2_000_000, cached: 0, read: 2_000_000 },
  requests: 1,
  certainty: "upper bound",
  reason: "rows are read from the start on",
};

Deno.test("a forecast is told scan by scan, and in one line", () => {
  assert.equal(
    renderForecast(forecastOf([PARQUET, CSV], true)),
    `s3://b/many/*.parquet
  files       3 of 200 (parquet, 687 MB)
  row groups  12 of 15
  columns     2 of 13: part, amount
  bytes       5.0 MB, 1.0 MB of them cached
  requests    21

s3://b/x\\x1b[31m.csv
  files       1 of 1 (csv, 2.0 MB)
  bytes       2.0 MB
  requests    1
  note        upper bound: rows are read from the start on

at most 22 requests · 6.0 MB to read (1 %) of 689 MB · 1.0 MB from cache
`,
  );
});

Deno.test("what is not seen makes it a lower bound, and nothing to read is said so", () => {
  assert.equal(renderForecast(forecastOf([], true)), "about 0 requests · 0 B to read\n");
  assert.match(renderForecast(forecastOf([PARQUET], false)), /\nat least 21 requests/);
});

Deno.test("a report shows what was forecast beside what was read", () => {
  const forecast = totalsOf(forecastOf([PARQUET], true));
  assert.match(
    renderReportLine({ ...emptyReport("gateway"), forecast }),
    / · forecast: about 21 requests, 4\.0 MB$/,
  );
});

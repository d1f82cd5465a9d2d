/**
 * Charts from rows: bars, lines, dots and histograms, drawn by Observable Plot without a browser.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { channelValues, type NamedRow } from "./channel.ts";
import { colorRows } from "./chart_color.ts";
import { drawChart, type DrawnChart } from "./chart_plot.ts";
import type { ChartSpec } from "./chart_spec.ts";
import { sizeRows } from "./circle_size.ts";
import type { Figure } from "./figure.ts";
import { DEFAULT_WIDTH, frame } from "./frame.ts";
import { THEME } from "./theme.ts";

const KINDS = {
  bar: "Bar chart",
  line: "Line chart",
  dot: "Scatter plot",
  histogram: "Histogram",
} as const;

/**
 * A chart of `rows`. A row in which a drawn value is NULL is left out; a line is broken there.
 *
 * @throws {UsageError} when a column does not exist, or `y` is missing
 */
export function chart(rows: Iterable<NamedRow>, spec: ChartSpec): Figure {
  const all = [...rows];
  if (spec.kind !== "histogram" && spec.y === undefined) {
    throw new UsageError(`A ${spec.kind} chart needs a column for y`);
  }
  const width = spec.width ?? DEFAULT_WIDTH;
  const x = channelValues(all, spec.x, spec.kind === "bar" ? "name" : "number");
  const y = spec.y === undefined || spec.kind === "histogram"
    ? undefined
    : channelValues(all, spec.y);
  const size = spec.size === undefined ? undefined : channelValues(all, spec.size);
  const { colors, legend } = colorRows(
    spec.color === undefined ? undefined : channelValues(all, spec.color, "name"),
    all.length,
    width - 2 * THEME.padding,
  );
  const sizes = sizeRows(size, all.length);
  const points = all.map((_, index) => ({
    x: x.values[index],
    y: y?.values[index] ?? null,
    radius: sizes.radii[index],
    color: colors[index],
  }));
  const drawn: DrawnChart = { spec, points, x, y, hasColor: legend !== undefined };
  const axes = [y?.label ?? "rows", x.label].join(" by ");
  const description = spec.description ??
    `${KINDS[spec.kind]}: ${spec.title === undefined ? "" : `${spec.title}, `}${axes}`;
  return frame(
    { ...spec, description },
    [legend, sizes.legend].filter((piece) => piece !== undefined),
    (inner) => drawChart(drawn, inner),
  );
}

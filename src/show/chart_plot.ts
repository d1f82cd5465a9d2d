/**
 * A chart's axes and marks, as Observable Plot draws them.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { formatTick } from "./axis_format.ts";
import { type ChannelValues, nameOf, type Plottable } from "./channel.ts";
import type { ChartSpec } from "./chart_spec.ts";
import type { Piece } from "./legend.ts";
import { cutText, textElement, textWidth } from "./svg.ts";
import { THEME } from "./theme.ts";

/** A row of a chart. */
interface Point {
  readonly x: Plottable;
  readonly y: Plottable;
  /** Radius in pixels; null where it is not drawn. */
  readonly radius: number | null;
  readonly color: string;
}

/** All that a chart is drawn from. */
export interface DrawnChart {
  readonly spec: ChartSpec;
  readonly points: readonly Point[];
  readonly x: ChannelValues;
  readonly y: ChannelValues | undefined;
  readonly hasColor: boolean;
}

/** linkedom's page, as Plot sees it: Deno has no types of the DOM. */
interface Page {
  readonly document: NonNullable<Plot.PlotOptions["document"]>;
}

const X_AXIS_ROOM = 50;
const Y_LABEL_ROOM = 34;
const LABEL = { labelArrow: "none" } as const;
const GRID = { stroke: THEME.grid, strokeOpacity: 1 } as const;

/** The drawing, `width` pixels wide. */
export function drawChart(drawn: DrawnChart, width: number): Piece {
  if (drawn.points.length === 0) return emptyPiece(width);
  const options = drawn.spec.kind === "bar"
    ? barOptions(drawn, width)
    : scaledOptions(drawn, width);
  const { document } = parseHTML("<html><body></body></html>") as unknown as Page;
  const svg = Plot.plot({
    ...options,
    // Plot would put it beyond the picture's margin.
    y: { ...options.y, label: null },
    width,
    document,
  });
  svg.querySelector("style")?.remove();
  for (const name of ["class", "font-family"]) svg.removeAttribute(name);
  svg.setAttribute("fill", THEME.muted);
  svg.setAttribute("font-size", String(THEME.textSize));
  svg.setAttribute("color", THEME.axis);
  const yLabel = options.y?.label === undefined || options.y.label === null
    ? []
    : [textElement(options.y.label, { x: THEME.padding, y: 13, fill: THEME.muted })];
  return { markup: svg.outerHTML + yLabel.join(""), width, height: options.height ?? 0 };
}

function emptyPiece(width: number): Piece {
  const markup = textElement("No rows to draw", {
    x: width / 2,
    y: 90,
    "text-anchor": "middle",
    fill: THEME.muted,
  });
  return { markup, width, height: 180 };
}

function barOptions(drawn: DrawnChart, width: number): Plot.PlotOptions {
  const { spec, x, y } = drawn;
  const names = x.values.map((value) => nameOf(value) ?? "NULL");
  const domain = [...new Set(names)];
  const points = drawn.points.map((point, index) => ({ ...point, x: names[index] }));
  const size = THEME.textSize;
  const widest = Math.max(...domain.map((name) => textWidth(name, size)));
  const numbers = { ...numberAxis(y, spec.yScale), grid: false };
  const base = spec.yScale === "log" ? undefined : 0;
  const baseline = base === undefined ? [] : [base];
  const isHorizontal = spec.orientation === "horizontal" ||
    (spec.orientation !== "vertical" && x.kind === "name" &&
      (widest + 12) * domain.length > width - 100);
  if (isHorizontal) {
    const room = width * 0.36;
    return {
      height: spec.height ?? domain.length * 27 + 30 + X_AXIS_ROOM,
      marginTop: 8,
      marginRight: THEME.padding + 16,
      marginBottom: X_AXIS_ROOM,
      marginLeft: THEME.padding + Math.min(widest, room) + 12,
      x: { ...numbers, labelAnchor: "center", labelOffset: X_AXIS_ROOM - 8, tickSize: 0 },
      y: {
        label: null,
        domain,
        padding: 0.26,
        tickSize: 0,
        tickFormat: (name: string) => cutText(name, size, room),
      },
      marks: [
        Plot.gridX({ ...GRID, ticks: 6 }),
        Plot.barX(points, { x: "y", y: "x", fill: "color", z: "color", order: stackOrder(points) }),
        Plot.ruleX(baseline, { stroke: THEME.axis }),
      ],
    };
  }
  const margins = uprightMargins(drawn, width);
  const band = (width - margins.marginLeft - margins.marginRight) / domain.length;
  const every = Math.max(1, Math.ceil(Math.min(widest + 12, 64) / band));
  return {
    ...margins,
    x: {
      label: x.label,
      ...LABEL,
      labelAnchor: "center",
      labelOffset: X_AXIS_ROOM - 8,
      domain,
      padding: domain.length > 60 ? 0.1 : 0.24,
      tickSize: 0,
      ticks: domain.filter((_, index) => index % every === 0),
      tickFormat: (name: string) => cutText(name, size, band * every - 4),
    },
    y: numbers,
    marks: [
      Plot.gridY({ ...GRID, ticks: 6 }),
      Plot.barY(points, { x: "x", y: "y", fill: "color", z: "color", order: stackOrder(points) }),
      Plot.ruleY(baseline, { stroke: THEME.axis }),
    ],
  };
}

function scaledOptions(drawn: DrawnChart, width: number): Plot.PlotOptions {
  const { spec, x, y } = drawn;
  // Dates have labels of two lines.
  const room = X_AXIS_ROOM + (x.kind === "date" ? 14 : 0);
  const margins = uprightMargins(drawn, width);
  const xAxis = x.kind === "number"
    ? numberAxis(x, spec.xScale)
    : { label: x.label, ...LABEL, ...(x.kind === "date" ? { type: "utc" as const } : {}) };
  return {
    ...margins,
    height: margins.height + room - X_AXIS_ROOM,
    marginBottom: room,
    x: {
      ...xAxis,
      ...(spec.kind === "line" ? { nice: false } : {}),
      labelAnchor: "center",
      labelOffset: room - 8,
      tickSize: 5,
      ...(spec.kind === "dot" ? { inset: 8 } : {}),
    },
    y: spec.kind === "histogram"
      ? { ...LABEL, label: "rows", tickFormat: formatTick, tickSize: 0, nice: 6, ticks: 6 }
      : y?.kind === "number"
      ? { ...numberAxis(y, spec.yScale), tickSize: 0 }
      : { label: y?.label, ...LABEL, tickSize: 0 },
    r: { type: "identity" },
    marks: [
      Plot.gridY({ ...GRID, ticks: 6 }),
      ...(spec.kind === "dot" && x.kind !== "name" ? [Plot.gridX({ ...GRID, ticks: 6 })] : []),
      ...dataMarks(drawn),
    ],
  };
}

function dataMarks({ spec, points, hasColor }: DrawnChart): Plot.Markish[] {
  switch (spec.kind) {
    case "line":
      return [
        Plot.line(points, {
          x: "x",
          y: "y",
          z: "color",
          stroke: "color",
          sort: "x",
          strokeWidth: points.length > 600 ? 1.4 : 2.2,
          strokeLinejoin: "round",
          strokeLinecap: "round",
        }),
      ];
    case "histogram":
      return [
        Plot.rectY(
          points,
          Plot.binX<Plot.RectYOptions>({ y: "count" }, {
            x: { value: "x", thresholds: spec.bins ?? "scott" },
            fill: hasColor ? "color" : THEME.primary,
            inset: 0.5,
          }),
        ),
        Plot.ruleY([0], { stroke: THEME.axis }),
      ];
    default:
      return [
        Plot.dot(points, {
          x: "x",
          y: "y",
          fill: "color",
          r: "radius",
          sort: { channel: "-r" },
          fillOpacity: points.length > 800 ? 0.5 : 0.75,
          stroke: THEME.background,
          strokeWidth: 0.6,
        }),
      ];
  }
}

/** The same order of colours in every bar: that of the legend. */
function stackOrder(points: readonly { readonly color: string }[]): string[] {
  return [...new Set(points.map(({ color }) => color))];
}

function numberAxis(values: ChannelValues | undefined, type: "linear" | "log" = "linear") {
  const isYear = values !== undefined && looksLikeYears(values.values);
  return {
    type,
    label: values?.label,
    ...LABEL,
    tickFormat: isYear ? String : formatTick,
    tickSize: 0,
    nice: isYear ? false : 6,
    ticks: type === "log" ? 5 : 6,
    ...(isYear ? { interval: 1 } : {}),
  };
}

function looksLikeYears(values: readonly Plottable[]): boolean {
  return values.every((value) =>
    value === null || (Number.isInteger(value) && Number(value) >= 1500 && Number(value) <= 2200)
  );
}

function uprightMargins({ spec, y }: DrawnChart, width: number) {
  const labels = (y?.values ?? []).map((value) =>
    typeof value === "number"
      ? textWidth(formatTick(Number(value.toPrecision(2))), THEME.textSize)
      : 0
  );
  const names = y !== undefined && y.kind === "name"
    ? y.values.map((value) => textWidth(nameOf(value) ?? "", THEME.textSize))
    : [];
  const widest = [...labels, ...names].reduce((most, each) => Math.max(most, each), 36);
  return {
    height: spec.height ?? Math.round(Math.min(460, width * 0.48)),
    marginTop: Y_LABEL_ROOM,
    marginRight: THEME.padding + 10,
    marginBottom: X_AXIS_ROOM,
    marginLeft: Math.min(width * 0.3, THEME.padding + widest + 14),
  };
}

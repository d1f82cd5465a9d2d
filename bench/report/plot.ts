/**
 * The picture of a run: seconds of each contender for each question, on a logarithmic scale.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { DEFAULT_WIDTH, frame } from "../../src/show/frame.ts";
import type { Figure } from "../../src/show/figure.ts";
import { swatchLegend } from "../../src/show/legend.ts";
import { THEME } from "../../src/show/theme.ts";
import type { BenchQuery } from "../queries.ts";
import type { Series } from "../run/contender.ts";
import type { Line, Summary } from "./summary.ts";

const ROW = 21;
const LABELS = 240;
const AXIS = 34;
const TOP = 26;

const DRAWN: readonly { readonly series: Series; readonly name: string; readonly color: string }[] =
  [
    { series: "httpfs", name: "httpfs as it comes", color: THEME.categories[9] },
    { series: "httpfs-64", name: "httpfs, 64 threads", color: THEME.categories[1] },
    { series: "polars", name: "polars", color: THEME.categories[3] },
    { series: "restarted", name: "Dipper, restarted", color: THEME.categories[7] },
    { series: "dipper", name: "Dipper, cold", color: THEME.categories[0] },
  ];

/** linkedom's page, as Plot sees it: Deno has no types of the DOM. */
interface Page {
  readonly document: NonNullable<Plot.PlotOptions["document"]>;
}

/** Draws the delays of `summary` beside each other. */
export function plotSeconds(
  summary: Summary,
  queries: readonly BenchQuery[],
  delays: readonly number[],
): Figure {
  const titles = new Map(queries.map(({ name, title }) => [name, title]));
  const lines = summary.lines.filter(({ query, delay, series }) =>
    titles.has(query) && delays.includes(delay) && DRAWN.some((drawn) => drawn.series === series)
  );
  const drawn = DRAWN.filter(({ series }) => lines.some((line) => line.series === series));
  const delayed = [...new Set(lines.map(({ delay }) => delay))].sort((a, b) => a - b).join(" or ");
  const height = TOP + AXIS + ROW * new Set(lines.map(({ query }) => query)).size;
  return frame(
    {
      title: "Seconds to the answer",
      subtitle:
        `From a store that answers after ${delayed} ms and sends 90 MB/s over a connection. ` +
        "Medians, logarithmic scale: left is faster.",
      caption: "deno task bench, on a machine with " +
        `${navigator.hardwareConcurrency} cores; every contender gave the same answers.`,
      description: "Dot plot of seconds by question for Dipper, httpfs and polars",
    },
    [swatchLegend(drawn, DEFAULT_WIDTH - 2 * THEME.padding)],
    (width) => ({ markup: draw(lines, queries, titles, width, height), width, height }),
  );
}

function draw(
  lines: readonly Line[],
  queries: readonly BenchQuery[],
  titles: ReadonlyMap<string, string>,
  width: number,
  height: number,
): string {
  const { document } = parseHTML("<html><body></body></html>") as unknown as Page;
  const points = DRAWN.flatMap(({ series, color }) =>
    lines.filter((line) => line.series === series).map(({ query, delay, seconds }) => ({
      question: titles.get(query)!,
      delay: `${delay} ms`,
      seconds,
      color,
      radius: series === "dipper" ? 5 : 4,
    }))
  );
  const svg = Plot.plot({
    document,
    width,
    height,
    marginLeft: LABELS,
    marginRight: THEME.padding,
    marginTop: TOP,
    marginBottom: AXIS,
    x: {
      type: "log",
      label: null,
      grid: true,
      tickFormat: (value: number) => `${value} s`,
      ticks: 4,
    },
    y: { type: "point", label: null, domain: queries.map(({ title }) => title), tickSize: 0 },
    fx: { label: null, domain: [...new Set(points.map(({ delay }) => delay))] },
    marks: [
      Plot.gridX({ stroke: THEME.grid, strokeOpacity: 1, ticks: 4 }),
      Plot.ruleY(
        points,
        Plot.groupY({ x1: "min", x2: "max" }, {
          y: "question",
          fx: "delay",
          x1: "seconds",
          x2: "seconds",
          stroke: THEME.axis,
        }),
      ),
      Plot.dot(points, {
        x: "seconds",
        y: "question",
        fx: "delay",
        fill: "color",
        r: "radius",
        stroke: THEME.background,
        strokeWidth: 0.7,
      }),
    ],
    color: { type: "identity" },
    r: { type: "identity" },
  });
  svg.querySelector("style")?.remove();
  for (const name of ["class", "font-family"]) svg.removeAttribute(name);
  svg.setAttribute("fill", THEME.muted);
  svg.setAttribute("font-size", String(THEME.textSize));
  svg.setAttribute("color", THEME.axis);
  return svg.outerHTML;
}

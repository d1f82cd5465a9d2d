/**
 * Legends: names with their colours, a ramp of colours, circles with their sizes.
 *
 * @module
 */
import { formatTick } from "./axis_format.ts";
import { cutText, element, type Markup, textElement, textWidth } from "./svg.ts";
import { THEME } from "./theme.ts";

/** A piece of a picture and the room it takes, in pixels. */
export interface Piece {
  readonly markup: Markup;
  readonly width: number;
  readonly height: number;
}

const SIZE = THEME.textSize;
const LINE = 22;
const MOST_LINES = 3;

/** Names with their colours, in lines of at most `width` pixels; past three lines, how many more. */
export function swatchLegend(
  items: readonly { readonly name: string; readonly color: string }[],
  width: number,
): Piece {
  let x = 0;
  let line = 0;
  let used = 0;
  let isFull = false;
  const parts: Markup[] = [];
  items.forEach(({ name, color }, index) => {
    if (isFull) return;
    const text = cutText(name, SIZE, 220);
    const advance = 17 + textWidth(text, SIZE) + 18;
    const more = `+ ${items.length - index} more`;
    const reserve = line === MOST_LINES - 1 && index < items.length - 1 ? textWidth(more, SIZE) : 0;
    if (x > 0 && x + advance + reserve > width) {
      if (line === MOST_LINES - 1) {
        parts.push(label(more, x, line * LINE));
        isFull = true;
        return;
      }
      x = 0;
      line++;
    }
    parts.push(element("circle", { cx: x + 6, cy: line * LINE + 11, r: 5.5, fill: color }));
    parts.push(label(text, x + 17, line * LINE));
    x += advance;
    used = Math.max(used, x);
  });
  return { markup: parts.join(""), width: used, height: (line + 1) * LINE };
}

function label(text: string, x: number, y: number): Markup {
  return textElement(text, { x, y: y + 15.5, "font-size": SIZE, fill: THEME.ink });
}

/** A ramp of colours over numbers. */
export interface RampInput {
  readonly title: string;
  /** From least to most. */
  readonly domain: readonly [number, number];
  /** The colour of a number in the domain. */
  readonly color: (value: number) => string;
  /** Whether numbers stand at their logarithms. */
  readonly scale: "linear" | "log";
  /** Numbers that bound classes, for a ramp of steps; without them it is smooth. */
  readonly thresholds?: readonly number[];
}

/** A ramp with its title above and numbers below, `width` pixels wide. */
export function rampLegend(input: RampInput, width = 240): Piece {
  const { domain: [low, high], scale, thresholds } = input;
  const edges = thresholds === undefined ? undefined : [low, ...thresholds, high];
  const steps = edges === undefined ? 60 : edges.length - 1;
  const position = (value: number) => (value - low) / (high - low || 1);
  const at = (part: number) =>
    scale === "log" ? low * (high / low) ** part : low + part * (high - low);
  const bands = Array.from({ length: steps }, (_, step) => {
    const value = edges === undefined
      ? at((step + 0.5) / steps)
      : (edges[step] + edges[step + 1]) / 2;
    return element("rect", {
      x: step * width / steps,
      y: 20,
      width: width / steps,
      height: 10,
      fill: input.color(value),
      "shape-rendering": "crispEdges",
    });
  });
  const ticks = edges !== undefined
    ? edges.map((value, index) => ({ value, x: index * width / steps }))
    : scale === "log"
    ? [0, 1 / 2, 1].map((part) => ({ value: Number(at(part).toPrecision(2)), x: part * width }))
    : roundTicks(low, high).map((value) => ({ value, x: position(value) * width }));
  const labels: Markup[] = [];
  let free = -Infinity;
  for (const { value, x } of ticks) {
    const text = formatTick(edges === undefined ? value : Number(value.toPrecision(3)));
    const half = textWidth(text, THEME.captionSize) / 2;
    const center = Math.min(Math.max(x, half), width - half);
    if (center - half < free) continue;
    free = center + half + 6;
    labels.push(textElement(text, {
      x: center,
      y: 44,
      "text-anchor": "middle",
      "font-size": THEME.captionSize,
      fill: THEME.muted,
    }));
  }
  const title = textElement(cutText(input.title, 12, width), {
    x: 0,
    y: 12,
    "font-size": 12,
    "font-weight": 600,
    fill: THEME.ink,
  });
  return { markup: [title, ...bands, ...labels].join(""), width, height: 50 };
}

/** Circles of three sizes with the numbers that they stand for. */
export function sizeLegend(
  title: string,
  values: readonly number[],
  radius: (value: number) => number,
): Piece {
  const parts: Markup[] = [
    textElement(title, { x: 0, y: 12, "font-size": 12, "font-weight": 600, fill: THEME.ink }),
  ];
  let x = 0;
  for (const value of values) {
    const r = radius(value);
    const text = formatTick(value);
    parts.push(element("circle", {
      cx: x + r,
      cy: 32,
      r,
      fill: "none",
      stroke: THEME.muted,
      "stroke-width": 1.2,
    }));
    parts.push(textElement(text, {
      x: x + r * 2 + 6,
      y: 36,
      "font-size": THEME.captionSize,
      fill: THEME.muted,
    }));
    x += r * 2 + 6 + textWidth(text, THEME.captionSize) + 14;
  }
  return {
    markup: parts.join(""),
    width: Math.max(x, textWidth(title, 12)),
    height: 50,
  };
}

/** Three to six round numbers from `low` to `high`. */
export function roundTicks(low: number, high: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => span / each <= 5) ??
    10 * power;
  const ticks: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high + step * 1e-9; n++) {
    ticks.push(Number((n * step).toPrecision(12)));
  }
  return ticks;
}

/**
 * What a person says of a chart.
 *
 * @module
 */
import type { Channel } from "./channel.ts";
import type { FrameOptions } from "./frame.ts";

/** What to draw; see {@link Channel} for `x`, `y`, `color` and `size`. */
export interface ChartSpec extends FrameOptions {
  /** `histogram` counts rows in classes of `x` and needs no `y`. */
  readonly kind: "bar" | "line" | "dot" | "histogram";
  readonly x: Channel;
  readonly y?: Channel;
  /** Names give a colour each, numbers a ramp. Bars of one `x` are stacked. */
  readonly color?: Channel;
  /** Area of the dots. */
  readonly size?: Channel;
  /** Height of the drawing without title and legend, in pixels; default by kind. */
  readonly height?: number;
  /** Bars: `horizontal` gives long names room; `auto` (default) looks at the names. */
  readonly orientation?: "auto" | "vertical" | "horizontal";
  /** Histogram: about how many classes; default by Scott's rule. */
  readonly bins?: number;
  /** Scale of the numbers on x; default linear. */
  readonly xScale?: "linear" | "log";
  /** Scale of the numbers on y; default linear. */
  readonly yScale?: "linear" | "log";
}

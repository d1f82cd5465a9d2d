/**
 * Text that comes from data, made safe for a terminal and measured in terminal columns.
 *
 * @module
 */
import stringWidth from "string-width";

export { visible } from "./visible.ts";

/** Stands where text was cut. */
export const CUT = "…";

/** No terminal is this wide; longer text is cut before it is measured, so a huge cell is cheap. */
const MEASURED_LENGTH = 4096;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Columns that `text` takes in a terminal: wide characters and emoji two, combining marks none. */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

/** `text` if it fits in `width` columns, else its beginning and {@link CUT}, never half a glyph. */
export function cutToWidth(text: string, width: number): string {
  const long = text.length > MEASURED_LENGTH;
  const candidate = long ? text.slice(0, MEASURED_LENGTH).toWellFormed() : text;
  if (!long && displayWidth(candidate) <= width) return candidate;
  if (width < 1) return "";
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(candidate)) {
    const segmentWidth = displayWidth(segment);
    if (used + segmentWidth > width - 1) break;
    kept += segment;
    used += segmentWidth;
  }
  return kept + CUT;
}

/** `text` cut to `width` and padded to exactly `width` columns. */
export function fitToWidth(text: string, width: number, align: "left" | "right"): string {
  const cut = cutToWidth(text, width);
  const padding = " ".repeat(Math.max(0, width - displayWidth(cut)));
  return align === "right" ? padding + cut : cut + padding;
}

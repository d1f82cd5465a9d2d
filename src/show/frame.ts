/**
 * What stands around every picture: background, title, subtitle, caption.
 *
 * @module
 */
import { Figure } from "./figure.ts";
import type { Piece } from "./legend.ts";
import { element, escapeMarkup, type Markup, textElement, wrapText } from "./svg.ts";
import { THEME } from "./theme.ts";

/** What a person may say of any picture. */
export interface FrameOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** Below the picture: where the data come from. */
  readonly caption?: string;
  /** Width in pixels; default 960. */
  readonly width?: number;
  /** What the picture shows, for people who cannot see it; default: made from title and axes. */
  readonly description?: string;
}

/** Default width of a picture, in pixels. */
export const DEFAULT_WIDTH = 960;

const TOP = 16;

/** Draws the body of a picture below its head: `width` pixels wide. */
export type DrawBody = (width: number) => Piece;

/** Puts head, legends and caption around a body. */
export function frame(
  options: FrameOptions & { readonly description: string },
  legends: readonly Piece[],
  body: DrawBody,
): Figure {
  const width = options.width ?? DEFAULT_WIDTH;
  const left = THEME.padding;
  const inner = width - 2 * left;
  const parts: Markup[] = [];
  let y: number = TOP;
  const lines = (text: string | undefined, size: number, most: number, style: LineStyle) => {
    if (text === undefined || text.trim() === "") return;
    for (const line of wrapText(text, size * style.stretch, inner, most)) {
      y += size * 1.28;
      parts.push(textElement(line, {
        x: left,
        y: y - size * 0.22,
        "font-size": size,
        "font-weight": style.weight,
        fill: style.fill,
      }));
    }
  };
  lines(options.title, THEME.titleSize, 2, { weight: 600, fill: THEME.ink, stretch: 1.03 });
  if (options.subtitle !== undefined) y += 2;
  lines(options.subtitle, THEME.subtitleSize, 3, { fill: THEME.muted, stretch: 1 });
  if (y > TOP) y += 12;
  if (legends.length > 0) {
    let x = left;
    let height = 0;
    for (const legend of legends) {
      if (x > left && x + legend.width > width - left) {
        x = left;
        y += height + 6;
        height = 0;
      }
      parts.push(element("g", { transform: `translate(${x},${y})` }, legend.markup));
      x += legend.width + 36;
      height = Math.max(height, legend.height);
    }
    y += height + 8;
  }
  const drawn = body(width);
  parts.push(element("g", { transform: `translate(0,${Math.round(y)})` }, drawn.markup));
  y = Math.round(y) + drawn.height;
  if (options.caption !== undefined) y += 8;
  lines(options.caption, THEME.captionSize, 2, { fill: THEME.muted, stretch: 1 });
  const height = Math.ceil(y + THEME.padding * 0.75);
  const { description } = options;
  const svg = element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      color: THEME.ink,
      "font-family": THEME.fontFamily,
      "font-size": THEME.textSize,
    },
    `<title>${escapeMarkup(description)}</title>`,
    element("rect", { width: "100%", height: "100%", fill: THEME.background }),
    ...parts,
  );
  return new Figure({ svg, width, height, description });
}

interface LineStyle {
  readonly weight?: number;
  readonly fill: string;
  /** How much wider than the regular face the letters are. */
  readonly stretch: number;
}

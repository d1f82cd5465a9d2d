/**
 * A finished picture.
 *
 * @module
 */
import { Resvg } from "@resvg/resvg-js";
import { FONT_FAMILY, fontFiles, isCovered } from "./font.ts";
import { JUPYTER_DISPLAY, type MimeBundle } from "./mime.ts";
import { escapeMarkup } from "./svg.ts";

/** What a {@link Figure} is made of. */
export interface FigureInit {
  /** A whole SVG document. */
  readonly svg: string;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** What it shows, for people who cannot see it. */
  readonly description: string;
}

/** A chart or a map: SVG, PNG, and what a notebook shows. */
export class Figure {
  readonly svg: string;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** What it shows, for people who cannot see it. */
  readonly description: string;

  constructor(init: FigureInit) {
    this.svg = init.svg;
    this.width = init.width;
    this.height = init.height;
    this.description = init.description;
  }

  /**
   * The picture as PNG.
   *
   * @param scale pixels of the image for each pixel of the figure; default 2, sharp on any screen
   */
  png(scale = 2): Uint8Array<ArrayBuffer> {
    const resvg = new Resvg(this.svg, {
      fitTo: { mode: "zoom", value: scale },
      font: {
        fontFiles: fontFiles(),
        loadSystemFonts: !isCovered(this.svg),
        defaultFontFamily: FONT_FAMILY,
        sansSerifFamily: FONT_FAMILY,
      },
    });
    return new Uint8Array(resvg.render().asPng());
  }

  /** The picture as HTML, to stand in a page. */
  html(): string {
    return `<figure style="margin:0;max-width:${this.width}px" role="img" aria-label="${
      escapeMarkup(this.description)
    }">${this.svg}</figure>`;
  }

  /** What a notebook shows. */
  [JUPYTER_DISPLAY](): MimeBundle {
    return {
      "image/svg+xml": this.svg,
      "image/png": this.png().toBase64(),
      "text/html": this.html(),
      "text/plain": this.description,
    };
  }

  toString(): string {
    return this.description;
  }
}

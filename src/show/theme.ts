/**
 * The look of charts and maps.
 *
 * @module
 */

/** Colours and sizes, in CSS colours and pixels. */
export const THEME = {
  background: "#ffffff",
  ink: "#16202e",
  muted: "#5d6b7c",
  grid: "#e6eaf0",
  axis: "#b8c2cf",
  water: "#edf3f8",
  land: "#dfe3e6",
  landEdge: "#ffffff",
  graticule: "#dce5ee",
  /** Where there is only one series. */
  primary: "#2c6fa6",
  /** Where a value is missing. */
  missing: "#e3e6ea",
  /** Ten categories that stay apart for colour-blind readers: the Observable 10 palette. */
  categories: [
    "#4269d0",
    "#efb118",
    "#ff725c",
    "#6cc5b0",
    "#3ca951",
    "#ff8ab7",
    "#a463f2",
    "#97bbf5",
    "#9c6b4e",
    "#9498a0",
  ],
  fontFamily: "Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
  titleSize: 20,
  subtitleSize: 14,
  textSize: 13,
  captionSize: 11.5,
  padding: 24,
} as const;

/**
 * Terminal colours, or none.
 *
 * @module
 */

/** Wraps text in the styles that Dipper uses; each gives the text back as it is without colour. */
export interface Paint {
  dim(text: string): string;
  bold(text: string): string;
}

/** A {@link Paint} that writes ANSI sequences, or, for `"none"`, nothing but the text. */
export function paint(colour: "ansi" | "none"): Paint {
  const style = (on: number, off: number) => (text: string) =>
    colour === "none" || text === "" ? text : `\x1b[${on}m${text}\x1b[${off}m`;
  return { dim: style(2, 22), bold: style(1, 22) };
}

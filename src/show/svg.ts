/**
 * SVG as text: elements, escaping, and how wide text will be.
 *
 * @module
 */
import { CUT, displayWidth, visible } from "./text.ts";

/** Finished SVG or HTML markup; only {@link escapeMarkup} turns data into it. */
export type Markup = string;

/** `text` with nothing left that markup or XML would read as its own. */
export function escapeMarkup(text: string): Markup {
  return visible(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Attributes by name; undefined ones are left out, numbers are rounded to hundredths. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element with `children` that are markup already. */
export function element(name: string, attributes: Attributes, ...children: Markup[]): Markup {
  const written = Object.entries(attributes).map(([key, value]) => {
    if (value === undefined) return "";
    const text = typeof value === "number" ? String(Math.round(value * 100) / 100) : value;
    return ` ${key}="${escapeMarkup(text)}"`;
  }).join("");
  return children.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${children.join("")}</${name}>`;
}

/** A text element whose content comes from data. */
export function textElement(content: string, attributes: Attributes): Markup {
  return element("text", attributes, escapeMarkup(content));
}

/**
 * About how wide `text` is in Inter, in pixels at `size` pixels: good to some percent, on the wide
 * side.
 */
export function textWidth(text: string, size: number): number {
  let ems = 0;
  for (const character of visible(text)) {
    if (/[iljI.,:;|!'()[\]ft /\\-]/.test(character)) ems += 0.34;
    else if (/[mwMW@%…]/.test(character)) ems += 0.9;
    else if (/[A-Z]/.test(character)) ems += 0.7;
    else if (/[\u0020-\u04ff]/.test(character)) ems += 0.6;
    else ems += displayWidth(character) * 0.55;
  }
  return ems * size;
}

/** `text` cut to about `width` pixels. */
export function cutText(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  const characters = [...text];
  while (characters.length > 0 && textWidth(characters.join("") + CUT, size) > width) {
    characters.pop();
  }
  return characters.join("").trimEnd() + CUT;
}

/** `text` in at most `lines` lines of about `width` pixels, the last one cut. */
export function wrapText(text: string, size: number, width: number, lines: number): string[] {
  const wrapped: string[] = [];
  let line = "";
  for (const word of text.trim().split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer, size) > width && wrapped.length < lines - 1) {
      wrapped.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  wrapped.push(line);
  return wrapped.map((each) => cutText(each, size, width));
}

/**
 * Writes a figure to a local file; all else in `show/` leaves the disk alone.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import type { Figure } from "./figure.ts";
import { escapeMarkup } from "./svg.ts";

/**
 * Writes `figure` to `path`, as the name says: `.svg`, `.png` or `.html`. An existing file is
 * replaced.
 *
 * @throws {UsageError} for another extension
 */
export async function saveFigure(figure: Figure, path: string): Promise<void> {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1].toLowerCase();
  switch (extension) {
    case "svg":
      return await Deno.writeTextFile(path, figure.svg);
    case "png":
      return await Deno.writeFile(path, figure.png());
    case "html":
      return await Deno.writeTextFile(path, page(figure));
    default:
      throw new UsageError(`A figure cannot be written as ${path}`, {
        hint: "End the name with .svg, .png or .html.",
      });
  }
}

function page(figure: Figure): string {
  return `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n` +
    `<meta name="viewport" content="width=device-width">\n<title>${
      escapeMarkup(figure.description)
    }</title>\n${figure.html()}\n</html>\n`;
}

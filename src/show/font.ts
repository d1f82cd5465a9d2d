/**
 * The font that text in pictures is drawn with: Inter, from a registry package, so that a picture
 * looks the same on a machine without fonts.
 *
 * @module
 */
import inter from "@expo-google-fonts/inter/package.json" with { type: "json" };
import { fileURLToPath } from "node:url";
import { InternalError } from "../errors.ts";

/** Name of the font's family. */
export const FONT_FAMILY = "Inter";

const FACES = ["400Regular/Inter_400Regular.ttf", "600SemiBold/Inter_600SemiBold.ttf"];

/**
 * Paths of the font's files, regular and semi-bold.
 *
 * @throws {InternalError} when the package is not where Deno keeps packages
 */
export function fontFiles(): string[] {
  return FACES.map((face) => {
    const url = import.meta.resolve(`@expo-google-fonts/inter/${face}`);
    if (!url.startsWith("file:")) {
      throw new InternalError(
        `The font package ${inter.name} ${inter.version} has no local files`,
        {
          hint: "Pictures as SVG need no font; for PNG run Dipper from a checkout.",
        },
      );
    }
    return fileURLToPath(url);
  });
}

/** Whether Inter has glyphs for all of `text`: Latin, Greek, Cyrillic and common signs. */
export function isCovered(text: string): boolean {
  // deno-lint-ignore no-control-regex -- a whole block of Unicode
  return /^[\u0000-\u058f\u1e00-\u1fff\u2000-\u27bf]*$/u.test(text);
}

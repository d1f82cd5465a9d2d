/**
 * Messages of several lines, made harmless for a terminal.
 *
 * @module
 */
import { visible } from "../show/visible.ts";

/** `text` with control characters spelled out, but line feeds and tabs as they are. */
export function visibleLines(text: string): string {
  return text.replace(/[^\n\t]+/g, visible);
}

/**
 * Colour, where it is wanted.
 *
 * @module
 */

/** Dresses text for a terminal, or leaves it as it is. */
export class Style {
  constructor(readonly enabled: boolean) {}

  bold(text: string): string {
    return this.#sgr(text, 1, 22);
  }
  dim(text: string): string {
    return this.#sgr(text, 2, 22);
  }
  red(text: string): string {
    return this.#sgr(text, 31, 39);
  }
  green(text: string): string {
    return this.#sgr(text, 32, 39);
  }
  yellow(text: string): string {
    return this.#sgr(text, 33, 39);
  }
  cyan(text: string): string {
    return this.#sgr(text, 36, 39);
  }

  #sgr(text: string, on: number, off: number): string {
    return this.enabled ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  }
}

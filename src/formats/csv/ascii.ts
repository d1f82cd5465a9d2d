/**
 * Characters that the values of CSV fields are made of, as bytes.
 *
 * @module
 */
export const ZERO = 48;
export const NINE = 57;
export const MINUS = 45;
export const DOT = 46;
export const COLON = 58;
export const SPACE = 32;

export function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= 9 && byte <= 13);
}

export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

export function ascii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]);
  return text;
}

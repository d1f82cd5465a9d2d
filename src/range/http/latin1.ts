/**
 * Text of one byte a character, as heads of HTTP/1 are.
 *
 * @module
 */

/** What the platform calls latin1 is windows-1252: it differs from 0x80 to 0x9f, where UTF-8 has bytes. */
const decoder = new TextDecoder("latin1");
const OTHER_THAN_ASCII = /[\u0080-\uffff]/;

/** The text of `bytes`, each the character of its number. */
export function latin1Text(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  if (!OTHER_THAN_ASCII.test(text)) return text;
  let exact = "";
  for (const byte of bytes) exact += String.fromCharCode(byte);
  return exact;
}

/** The bytes of `text`, whose characters are none above 0xff. */
export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * Text that comes from data, made safe for a terminal.
 *
 * @module
 */

const UNSAFE =
  // deno-lint-ignore no-control-regex -- control characters are what it is for
  /[\u0000-\u001f\u007f-\u009f\u200b\u2028\u2029\u2060-\u2064\ufeff\ufff9-\ufffb\p{Bidi_Control}]|\p{Surrogate}/gu;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * `text` with everything that would move the cursor, colour the screen, reorder or hide characters
 * written as an escape: `\n`, `\x1b`, `\u{202e}`. Letters, marks and emoji stay as they are.
 */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return NAMED[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`);
  });
}

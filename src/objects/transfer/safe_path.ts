/**
 * From keys to paths and back: the one place where the name of an object becomes that of a file.
 *
 * What a file cannot be named after is written as `%{HEX}`, the code point of a character; `%{}` is a
 * name of no characters (`a//b`), and `%{+}` at the end of a folder's name says that the name goes on in
 * the next (names have 255 bytes at most, keys 1,024). No path has a `.` or `..` of its own, none is
 * absolute, and different keys have different paths.
 *
 * @module
 */

/** Whose rules names follow. */
export type NameRules = "posix" | "windows";

/** Bytes of a file's name before it is cut; the systems' bound is 255. */
const LONGEST_NAME = 240;

const CONTINUED = "%{+}";
const NOTHING = "%{}";
const TOKEN = /%\{([0-9A-F]{1,6})?\}/g;
/** What Unicode may make one character of with the one before: marks, and vowels of Hangul. */
const COMPOSING = /[\p{M}\u1160-\u11ff]/u;
/** A token or a character: what is never cut. */
const PIECE = /%\{[0-9A-F+]*\}|[^]/gu;
/** Device names of Windows, whatever follows a dot. */
const DEVICES = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=\.|$)/i;

const UNSAFE: Readonly<Record<NameRules, RegExp>> = {
  // deno-lint-ignore no-control-regex -- control characters are what it looks for
  posix: /[\u0000-\u001f\u007f-\u009f\\\ud800-\udfff]/gu,
  // deno-lint-ignore no-control-regex -- control characters are what it looks for
  windows: /[\u0000-\u001f\u007f-\u009f\\<>:"|?*\ud800-\udfff]/gu,
};

/**
 * The path of `key`, relative, with slashes. {@link pathToKey} undoes it.
 *
 * @param rules those of the system by default
 */
export function keyToPath(key: string, rules: NameRules = systemRules()): string {
  return key.split("/").flatMap((segment) => fitting(safeName(segment, rules))).join("/");
}

/** The key of a relative path with slashes; names that {@link keyToPath} did not make stay as they are. */
export function pathToKey(path: string): string {
  return path.split("/").map((name) => ({ name, goesOn: name.endsWith(CONTINUED) }))
    .map(({ name, goesOn }, index, all) =>
      goesOn && index < all.length - 1 ? name.slice(0, -CONTINUED.length) : `${name}/`
    )
    .join("").slice(0, -1)
    .replace(
      TOKEN,
      (token, code: string | undefined) => code === undefined ? "" : unescape(token, code),
    );
}

/**
 * The path of `key` for a file system to which capitals and forms of Unicode are the same: what it would
 * fold is escaped, so that no other key's path is taken for it.
 */
export function foldedKeyToPath(key: string, rules: NameRules = systemRules()): string {
  return key.split("/").flatMap((segment) => fitting(safeName(segment, rules, "fold"))).join("/");
}

/** What a file system that folds takes two names for one by. */
export function foldOf(path: string): string {
  return path.normalize("NFD").toLowerCase().normalize("NFC");
}

/** The rules of the system that this runs on. */
export function systemRules(): NameRules {
  return Deno.build.os === "windows" ? "windows" : "posix";
}

function safeName(segment: string, rules: NameRules, letters: "keep" | "fold" = "keep"): string {
  if (segment === "") return NOTHING;
  let name = segment.replace(/%(?=\{(?:[0-9A-F]{1,6}|\+)?\})/g, escape)
    .replace(UNSAFE[rules], escape);
  if (letters === "fold") {
    name = name.replace(PIECE, (piece) => {
      const isPlain = piece.startsWith("%{") || foldOf(piece) === piece && !COMPOSING.test(piece);
      return isPlain ? piece : escape(piece);
    });
  }
  // Names of unfinished downloads are not those of objects.
  if (/^\.\.?$|^\.dipper-[0-9a-f]{16}\.part$/.test(name)) name = escape(".") + name.slice(1);
  if (rules === "posix") return name;
  return name.replace(DEVICES, (device) => escape(device[0]) + device.slice(1))
    .replace(/[. ]$/, escape);
}

function escape(char: string): string {
  return `%{${char.codePointAt(0)!.toString(16).toUpperCase()}}`;
}

function unescape(token: string, code: string): string {
  const point = parseInt(code, 16);
  return point <= 0x10ffff ? String.fromCodePoint(point) : token;
}

/** Names that the file system can hold, one inside the other. */
function fitting(name: string): string[] {
  if (name.length <= LONGEST_NAME / 4 || bytesOf(name) <= LONGEST_NAME) return [name];
  const names: string[] = [];
  let current = "";
  let bytes = 0;
  for (const [piece] of name.matchAll(PIECE)) {
    const size = bytesOf(piece);
    if (bytes + size > LONGEST_NAME) {
      names.push(current + CONTINUED);
      current = "";
      bytes = 0;
    }
    current += piece;
    bytes += size;
  }
  return [...names, current];
}

const encoder = new TextEncoder();

function bytesOf(text: string): number {
  return encoder.encode(text).byteLength;
}

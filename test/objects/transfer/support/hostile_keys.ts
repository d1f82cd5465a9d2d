/**
 * Keys that file systems, shells or people stumble over: two hundred of them, all different.
 *
 * @module
 */

const MARKS = Array.from({ length: 32 }, (_, code) => `control-${String.fromCharCode(code)}-x`);

const DEVICES = ["con", "CON", "prn", "aux", "nul", "NUL.txt", "com1", "LPT9.csv", "CONIN$"];

const CLIMBING = [
  "../../x",
  "..",
  ".",
  "../",
  "a/../b",
  "a/./b",
  "./a",
  "a/..",
  "a/.",
  "...",
  "..a",
  ".../b",
  "../../../../../../etc/passwd",
  "..\\..\\x",
  "a/..\\b",
];

const SLASHES = ["/etc/x", "/", "//", "a//b", "a///b", "a/", "a//", "//a", "/a/b/", " /x", "a/ /b"];

const WINDOWS = [
  "C:\\x",
  "C:/x",
  "c:x",
  "\\\\server\\share",
  "\\",
  "a\\b",
  "x.",
  "x..",
  "x ",
  "x. ",
  "dir./x",
  "dir /x",
  "a:b",
  "a*b",
  "a?b",
  'a"b',
  "a<b",
  "a>b",
  "a|b",
  "file::$DATA",
];

const TOKENS = [
  "%{2E}",
  "%{}",
  "%{+}",
  "a%{+}/b",
  "%{25}{2E}",
  "%",
  "%%",
  "%{",
  "%{ZZ}",
  "%2e%2e/x",
  "%2F",
  "%25",
  "%{1F600}",
  "%{+}x",
  "a%{}/b",
  ".dipper-0123456789abcdef.part",
  "a/.dipper-0123456789abcdef.part",
];

const UNICODE = [
  "\u00e9",
  "e\u0301",
  "\u212b",
  "\u00c5",
  "A\u030a",
  "\uac00",
  "\u1100\u1161",
  "ß",
  "ẞ",
  "ı",
  "İ",
  "\u202eexe.txt",
  "\u200b",
  "\ufeffx",
  "\u0085",
  "\u009b31m",
  "🙂",
  "👩‍👩‍👧",
  "日本語/データ.csv",
  "\u2028",
  "\uffff",
  "𝒳",
];

const CASES = ["readme", "README", "Readme", "a/B", "A/b", "A/B", "a/b"];

const SHELL = [
  "$(rm -rf ~)",
  "`id`",
  "; rm -rf /",
  "a b",
  " a",
  "a\nb",
  "a\r\nb",
  "\ta",
  "'x'",
  "-rf",
  "--help",
  "~",
  "~/x",
  "!x",
  "&& x",
  "a'b\"c",
  "\x1b[31mred",
  "\x07",
  "\x7f",
  "*",
  "**",
  "[a]",
  "{a,b}",
];

const LONG = [
  "x".repeat(1024),
  `${"y".repeat(255)}/z`,
  "z".repeat(241),
  "z".repeat(240),
  "é".repeat(512),
  "🙂".repeat(256),
  `${"a/".repeat(511)}b`,
  `${"%{2E}".repeat(204)}`,
  "\n".repeat(600),
  ".".repeat(1024),
  `${"w".repeat(238)}%{2E}tail`,
];

const PLAIN = [
  "part=0/data.parquet",
  "part%3D0/data.parquet",
  "2026-01-01T12:00:00Z.csv",
  "a+b&c=d",
  "x@y",
  "ünïcode ok.csv",
  "a.b.c",
  ".hidden",
  "#x",
  "a,b;c",
  "(x)",
  "^x",
  "x~",
  "a=b/c=d/e",
];

const NUMBERED = Array.from({ length: 30 }, (_, index) => {
  const code = [0x2f, 0x5c, 0x2e, 0x25, 0x7b, 0x7d, 0x80, 0x9f, 0xa0, 0xad][index % 10];
  const char = String.fromCodePoint(code);
  return [`${index}${char}`, `${char}${index}`, `${index}${char}${char}x`][index % 3];
});

/** The corpus. */
export const HOSTILE_KEYS: readonly string[] = [
  ...new Set([
    ...MARKS,
    ...DEVICES,
    ...CLIMBING,
    ...SLASHES,
    ...WINDOWS,
    ...TOKENS,
    ...UNICODE,
    ...CASES,
    ...SHELL,
    ...LONG,
    ...PLAIN,
    ...NUMBERED,
  ]),
];

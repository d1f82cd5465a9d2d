/**
 * Edits one section of an AWS file as text, leaving every other byte as it is.
 *
 * Works on any string whose lines end with `\n` or `\r\n`; what lies outside the lines that are
 * written is copied, never parsed and printed again.
 *
 * The format: sections `[name]`, entries `key = value`, and one level of nesting, `s3 =` followed by
 * indented entries (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
 *
 * @module
 */

/** Name of an entry: the key, or the outer and the inner key of a nested one. */
export type EntryName = readonly [key: string] | readonly [outer: string, inner: string];

/** An entry to set, or with `undefined` to remove. */
export interface Edit {
  readonly name: EntryName;
  readonly value: string | undefined;
}

const HEADER = /^\s*\[([^\]]+)\]/;
const BYTE_ORDER_MARK = /^(?:\uFEFF|\u00EF\u00BB\u00BF)/;
const NESTED_INDENT = "    ";

interface Line {
  /** Without its end. */
  text: string;
  /** `\n`, `\r\n`, or nothing for a last line that is not ended. */
  end: string;
}

interface Entry {
  readonly line: number;
  readonly outer: string | undefined;
  readonly key: string;
  readonly value: string;
  readonly indent: string;
}

/** Names of the sections, in order, quotes and spaces made regular: `profile lab`. */
export function sectionNames(text: string): string[] {
  return splitLines(text).flatMap((line) => headerOf(line.text) ?? []);
}

/**
 * Sets and removes entries of `section`, which is appended when it is missing and something is to
 * be set.
 */
export function editSection(text: string, section: string, edits: readonly Edit[]): string {
  const lines = splitLines(text);
  const values = edits.filter(({ value }) => value !== undefined);
  if (extents(lines, section).length === 0) {
    if (values.length === 0) return text;
    return text + separator(lines) + newSection(section, values, endOfLines(lines, 0));
  }
  for (const edit of edits) apply(lines, section, edit);
  return join(lines);
}

/** Removes every section called `section`, up to its last entry; comments after that stay. */
export function removeSection(text: string, section: string): string {
  const lines = splitLines(text);
  for (const [start, end] of extents(lines, section).reverse()) {
    let stop = lastEntryLine(lines, start, end) + 1;
    while (stop < end && lines[stop].text.trim() === "") stop++;
    const mark = BYTE_ORDER_MARK.exec(lines[start].text)?.[0] ?? "";
    lines.splice(start, stop - start);
    if (mark !== "") lines.unshift({ text: mark + (lines.shift()?.text ?? ""), end: "\n" });
  }
  return join(lines);
}

function apply(lines: Line[], section: string, { name, value }: Edit): void {
  const [first, second] = name;
  const outer = second === undefined ? undefined : first;
  const key = second ?? first;
  const matches = extents(lines, section).flatMap(([start, end]) =>
    entriesOf(lines, start, end).filter((entry) =>
      same(entry.key, key) && same(entry.outer, outer) && entry.value !== ""
    )
  );
  const kept = value === undefined ? undefined : matches.shift();
  if (kept !== undefined) {
    lines[kept.line] = { ...lines[kept.line], text: `${kept.indent}${key} = ${value}` };
  }
  for (const { line } of matches.reverse()) lines.splice(line, 1);
  if (value === undefined) return dropEmptyOuter(lines, section, outer);
  if (kept === undefined) insert(lines, section, outer, key, value);
}

function insert(
  lines: Line[],
  section: string,
  outer: string | undefined,
  key: string,
  value: string,
): void {
  const [start, end] = extents(lines, section)[0];
  const ended = endOfLines(lines, start);
  const entries = entriesOf(lines, start, end);
  const head = entries.find((entry) =>
    outer !== undefined && entry.outer === undefined && same(entry.key, outer) && entry.value === ""
  );
  if (head !== undefined) {
    const siblings = entries.filter((entry) => same(entry.outer, outer));
    const last = siblings.at(-1) ?? head;
    const indent = siblings.at(-1)?.indent ?? head.indent + NESTED_INDENT;
    return insertAfter(lines, last.line, [`${indent}${key} = ${value}`], ended);
  }
  const added = outer === undefined
    ? [`${key} = ${value}`]
    : [`${outer} =`, `${NESTED_INDENT}${key} = ${value}`];
  insertAfter(lines, lastEntryLine(lines, start, end), added, ended);
}

function insertAfter(lines: Line[], at: number, texts: readonly string[], end: string): void {
  const unended = lines[at].end === "";
  if (unended) lines[at] = { ...lines[at], end };
  lines.splice(at + 1, 0, ...texts.map((text) => ({ text, end })));
}

/** `s3 =` with nothing under it is an entry with an empty value to some readers: drop it. */
function dropEmptyOuter(lines: Line[], section: string, outer: string | undefined): void {
  if (outer === undefined) return;
  for (const [start, end] of extents(lines, section).reverse()) {
    const entries = entriesOf(lines, start, end);
    if (entries.some((entry) => same(entry.outer, outer))) continue;
    for (const entry of entries.reverse()) {
      if (entry.outer === undefined && same(entry.key, outer) && entry.value === "") {
        lines.splice(entry.line, 1);
      }
    }
  }
}

/** First line (the header) and the line after the last, of each section of that name. */
function extents(lines: readonly Line[], section: string): [start: number, end: number][] {
  const found: [number, number][] = [];
  let start: number | undefined;
  lines.forEach((line, index) => {
    const header = headerOf(line.text);
    if (header === undefined) return;
    if (start !== undefined) found.push([start, index]);
    start = header === section ? index : undefined;
  });
  if (start !== undefined) found.push([start, lines.length]);
  return found;
}

/**
 * Entries as the SDK's parser has them (parseIni of @smithy/core): what is indented after an empty
 * value is nested, until a line that is not. Python reads `key: value` too, so such a line counts as
 * an entry that can be replaced.
 */
function entriesOf(lines: readonly Line[], start: number, end: number): Entry[] {
  const entries: Entry[] = [];
  let outer: string | undefined;
  for (let line = start + 1; line < end; line++) {
    const { text } = lines[line];
    const content = text.split(/(?:^|\s)[;#]/)[0].trim();
    const indent = /^\s*/.exec(text)![0];
    const equals = content.indexOf("=");
    const colon = equals === -1 ? content.indexOf(":") : -1;
    const at = Math.max(equals, colon);
    if (at < 1) continue;
    const [key, value] = [content.slice(0, at).trim(), content.slice(at + 1).trim()];
    if (colon >= 1) {
      entries.push({ line, outer: indent === "" ? undefined : outer, key, value, indent });
      continue;
    }
    if (value === "") {
      entries.push({ line, outer: undefined, key, value, indent });
      outer = key;
      continue;
    }
    if (indent === "") outer = undefined;
    entries.push({ line, outer, key, value, indent });
  }
  return entries;
}

function lastEntryLine(lines: readonly Line[], start: number, end: number): number {
  return entriesOf(lines, start, end).at(-1)?.line ?? start;
}

function headerOf(text: string): string | undefined {
  const name = HEADER.exec(text.replace(BYTE_ORDER_MARK, ""))?.[1].trim();
  const quoted = name === undefined ? null : /^([\w-]+)\s+(["']?)(.*)\2$/.exec(name);
  return quoted === null ? name : `${quoted[1]} ${quoted[3]}`;
}

function newSection(section: string, edits: readonly Edit[], end: string): string {
  const lines: Line[] = [{ text: `[${section}]`, end }];
  for (const edit of edits) apply(lines, section, edit);
  return join(lines);
}

/** What stands between the text so far and a new section: the end of the last line, a blank one. */
function separator(lines: readonly Line[]): string {
  const last = lines.at(-1);
  if (last === undefined) return "";
  const end = endOfLines(lines, 0);
  return (last.end === "" ? end : "") + (last.text.trim() === "" ? "" : end);
}

function endOfLines(lines: readonly Line[], at: number): string {
  return lines[at]?.end || lines.find(({ end }) => end !== "")?.end || "\n";
}

function same(a: string | undefined, b: string | undefined): boolean {
  return a?.toLowerCase() === b?.toLowerCase();
}

function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  for (const [whole, content, end] of text.matchAll(/([^\n]*?)(\r?\n|$)/g)) {
    if (whole !== "") lines.push({ text: content, end });
  }
  return lines;
}

function join(lines: readonly Line[]): string {
  return lines.map(({ text, end }) => text + end).join("");
}

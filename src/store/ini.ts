/**
 * The AWS files' dialect of INI: sections, properties, one level of nesting under an empty property,
 * comments; read with line numbers so that mistakes can be shown.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 * @module
 */
import { ConfigurationError } from "../errors.ts";

/** A property's value and the line, from 1, that it is on. */
export interface IniValue {
  readonly value: string;
  readonly line: number;
}

/** A section: nested properties are named `outer.inner`. */
export interface IniSection {
  readonly name: string;
  readonly line: number;
  readonly values: ReadonlyMap<string, IniValue>;
}

/**
 * Parses `text`; a section written twice is one, its later values winning.
 *
 * @param file shown in errors
 * @throws {ConfigurationError} naming file and line
 */
export function parseIni(text: string, file: string): ReadonlyMap<string, IniSection> {
  const sections = new Map<string, IniSection & { values: Map<string, IniValue> }>();
  let values: Map<string, IniValue> | undefined;
  let last: string | undefined;
  let outer: string | undefined;
  for (const [index, raw] of text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/).entries()) {
    const line = index + 1;
    const content = withoutComment(raw);
    if (content === "") continue;
    const indented = /^\s/.test(raw);
    if (content.startsWith("[") && !indented) {
      const name = sectionName(content, file, line);
      const section = sections.get(name) ?? { name, line, values: new Map() };
      sections.set(name, section);
      values = section.values;
      last = outer = undefined;
      continue;
    }
    if (values === undefined) {
      throw broken(file, line, "stands before the first [section]");
    }
    const equals = content.indexOf("=");
    if (equals < 1) {
      if (!indented || last === undefined || equals === 0) {
        throw broken(file, line, "has no “name = value”");
      }
      const before = values.get(last)!;
      values.set(last, { value: `${before.value}\n${content}`, line: before.line });
      continue;
    }
    const name = content.slice(0, equals).trim().toLowerCase();
    const value = content.slice(equals + 1).trim();
    if (!indented) outer = value === "" ? name : undefined;
    last = indented && outer !== undefined ? `${outer}.${name}` : name;
    values.set(last, { value, line });
  }
  return sections;
}

/** A comment starts a line, or follows white space in one. */
function withoutComment(line: string): string {
  return line.split(/(?:^|\s)[;#]/, 1)[0].trim();
}

function sectionName(content: string, file: string, line: number): string {
  const end = content.indexOf("]");
  if (end < 0) throw broken(file, line, "opens a section and does not close it with ]");
  return content.slice(1, end).trim();
}

function broken(file: string, line: number, what: string): ConfigurationError {
  return new ConfigurationError(`${file}, line ${line}: the line ${what}`, {
    uri: file,
    position: { line, column: 1 },
    hint: "Correct that line; `dipper configure` writes profiles in the right form.",
  });
}

/**
 * Settings of buckets as people have them in files: XML as the protocol writes it, JSON as the AWS
 * command line and boto3 take it, or the bare list that the AWS console shows.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";

/** A value of a document: what JSON can hold. */
export type DocumentValue =
  | string
  | number
  | boolean
  | null
  | readonly DocumentValue[]
  | { readonly [name: string]: DocumentValue };

/** How a document of one kind is read. */
export interface DocumentForm {
  /** What it is called in messages: `lifecycle rules`. */
  readonly what: string;
  /** Name of the list of rules in the form of the API: `Rules`, `CORSRules`. */
  readonly list: string;
  /** Elements of XML that may stand several times, and the name of their list: `Rule` → `Rules`. */
  readonly plurals: Readonly<Record<string, string>>;
  /** Elements whose text is a number. */
  readonly numbers: readonly string[];
  /** Elements whose text is true or false. */
  readonly booleans?: readonly string[];
}

/**
 * The rules in a text, in the form of the API.
 *
 * @throws {UsageError} when it cannot be understood
 */
export function readRules(text: string, form: DocumentForm): readonly DocumentValue[] {
  const trimmed = text.replace(/^\ufeff/, "").trim();
  const document = trimmed.startsWith("<") ? readXml(trimmed, form) : readJson(trimmed, form);
  if (Array.isArray(document)) return document;
  for (let value: DocumentValue = document; isRecord(value);) {
    const found: DocumentValue = value[form.list];
    if (Array.isArray(found)) return found;
    const inner = Object.values(value);
    if (inner.length !== 1) break;
    value = inner[0];
  }
  throw new UsageError(`the text holds no ${form.what}`, {
    hint:
      `Write XML of the protocol, {"${form.list}": […]} as the AWS tools do, or the list alone.`,
  });
}

function isRecord(
  value: DocumentValue | undefined,
): value is { readonly [name: string]: DocumentValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readJson(text: string, { what }: DocumentForm): DocumentValue {
  try {
    return JSON.parse(text) as DocumentValue;
  } catch (error) {
    throw new UsageError(`the ${what} are neither XML nor JSON`, {
      cause: error,
      hint: error instanceof Error ? error.message : undefined,
    });
  }
}

interface Element {
  readonly name: string;
  readonly children: Element[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** Elements and text; attributes, comments, processing instructions are passed over. */
function readXml(text: string, form: DocumentForm): DocumentValue {
  const top: Element = { name: "", children: [], text: "" };
  const open = [top];
  const token =
    /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[([^]*?)\]\]>|<(\/?)(?:[\w.-]+:)?([\w.-]+)[^<>]*?(\/?)>|([^<]+)|(<)/g;
  for (const [whole, cdata, slash, name, empty, chars, stray] of text.matchAll(token)) {
    const current = open[open.length - 1];
    if (stray !== undefined) throw notWellFormed(form, whole);
    if (chars !== undefined || cdata !== undefined) {
      current.text += cdata ?? unescape(chars);
    } else if (name === undefined) continue;
    else if (slash === "/") {
      if (open.length === 1 || current.name !== name) throw notWellFormed(form, whole);
      open.pop();
    } else {
      const element: Element = { name, children: [], text: "" };
      current.children.push(element);
      if (empty !== "/") open.push(element);
    }
  }
  if (open.length > 1) throw notWellFormed(form, `<${open[open.length - 1].name}>`);
  return valueOf(top, form);
}

function valueOf({ name, children, text }: Element, form: DocumentForm): DocumentValue {
  if (children.length === 0) {
    const plain = text.trim();
    if (form.numbers.includes(name)) return Number(plain);
    if (form.booleans?.includes(name)) return plain.toLowerCase() === "true";
    return plain;
  }
  const record: Record<string, DocumentValue> = {};
  for (const child of children) {
    const value = valueOf(child, form);
    const plural = form.plurals[child.name];
    if (plural === undefined) record[child.name] = value;
    else {
      const before = record[plural];
      record[plural] = [...(Array.isArray(before) ? before : []), value];
    }
  }
  return record;
}

function unescape(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name] ?? whole;
    const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function notWellFormed({ what }: DocumentForm, at: string): UsageError {
  return new UsageError(`the XML of the ${what} is not well formed, at ${at.slice(0, 80)}`);
}

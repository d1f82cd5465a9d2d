/**
 * Splits SQL text into tokens and statements as DuckDB's own lexer does (PostgreSQL's rules:
 * nested comments, doubled quotes, `E''` escapes, dollar quotes), without any request or binding.
 *
 * @module
 */

/** What a piece of SQL text is. */
export type TokenKind = "word" | "string" | "identifier" | "number" | "parameter" | "symbol";

/** A piece of SQL text; white space and comments are not tokens. */
export interface Token {
  readonly kind: TokenKind;
  /** What it means: a string without its quotes, a word as it is written. */
  readonly value: string;
  /** Offset of its first character in the SQL text. */
  readonly start: number;
  /** Offset past its last character. */
  readonly end: number;
}

/** One statement of an SQL text. */
export interface Statement {
  /** Its text, without the semicolon. */
  readonly text: string;
  /** Offset of `text` in the whole SQL text. */
  readonly start: number;
  readonly tokens: readonly Token[];
}

/** What DuckDB takes for white space, and what may stand in a name. */
const SPACE = String.raw`\t\n\f\r \u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff`;
const LETTER = String.raw`[[A-Za-z_\u0080-\uffff]--[${SPACE}]]`;
const NAME = String.raw`${LETTER}(?:${LETTER}|\d)*`;

const PATTERNS: readonly (readonly [TokenKind | "skip", RegExp])[] = [
  ["skip", new RegExp(String.raw`[${SPACE}]+|--[^\n\r]*`, "vy")],
  ["string", /[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'?/y],
  ["string", /'[^']*(?:''[^']*)*'?/y],
  ["identifier", /"[^"]*(?:""[^"]*)*"?/y],
  ["parameter", new RegExp(String.raw`\$(?:\d+|${NAME})|\?\d*`, "vy")],
  ["word", new RegExp(String.raw`${LETTER}(?:${LETTER}|[\d$])*`, "vy")],
  ["number", /(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:[eE][+\-]?\d+)?/y],
];
const DOLLAR_QUOTE = new RegExp(String.raw`\$(?:${NAME})?\$`, "vy");

/** The tokens of `sql`, in order. An unfinished string or comment ends at the end of the text. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const token = nextToken(sql, at);
    if (token.kind !== "skip") tokens.push(token as Token);
    at = token.end;
  }
  return tokens;
}

function nextToken(
  sql: string,
  start: number,
): Omit<Token, "kind"> & { readonly kind: TokenKind | "skip" } {
  if (sql.startsWith("/*", start)) {
    return { kind: "skip", value: "", start, end: endOfComment(sql, start) };
  }
  const tag = match(DOLLAR_QUOTE, sql, start);
  if (tag !== undefined) {
    const close = sql.indexOf(tag, start + tag.length);
    const bodyEnd = close < 0 ? sql.length : close;
    const end = close < 0 ? sql.length : close + tag.length;
    return { kind: "string", value: sql.slice(start + tag.length, bodyEnd), start, end };
  }
  for (const [kind, pattern] of PATTERNS) {
    const text = match(pattern, sql, start);
    if (text === undefined) continue;
    return { kind, value: meaning(kind, text), start, end: start + text.length };
  }
  return { kind: "symbol", value: sql[start], start, end: start + 1 };
}

function match(pattern: RegExp, sql: string, start: number): string | undefined {
  pattern.lastIndex = start;
  return pattern.exec(sql)?.[0];
}

function endOfComment(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length; at++) {
    if (sql.startsWith("/*", at)) {
      depth++;
      at++;
    } else if (sql.startsWith("*/", at)) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return sql.length;
}

function meaning(kind: TokenKind | "skip", text: string): string {
  if (kind === "identifier") return unquote(text, '"');
  if (kind !== "string") return text;
  if (text[0] === "'") return unquote(text, "'");
  return unquote(text.slice(1), "'").replace(ESCAPE, unescape);
}

const ESCAPE = /\\(?:x([0-9a-f]{1,2})|([0-7]{1,3})|([\s\S]))/gi;

function unescape(_: string, hex?: string, octal?: string, character?: string): string {
  if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
  if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff);
  const named: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };
  return named[character!] ?? character!;
}

function unquote(text: string, quote: string): string {
  const closed = text.length > 1 && text.endsWith(quote);
  return text.slice(1, closed ? -1 : undefined).replaceAll(quote + quote, quote);
}

/** The statements of `sql`; empty ones are left out. */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = [];
  let tokens: Token[] = [];
  const finish = () => {
    if (tokens.length > 0) {
      const start = tokens[0].start;
      statements.push({ text: sql.slice(start, tokens.at(-1)!.end), start, tokens });
    }
    tokens = [];
  };
  for (const token of tokenize(sql)) {
    if (token.kind === "symbol" && token.value === ";") finish();
    else tokens.push(token);
  }
  finish();
  return statements;
}

/** The words of a statement in capitals, keywords and bare names alike. */
export function wordsOf(statement: Statement): string[] {
  return statement.tokens.filter((token) => token.kind === "word")
    .map((token) => token.value.toUpperCase());
}

/** Names of the `$name` and `$1` parameters in a statement, without the dollar. */
export function parametersOf(statement: Statement): string[] {
  const names = statement.tokens.filter((token) => token.kind === "parameter")
    .map((token) => token.value.replace(/^[$?]/, ""));
  return [...new Set(names)];
}

/**
 * DuckDB's text of a scan's filters, as EXPLAIN shows it. Pure.
 *
 * Names stand there without quotes, so a text may have more than one reading. What follows from a wrong
 * one is that something is read ahead in vain, or late.
 *
 * @module
 */
import type { ScanFilter } from "../../gateway/ahead/hint.ts";
import { type CompareOp, isNull, not, type Predicate } from "../../formats/predicate.ts";

/** The filters of a scan; DuckDB has one text for each column. */
export function scanFilter(texts: readonly string[]): ScanFilter {
  const read = texts.map(columnFilter);
  const terms = read.flatMap(({ terms }) => terms);
  return {
    where: terms.length === 0 ? undefined : terms.length === 1 ? terms[0] : { kind: "and", terms },
    isWhole: read.every(({ isWhole }) => isWhole),
    mentioned: [...new Set(read.flatMap(({ mentioned }) => mentioned))],
  };
}

interface ColumnFilter {
  readonly terms: readonly Predicate[];
  readonly isWhole: boolean;
  readonly mentioned: readonly string[];
}

function columnFilter(text: string): ColumnFilter {
  const pieces = split(text.replaceAll(/\boptional: /g, ""));
  const terms = pieces.map(({ text }) => termOf(text));
  const known = terms.flatMap((term) => term ?? []);
  const words = new Set(pieces.map(({ joint }) => joint));
  const isWhole = known.length === terms.length;
  // How both together are meant is not to be seen.
  const isClear = !words.has("OR") || (isWhole && !words.has("AND"));
  const mentioned = isWhole && isClear ? [] : namesIn(text);
  if (!isClear) return { terms: [], isWhole: false, mentioned };
  if (!words.has("OR")) return { terms: known, isWhole, mentioned };
  return { terms: [{ kind: "or", terms: known }], isWhole, mentioned };
}

interface Piece {
  readonly text: string;
  /** What stands before it. */
  readonly joint: "AND" | "OR" | undefined;
}

/** Cuts at each AND and OR that is in no parentheses and no quotes. */
function split(text: string): Piece[] {
  const pieces: Piece[] = [];
  let joint: Piece["joint"];
  let start = 0;
  let depth = 0;
  for (
    const { 0: token, index } of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]| (AND|OR) /g)
  ) {
    if (token === "(") depth++;
    else if (token === ")") depth--;
    else if (token.startsWith(" ") && depth === 0) {
      pieces.push({ text: text.slice(start, index), joint });
      joint = token.trim() as "AND" | "OR";
      start = index + token.length;
    }
  }
  return [...pieces, { text: text.slice(start), joint }];
}

const LITERAL = String
  .raw`'(?:[^']|'')*'(?:::[A-Z][A-Z_ \d]*(?:\([\d, ]*\))?)?|-?[\d.]+(?:e[-+]?\d+)?`;
const COMPARISON = new RegExp(`^([^=<>!'"()]+?)(>=|<=|!=|=|>|<)(${LITERAL})$`);
const MEMBERSHIP = new RegExp(String.raw`^([^=<>!'"()]+) IN \((?:(?:${LITERAL})(?:, |(?=\))))+\)$`);

function termOf(text: string): Predicate | undefined {
  const compared = COMPARISON.exec(text);
  if (compared !== null) {
    const [, column, op, literal] = compared;
    return {
      kind: "compare",
      column,
      op: op === "!=" ? "<>" : op as CompareOp,
      value: bare(literal),
    };
  }
  const [, member] = MEMBERSHIP.exec(text) ?? [];
  if (member !== undefined) {
    const literals = text.slice(member.length + " IN (".length).match(new RegExp(LITERAL, "g")) ??
      [];
    return {
      kind: "or",
      terms: literals.map((each) => ({
        kind: "compare",
        column: member,
        op: "=",
        value: bare(each),
      })),
    };
  }
  const [, tested, negation] = /^([^=<>!'"()]+) IS (NOT )?NULL$/.exec(text) ?? [];
  if (tested === undefined) return undefined;
  return negation === undefined ? isNull(tested) : not(isNull(tested));
}

/** A literal's value as text. */
function bare(literal: string): string {
  const [, quoted] = /^'((?:[^']|'')*)'/.exec(literal) ?? [];
  return quoted === undefined ? literal : quoted.replaceAll("''", "'");
}

/** Words of an expression that may be names of columns. */
function namesIn(text: string): string[] {
  const open = text.replaceAll(/'(?:[^']|'')*'/g, "").replaceAll('"', " ");
  return [...new Set(open.match(/[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]+)*/gu) ?? [])];
}

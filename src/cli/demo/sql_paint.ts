/**
 * SQL in colour, for people to read.
 *
 * @module
 */
import type { Style } from "../style.ts";

const WORDS = [
  "SELECT",
  "FROM",
  "JOIN",
  "LEFT",
  "USING",
  "ON",
  "WHERE",
  "AND",
  "BETWEEN",
  "IS",
  "NOT",
  "NULL",
  "GROUP",
  "HAVING",
  "ORDER",
  "BY",
  "ALL",
  "LIMIT",
  "AS",
  "DESC",
  "CASE",
  "WHEN",
  "THEN",
  "ELSE",
  "END",
  "COPY",
  "TO",
];
const TOKEN = new RegExp(`'[^']*'|\\b(?:${WORDS.join("|")})\\b`, "g");

/** One line: keywords and strings stand out. */
export function paintSql(line: string, style: Style): string {
  return line.replace(
    TOKEN,
    (token) => token.startsWith("'") ? style.green(token) : style.cyan(token),
  );
}

/**
 * SQL text as statements that are run one by one, with the types of `-p name:TYPE=value`.
 *
 * @module
 */
import { type DipperError, SqlError, UsageError } from "../errors.ts";
import { splitStatements, type Statement, type Token, tokenize } from "../engine/sql/tokens.ts";
import { type ParamFlag, valueOf } from "./params.ts";

/** A value of a parameter, bound by the engine. */
export type ParamInput = bigint | number | boolean | string;

/** One statement, ready to run. */
export interface RunnableStatement {
  /**
   * The statement with blanks in the place of all that stands before it, so that a position in it
   * is a position in the whole text.
   */
  readonly text: string;
  /** Values of the parameters that it has. */
  readonly params: Record<string, ParamInput> | ParamInput[];
  /** `rows`: its result is to be shown. `command`: it does something. */
  readonly kind: "rows" | "command";
  /** Its first word, in capitals. */
  readonly verb: string;
  /** Whether it can be planned without being run. */
  readonly isPlannable: boolean;
  /** The same statement inside of another, such as `COPY (` … `) TO 'x'`. */
  wrap(before: string, after: string): RunnableStatement;
  /** An error of the engine, its position put right where text was added. */
  relocate(error: unknown): unknown;
}

const ROWS = new Set([
  "SELECT",
  "FROM",
  "WITH",
  "VALUES",
  "TABLE",
  "DESCRIBE",
  "DESC",
  "SUMMARIZE",
  "SHOW",
  "EXPLAIN",
  "PIVOT",
  "UNPIVOT",
  "CALL",
  "PRAGMA",
  "EXECUTE",
]);

/** Statements that DuckDB plans, by their first words. */
const PLANNED =
  /^(SELECT|FROM|WITH|VALUES|TABLE|SUMMARIZE|DESCRIBE|DESC|PIVOT|UNPIVOT|COPY|INSERT|CREATE (OR REPLACE )?(TEMP(ORARY)? )?TABLE)\b/;

/**
 * Splits `sql`.
 *
 * @throws {UsageError} when there is no statement, a type is none, or nothing uses a parameter
 */
export function runnableStatements(
  sql: string,
  params: readonly ParamFlag[],
): RunnableStatement[] {
  for (const { name, type } of params) if (type !== undefined) checkType(name, type);
  const statements = splitStatements(sql);
  if (statements.length === 0) {
    throw new UsageError("there is no statement in the SQL, only space or comments");
  }
  const used = new Set<ParamFlag>();
  const runnable = statements.map((statement) => toRunnable(sql, statement, params, used));
  const unused = params.filter((param) => !used.has(param)).map(({ name }) => `$${name}`);
  if (unused.length > 0) {
    throw new UsageError(`the SQL has no parameter ${unused.join(", ")}`, {
      hint: "A parameter stands in the SQL as $name. Quote the SQL with '…' in a shell, or write " +
        '\\$name: the shell itself replaces $name inside of "…".',
    });
  }
  return runnable;
}

interface Insertion {
  /** Offset in the whole text of what the inserted text replaces. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function toRunnable(
  sql: string,
  statement: Statement,
  params: readonly ParamFlag[],
  used: Set<ParamFlag>,
): RunnableStatement {
  const values: Record<string, ParamInput> = {};
  const insertions: Insertion[] = [];
  let questionMarks = 0;
  for (const token of statement.tokens) {
    if (token.kind !== "parameter") continue;
    const name = token.value === "?" ? String(++questionMarks) : token.value.slice(1);
    const param = params.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (param === undefined) continue;
    used.add(param);
    values[param.name] = param.type === undefined ? valueOf(param.text) : param.text;
    if (param.type !== undefined) insertions.push(cast(sql, token, param.type));
  }
  const words = statement.tokens.filter(({ kind }) => kind === "word");
  const verb = firstVerb(statement.tokens);
  const returns = words.some(({ value }) => value.toUpperCase() === "RETURNING");
  return runnable(sql, statement, insertions, {
    params: questionMarks > 0 ? Object.values(values) : values,
    kind: ROWS.has(verb) || returns ? "rows" : "command",
    verb,
    isPlannable: PLANNED.test(words.map(({ value }) => value.toUpperCase()).join(" ")),
  });
}

function runnable(
  sql: string,
  statement: Statement,
  insertions: readonly Insertion[],
  facts: Pick<RunnableStatement, "params" | "kind" | "verb" | "isPlannable">,
): RunnableStatement {
  const { start } = statement;
  const end = start + statement.text.length;
  return {
    ...facts,
    text: blank(sql.slice(0, start)) + apply(sql, start, end, insertions),
    wrap: (before, after) => {
      const outer = [
        { start, end: start, text: before },
        ...insertions,
        { start: end, end, text: after },
      ];
      return runnable(sql, statement, outer, facts);
    },
    relocate: (error) => relocate(error, sql, insertions),
  };
}

/** The first word, past opening parentheses. */
function firstVerb(tokens: readonly Token[]): string {
  return tokens.find(({ value }) => value !== "(")?.value.toUpperCase() ?? "";
}

function cast(sql: string, { start, end }: Token, type: string): Insertion {
  return { start, end, text: `CAST(${sql.slice(start, end)} AS ${type})` };
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

function apply(sql: string, start: number, end: number, insertions: readonly Insertion[]): string {
  let text = "";
  let at = start;
  for (const insertion of insertions) {
    text += sql.slice(at, insertion.start) + insertion.text;
    at = insertion.end;
  }
  return text + sql.slice(at, end);
}

function relocate(error: unknown, sql: string, insertions: readonly Insertion[]): unknown {
  if (!(error instanceof SqlError) || error.context.position === undefined) return error;
  if (insertions.length === 0) return error;
  const { line, column } = error.context.position;
  const lineStart = sql.split("\n").slice(0, line - 1).reduce(
    (sum, one) => sum + one.length + 1,
    0,
  );
  let offset = lineStart + column - 1;
  for (const { start, end, text } of insertions) {
    if (start < lineStart || offset < start) continue;
    offset = Math.max(start, offset - (text.length - (end - start)));
  }
  return withPosition(error, { line, column: offset - lineStart + 1 });
}

function withPosition(error: SqlError, position: { line: number; column: number }): DipperError {
  const { hint, context, cause } = error;
  return new SqlError(error.message, { ...context, hint, cause, position });
}

/** A type is names, numbers, brackets and commas: nothing that could end the CAST. */
function checkType(name: string, type: string): void {
  let depth = 0;
  const isType = tokenize(type).every((token) => {
    if (token.kind === "symbol") {
      if (token.value === "(" || token.value === "[") depth++;
      if (token.value === ")" || token.value === "]") depth--;
      return "()[],.".includes(token.value) && depth >= 0;
    }
    return token.kind !== "parameter";
  });
  if (isType && depth === 0 && !/--|\/\*/.test(type)) return;
  throw new UsageError(`the type of -p ${name} is no SQL type: ${type}`, {
    hint: "Write for instance -p day:DATE=2026-01-31 or -p ids:INTEGER[]=[1,2].",
  });
}

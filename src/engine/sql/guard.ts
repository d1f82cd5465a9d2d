/**
 * Refuses statements that would put credentials where they can be read, and writes in a read-only
 * session.
 *
 * @module
 */
import { ReadOnlyError, UnsafeStatementError } from "../../errors.ts";
import { splitStatements, type Statement, type Token, wordsOf } from "./tokens.ts";
import { learnTypedSecrets } from "./typed_secrets.ts";

/** DuckDB writes signatures and session tokens into these logs. */
const LOGGING =
  /^(ENABLE|DISABLE)_(HTTP_)?LOG(GING)?$|^TRUNCATE_DUCKDB_LOGS$|^LOGGING_|^HTTP_LOGGING_OUTPUT$|^LOG_QUERY_PATH$|^(ENABLED|DISABLED)_LOG_TYPES$/;
const SETTINGS_STATEMENTS = new Set(["CALL", "PRAGMA", "SET", "RESET"]);
const LOGS = /^DUCKDB_LOGS(_PARSED)?$/;

/** Names of settings whose value is a credential, or may hold one. */
const SECRET_SETTING = /secret|token|password|proxy|key/i;
const KEEPING = new Set(["COPY", "EXPORT", "CREATE", "INSERT", "MERGE", "UPDATE", "SET"]);
/** What may stand before a parenthesis where settings are shown: nothing that changes a text. */
const SHOWING = new Set([
  ..."SELECT DISTINCT FROM WHERE AND OR NOT IN AS MATERIALIZED ON USING BY EXISTS LIKE ILIKE".split(
    " ",
  ),
  ..."EXCLUDE VALUES OVER HAVING CASE WHEN THEN ELSE UNION ALL EXCEPT INTERSECT LIMIT".split(" "),
  ..."COUNT DUCKDB_SETTINGS CURRENT_SETTING".split(" "),
]);

const READING = new Set(
  "SELECT FROM WITH VALUES TABLE DESCRIBE SUMMARIZE SHOW PIVOT PIVOT_WIDER PIVOT_LONGER UNPIVOT"
    .split(" "),
);
const WRITING = new Set(["COPY", "EXPORT", "INSERT", "MERGE"]);
const READ_ONLY_REFUSED_FIRST = new Set([
  "ATTACH",
  "INSTALL",
  "IMPORT",
  "CHECKPOINT",
  "FORCE",
]);

/** What the session allows. */
export interface GuardOptions {
  readonly readOnly: boolean;
}

/**
 * Throws when `statement` may not run.
 *
 * @throws {UnsafeStatementError} when it would log, show or keep credentials
 * @throws {ReadOnlyError} when it writes and the session is read-only
 */
export function guardStatement(statement: Statement, options: GuardOptions): void {
  learnTypedSecrets(statement);
  const { tokens } = statement;
  for (const inner of innerStatements(tokens)) guardStatement(inner, options);
  refuseLogging(statement);
  if (showsSecretSettings(tokens)) refuseOtherUse(statement);
  if (options.readOnly) refuseWrites(statement);
}

/** Whether `statement` changes nothing and may be run a second time. */
export function isRepeatable(statement: Statement): boolean {
  const words = wordsOf(statement);
  if (words[0] === "EXPLAIN" && !words.includes("ANALYZE")) return true;
  return READING.has(words[0]) && !words.some((word) => WRITING.has(word) || word === "NEXTVAL");
}

/**
 * The statements that `query('…')` runs.
 *
 * @throws {UnsafeStatementError} when they cannot be known before they run
 */
function innerStatements(tokens: readonly Token[]): Statement[] {
  return tokens.flatMap((token, index) => {
    if (!isCall(tokens, index)) return [];
    const name = nameOf(token);
    if (name === "JSON_EXECUTE_SERIALIZED_SQL") throw hidden("json_execute_serialized_sql()");
    if (name !== "QUERY") return [];
    const [text, close] = tokens.slice(index + 2);
    if (text?.kind === "string" && close?.value === ")") return splitStatements(text.value);
    throw hidden("query() of an expression");
  });
}

function hidden(what: string): UnsafeStatementError {
  return new UnsafeStatementError(`${what} hides what is to be run`, {
    hint: "write the statement itself, or query('…') with the SQL as one literal",
  });
}

function refuseLogging(statement: Statement): void {
  const { tokens } = statement;
  const isSetting = SETTINGS_STATEMENTS.has(wordsOf(statement)[0]);
  const switches = tokens.some((token, index) =>
    isName(token) && LOGGING.test(nameOf(token)) && (isSetting || isCall(tokens, index))
  );
  if (switches) {
    throw new UnsafeStatementError("DuckDB's logging cannot be switched in a session", {
      hint: "DuckDB's logs hold signatures and session tokens, and the session counts requests " +
        "with them; requests and bytes are in result.report (or --report FILE)",
    });
  }
  if (tokens.some((token) => token.kind !== "symbol" && LOGS.test(nameOf(token)))) {
    throw new UnsafeStatementError("DuckDB's logs cannot be read in a session", {
      hint: "they hold signatures and session tokens; requests and bytes are in result.report " +
        "(or --report FILE)",
    });
  }
}

/** Whether secret settings are among what `tokens` ask for. */
function showsSecretSettings(tokens: readonly Token[]): boolean {
  return tokens.some((token, index) => {
    if (!isCall(tokens, index)) return false;
    const name = nameOf(token);
    if (name === "DUCKDB_SETTINGS") return true;
    if (name !== "CURRENT_SETTING") return false;
    const [argument, close] = tokens.slice(index + 2);
    const isPlain = argument?.kind === "string" && close?.value === ")";
    return !isPlain || SECRET_SETTING.test(argument.value);
  });
}

/** A secret is recognised, and hidden, as long as it is whole: so it must be neither cut nor kept. */
function refuseOtherUse(statement: Statement): void {
  const { tokens } = statement;
  const changes = tokens.some((token, index) =>
    isCall(tokens, index) && !SHOWING.has(nameOf(token)) ||
    token.value === "[" || token.value === ":" && tokens[index + 1]?.value === ":"
  );
  if (!changes && !wordsOf(statement).some((word) => KEEPING.has(word))) return;
  throw new UnsafeStatementError("this statement would change or keep the session's credentials", {
    hint:
      "duckdb_settings() and current_setting() can be queried as they are, with secrets shown " +
      "as [redacted]: not in functions or casts, and not copied into a table, a view or a file",
  });
}

function refuseWrites(statement: Statement): void {
  const words = wordsOf(statement);
  const writes = READ_ONLY_REFUSED_FIRST.has(words[0]) || words.includes("EXPORT") ||
    (words.includes("COPY") && words.includes("TO")) ||
    (words[0] === "UPDATE" && words[1] === "EXTENSIONS") ||
    statement.tokens.some((token) => isName(token) && nameOf(token) === "PROFILING_OUTPUT");
  if (!writes) return;
  throw new ReadOnlyError("this session is read-only: the statement would write", {
    hint: "open the session without readOnly to write",
  });
}

function isName({ kind }: Token): boolean {
  return kind === "word" || kind === "identifier";
}

/** Whether the token at `index` is a name with a parenthesis behind it. */
function isCall(tokens: readonly Token[], index: number): boolean {
  return isName(tokens[index]) && tokens[index + 1]?.value === "(";
}

function nameOf({ value }: Token): string {
  return value.toUpperCase();
}

/**
 * Refuses statements that would put credentials where they can be read, and writes in a read-only
 * session; learns the secrets that a person writes into SQL, so that no message echoes them.
 *
 * @module
 */
import { ReadOnlyError, UnsafeStatementError } from "../../errors.ts";
import { registerSecret } from "../../redaction.ts";
import { type Statement, type Token, wordsOf } from "./tokens.ts";

/** DuckDB writes signatures and session tokens into these logs. */
const LOGGING =
  /^(ENABLE|DISABLE)_(HTTP_)?LOG(GING)?$|^TRUNCATE_DUCKDB_LOGS$|^LOGGING_|^HTTP_LOGGING_OUTPUT$|^LOG_QUERY_PATH$|^(ENABLED|DISABLED)_LOG_TYPES$/;
const SETTINGS_STATEMENTS = new Set(["CALL", "PRAGMA", "SET", "RESET"]);

/** Functions and views whose rows hold credentials of this connection. */
const REVEALING = new Set([
  "DUCKDB_LOGS",
  "DUCKDB_LOGS_PARSED",
  "DUCKDB_SETTINGS",
  "CURRENT_SETTING",
]);
const KEEPING = new Set(["COPY", "EXPORT", "CREATE", "INSERT", "MERGE", "UPDATE", "SET"]);

const WRITING = new Set(["COPY", "EXPORT"]);
const READ_ONLY_REFUSED_FIRST = new Set(["ATTACH", "INSTALL", "CHECKPOINT", "FORCE"]);

const SECRET_WORDS = new Set([
  "SECRET",
  "SESSION_TOKEN",
  "S3_SECRET_ACCESS_KEY",
  "S3_SESSION_TOKEN",
  "BEARER_TOKEN",
  "HTTP_PROXY_PASSWORD",
  "PASSWORD",
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
  registerSecretsIn(statement.tokens);
  const words = wordsOf(statement);
  const names = namesOf(statement);
  if (SETTINGS_STATEMENTS.has(words[0]) && names.some((name) => LOGGING.test(name))) {
    throw new UnsafeStatementError("DuckDB's logging cannot be switched in a session", {
      hint: "DuckDB's logs hold signatures and session tokens, and the session counts requests " +
        "with them; requests and bytes are in result.report (or --report FILE)",
    });
  }
  if (names.some((name) => REVEALING.has(name)) && words.some((word) => KEEPING.has(word))) {
    throw new UnsafeStatementError("this statement would keep the session's credentials", {
      hint: "duckdb_settings(), current_setting() and duckdb_logs can be queried, where secrets " +
        "are shown as [redacted], but not copied into a table, a view or a file",
    });
  }
  if (options.readOnly) refuseWrites(words);
}

/** Whether `statement` changes nothing and may be run a second time. */
export function isRepeatable(statement: Statement): boolean {
  const words = wordsOf(statement);
  const reads = new Set(["SELECT", "FROM", "WITH", "VALUES", "DESCRIBE", "SUMMARIZE", "SHOW"]);
  return reads.has(words[0]) && !words.some((word) => WRITING.has(word) || word === "NEXTVAL");
}

function refuseWrites(words: readonly string[]): void {
  const writes = READ_ONLY_REFUSED_FIRST.has(words[0]) || words.includes("EXPORT") ||
    (words.includes("COPY") && words.includes("TO"));
  if (!writes) return;
  throw new ReadOnlyError("this session is read-only: the statement would write", {
    hint: "open the session without readOnly to write",
  });
}

function namesOf(statement: Statement): string[] {
  return statement.tokens
    .filter((token) => token.kind === "word" || token.kind === "identifier")
    .map((token) => token.value.toUpperCase());
}

function registerSecretsIn(tokens: readonly Token[]): void {
  tokens.forEach((token, index) => {
    if (token.kind !== "string") return;
    const before = tokens.slice(Math.max(0, index - 2), index)
      .filter((near) => near.kind === "word" || near.kind === "identifier");
    if (before.some((near) => SECRET_WORDS.has(near.value.toUpperCase()))) {
      registerSecret(token.value);
    }
  });
}

/**
 * Learns the secrets that a person writes into SQL, so that no message echoes them.
 *
 * @module
 */
import { registerSecret } from "../../redaction.ts";
import type { Statement, Token } from "./tokens.ts";

/** Options and settings whose value is secret, wherever they stand. */
const SECRET_NAME =
  /^(CLIENT_)?SECRET$|(SECRET_ACCESS_KEY|SESSION_TOKEN|BEARER_TOKEN|ACCESS_TOKEN|PASSWORD|CONNECTION_STRING|ACCOUNT_KEY|ENCRYPTION_KEY)$|^TOKEN$/;

/** Options of CREATE SECRET that are no secret; any other is taken for one, misspelt ones too. */
const OPEN_OPTIONS = new Set([
  "TYPE",
  "PROVIDER",
  "SCOPE",
  "KEY_ID",
  "REGION",
  "ENDPOINT",
  "URL_STYLE",
  "USE_SSL",
  "URL_COMPATIBILITY_MODE",
  "KMS_KEY_ID",
  "CHAIN",
  "PROFILE",
  "VALIDATION",
  "REFRESH",
  "REQUESTER_PAYS",
  "ASSUME_ROLE_ARN",
  "ACCOUNT_NAME",
  "ACCOUNT_ID",
  "HTTP_PROXY",
  "HTTP_PROXY_USERNAME",
]);

/** `name=value` of connection strings and of URLs. */
const PAIR =
  /(?:secret(?:_access_key)?|session_token|security-token|signature|password|access_token)=([^&\s'";]+)/gi;
const USER_INFO = /:\/\/[^/\s:@]*:([^/\s@]+)@/g;

/** Registers the secrets that `statement` spells out, be its syntax right or wrong. */
export function learnTypedSecrets(statement: Statement): void {
  const { tokens } = statement;
  const makesSecret = isCreateSecret(tokens);
  tokens.forEach((token, index) => {
    if (token.kind === "string") learnPairs(token.value);
    const name = nameBefore(tokens, index);
    if (name === undefined) return;
    if (SECRET_NAME.test(name)) {
      if (token.kind === "string") learnText(statement, token);
      else if (makesSecret) learnUnquoted(statement, tokens, index);
    } else if (
      makesSecret && token.kind === "string" && !OPEN_OPTIONS.has(name) &&
      tokens[index + 1]?.value !== ":"
    ) {
      learnText(statement, token);
    }
  });
}

function isCreateSecret(tokens: readonly Token[]): boolean {
  const [first, ...rest] = tokens.slice(0, 6).map(({ value }) => value.toUpperCase());
  return first === "CREATE" && rest.includes("SECRET");
}

/** The name that a value follows: `SECRET 'x'`, `s3_session_token = 'x'`, `SECRET: 'x'`. */
function nameBefore(tokens: readonly Token[], index: number): string | undefined {
  let at = index - 1;
  while (at >= 0 && isBetween(tokens[at])) at--;
  const token = tokens[at];
  if (token === undefined || token.kind === "symbol") return undefined;
  return token.value.toUpperCase();
}

function isBetween({ kind, value }: Token): boolean {
  return kind === "symbol"
    ? /^[=:(+{|]$/.test(value)
    : kind === "word" && /^(TO|MAP)$/i.test(value);
}

/**
 * A string that nobody closed runs to the end of the text, and a header begins with its scheme: the
 * pieces of both are registered too.
 */
function learnText({ text, start }: Statement, token: Token): void {
  registerSecret(token.value);
  const raw = text.slice(token.start - start, token.end - start);
  const isClosed = raw.length > 1 && /['"$]$/.test(raw);
  const hasPieces = !isClosed || /^(bearer|basic|token) /i.test(token.value);
  if (!hasPieces) return;
  for (const piece of token.value.split(/[\s,;()']+/)) registerSecret(piece);
}

/** `SECRET wJalr/XUtn+x` without quotes: everything up to the next comma or parenthesis. */
function learnUnquoted({ text, start }: Statement, tokens: readonly Token[], index: number): void {
  if (tokens[index].kind === "symbol") return;
  const rest = text.slice(tokens[index].start - start);
  const value = /^"?([^,\s)"]*)/.exec(rest)![1];
  const isName = /^[\s"]*\(|^\s+(IN|USING)\b/i.test(rest.slice(value.length));
  if (!isName) registerSecret(value);
}

function learnPairs(text: string): void {
  for (const [, value] of text.matchAll(PAIR)) {
    registerSecret(value);
    registerSecret(decoded(value));
  }
  for (const [, password] of text.matchAll(USER_INFO)) {
    registerSecret(password);
    registerSecret(decoded(password));
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

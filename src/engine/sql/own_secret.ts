/**
 * What a person's CREATE SECRET leaves open. DuckDB takes it from the connection's settings when the secret
 * is used, and these lead to the gateway as soon as a statement reads the session's own buckets as well.
 * So it is written into the secret when it is made.
 *
 * @module
 */
import { quoteLiteral } from "./quote.ts";
import type { Statement, Token } from "./tokens.ts";

/** Values of options of CREATE SECRET that are not there. */
export type SecretDefaults = Readonly<
  Record<"ENDPOINT" | "REGION" | "URL_STYLE" | "USE_SSL", string>
>;

/** Whether `statement` is a CREATE SECRET. */
export function makesSecret({ tokens }: Statement): boolean {
  const words = tokens.slice(0, 5).map(({ value }) => value.toUpperCase());
  return words[0] === "CREATE" && words.includes("SECRET");
}

/** The text of a CREATE SECRET, with the options that a secret for S3 lacks. */
export function completedSecret(
  statement: Statement,
  defaults: SecretDefaults,
): string {
  const { text, start, tokens } = statement;
  const options = optionsOf(tokens);
  if (options === undefined || options.values.get("TYPE")?.toLowerCase() !== "s3") return text;
  // A chain finds the region out, and keys that it finds go to no other address than was said.
  const isChain = options.values.has("PROVIDER") &&
    options.values.get("PROVIDER")?.toLowerCase() !== "config";
  const missing = Object.entries(defaults).filter(([name]) =>
    !options.values.has(name) && !(isChain && name === "REGION")
  );
  const added = missing.map(([name, value]) => `, ${name} ${quoteLiteral(value)}`).join("");
  const at = options.end - start;
  return text.slice(0, at) + added + text.slice(at);
}

interface SecretOptions {
  readonly values: ReadonlyMap<string, string>;
  /** Where the parenthesis that closes them stands. */
  readonly end: number;
}

/** The options between the parentheses; undefined where these are not closed. */
function optionsOf(tokens: readonly Token[]): SecretOptions | undefined {
  const open = tokens.findIndex(({ kind, value }) => kind === "symbol" && value === "(");
  const values = new Map<string, string>();
  let depth = 0;
  let isName = false;
  for (const [index, { kind, value, start }] of tokens.entries()) {
    if (index < open) continue;
    if (kind === "symbol" && /^[([{]$/.test(value)) isName = ++depth === 1;
    else if (kind === "symbol" && /^[)\]}]$/.test(value)) {
      if (--depth === 0) return { values, end: start };
    } else if (kind === "symbol" && value === "," && depth === 1) isName = true;
    else if (isName) {
      const next = tokens[index + 1]?.value === "=" ? index + 2 : index + 1;
      values.set(value.toUpperCase(), tokens[next]?.value ?? "");
      isName = false;
    }
  }
  return undefined;
}

/**
 * The statement that gives one's own DuckDB the same store, without a value of a secret in it.
 *
 * @see https://duckdb.org/docs/stable/core_extensions/aws#credential_chain-provider
 * @module
 */
import { redact } from "../redaction.ts";
import { isPattern } from "./bucket_pattern.ts";
import { isAws } from "./endpoint.ts";
import type { Store } from "./store.ts";

/** A statement to paste. */
export interface SecretStatement {
  /** Comments, INSTALL and LOAD, CREATE SECRET; ends with a semicolon. */
  readonly sql: string;
  /** Extensions that it needs. */
  readonly extensions: readonly string[];
  /** Links of DuckDB's credential chain, in order; empty for the SDK's whole chain. */
  readonly chain: readonly string[];
  /** What DuckDB cannot be told, or a person has to do, a sentence each; in `sql` as comments. */
  readonly notes: readonly string[];
}

interface Source {
  readonly chain: readonly string[];
  readonly usesProfile: boolean;
  readonly note?: string;
}

/**
 * `CREATE OR REPLACE SECRET … (TYPE s3, PROVIDER credential_chain, CHAIN …)`: DuckDB looks the keys
 * up where Dipper found them. For a store without credentials, a secret without keys.
 */
export function secretStatement(store: Store): SecretStatement {
  const notes: string[] = [];
  const options: string[] = ["TYPE s3"];
  const { chain, usesProfile, note } = sourceOf(store);
  if (note !== undefined) notes.push(note);
  if (store.anonymous) {
    options.push("PROVIDER config");
    notes.push("There are no credentials: only public buckets answer.");
  } else {
    options.push("PROVIDER credential_chain");
    if (chain.length > 0) options.push(`CHAIN ${quote(chain.join(";"))}`);
    if (usesProfile) options.push(`PROFILE ${quote(store.profile!)}`);
    const role = store.origins.roleArn;
    if (chain.includes("sts") && role !== undefined) {
      options.push(`ASSUME_ROLE_ARN ${quote(role.value)}`);
    }
    if (isTemporary(store)) options.push("REFRESH 'auto'");
    if (store.endpoint !== undefined && !isAws(store.endpoint) && takesRole(store)) {
      notes.push(
        "DuckDB 1.5 asks Amazon for the role, never this service: the statement fails unless " +
          "Amazon knows it. Use keys of their own for DuckDB.",
      );
    }
  }
  if (store.endpoint !== undefined) options.push(`ENDPOINT ${quote(store.endpoint.host)}`);
  options.push(`REGION ${quote(store.region)}`);
  options.push(`URL_STYLE ${quote(store.addressing === "path" ? "path" : "vhost")}`);
  if (store.endpoint?.protocol === "http:") options.push("USE_SSL false");
  const scope = scopeOf(store, notes);
  if (scope !== undefined) options.push(`SCOPE ${scope}`);
  if (store.caBundle !== undefined) {
    notes.push(`Certificates are trusted with: SET ca_cert_file = ${quote(store.caBundle)};`);
  }
  if (store.proxy !== undefined) {
    notes.push(
      "DuckDB takes the proxy from HTTP_PROXY alone: SET http_proxy = 'host:port'; if needed.",
    );
  }
  const extensions = store.anonymous ? ["httpfs"] : ["httpfs", "aws"];
  const name = `dipper_${store.name}`.replace(/\W/g, "_");
  const sql = [
    ...notes.map((text) => `-- ${text.replace(/\s+/g, " ")}`),
    ...extensions.map((extension) => `INSTALL ${extension}; LOAD ${extension};`),
    `CREATE OR REPLACE SECRET ${name} (\n  ${options.join(",\n  ")}\n);`,
  ].join("\n");
  return { sql: redact(sql), extensions, chain, notes: notes.map(redact) };
}

/** Kinds and sources are those of `origins.credentials` (credentials.ts). */
function sourceOf(store: Store): Source {
  const { value: kind, source } = store.origins.credentials ?? { value: "", source: "" };
  const inProfile = store.profile !== undefined;
  if (store.anonymous) return { chain: [], usesProfile: false };
  if (kind.startsWith("assumed role, with")) {
    return {
      chain: ["sts"],
      usesProfile: false,
      note: "DuckDB assumes the role with the keys that the AWS SDK finds first: " +
        "the environment, then the default profile.",
    };
  }
  if (kind === "keys" || kind === "temporary keys") {
    if (source.startsWith("profile ")) return { chain: ["config"], usesProfile: inProfile };
    const note = source === "option"
      ? "The keys were given as options: export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY " +
        "(and AWS_SESSION_TOKEN), or save them with dipper configure, and then use PROFILE."
      : undefined;
    return { chain: ["env"], usesProfile: false, note };
  }
  const chain = {
    "assumed role": ["config"],
    "SSO": ["sso"],
    "credential_process": ["process"],
    "web identity": source.startsWith("profile ") ? ["config"] : ["web_identity"],
    "instance role": ["instance"],
  }[kind];
  return { chain: chain ?? [], usesProfile: inProfile && source.startsWith("profile ") };
}

function takesRole(store: Store): boolean {
  return /assumed role|web identity/.test(store.origins.credentials?.value ?? "");
}

function isTemporary(store: Store): boolean {
  const kind = store.origins.credentials?.value;
  return kind !== "keys" && kind !== "temporary keys";
}

/** With the closing slash: `s3://b` would cover `s3://b-evil` too. */
function scopeOf(store: Store, notes: string[]): string | undefined {
  const said = store.buckets.length > 0
    ? store.buckets
    : store.bucket === undefined
    ? []
    : [store.bucket];
  if (store.buckets.length === 0) {
    if (said.length > 0) {
      notes.push(`It covers the default bucket alone: leave SCOPE out for all buckets.`);
    }
  }
  const scopes: string[] = [];
  for (const bucket of said) {
    if (!isPattern(bucket)) scopes.push(`s3://${bucket}/`);
    else if (/^[^*?]+\*$/.test(bucket)) scopes.push(`s3://${bucket.slice(0, -1)}`);
    else {
      notes.push(`DuckDB has no pattern like ${bucket}: the secret covers all buckets.`);
      return undefined;
    }
  }
  if (scopes.length === 0) return undefined;
  return scopes.length === 1 ? quote(scopes[0]) : `[${scopes.map(quote).join(", ")}]`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Secrets that lie about on this machine and that other DuckDB programs of this person pick up by
 * themselves. Names only: no file of secrets is opened.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../errors.ts";
import { awsFilePaths } from "./aws_files.ts";
import type { Environment } from "./environment.ts";

/** Where a secret lies, and who takes it. */
export interface AmbientSecret {
  /**
   * `stored`: a persistent secret of DuckDB's; `variable`: read by httpfs when it is loaded; `file`:
   * read by secrets of the provider credential_chain.
   */
  readonly kind: "stored" | "variable" | "file";
  /** Name of the secret or of the variable, path of the file. */
  readonly name: string;
  /** The file, where there is one. */
  readonly path?: string;
  /** Who picks it up, a sentence. */
  readonly detail: string;
  /** What to do if that is not wanted, a sentence. */
  readonly hint: string;
}

/** What httpfs takes from the environment for `s3_…` settings when it is loaded. */
const VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "DUCKDB_S3_ENDPOINT",
  "DUCKDB_S3_USE_SSL",
];

/** Suffix of DuckDB's files of persistent secrets. */
const SUFFIX = ".duckdb_secret";

/**
 * Persistent secrets of DuckDB, variables and AWS files that are there.
 *
 * @throws {ConfigurationError} when DuckDB's folder of secrets is there and cannot be listed
 */
export async function findAmbientSecrets(environment: Environment): Promise<AmbientSecret[]> {
  const { configPath, credentialsPath } = awsFilePaths(environment);
  const files: AmbientSecret[] = [];
  for (const path of [credentialsPath, configPath]) {
    if (!await isFile(path)) continue;
    files.push({
      kind: "file",
      name: path,
      path,
      detail: `Secrets with PROVIDER credential_chain read ${path}.`,
      hint: "It is where every AWS tool looks; name a PROFILE in CREATE SECRET to choose.",
    });
  }
  return [...await storedSecrets(environment), ...variables(environment), ...files];
}

async function storedSecrets(environment: Environment): Promise<AmbientSecret[]> {
  const folder = join(environment.home, ".duckdb", "stored_secrets");
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as { code?: string }).code ?? "")) return [];
    throw new ConfigurationError(`${folder} cannot be listed`, { uri: folder, cause: error });
  }
  return names.filter((name) => name.endsWith(SUFFIX)).sort().map((file) => {
    const name = file.slice(0, -SUFFIX.length);
    return {
      kind: "stored",
      name,
      path: join(folder, file),
      detail:
        `Every DuckDB program of yours uses the persistent secret ${name} for what it covers; ` +
        "its values are plain text on disk.",
      hint: `To remove it, in DuckDB: DROP PERSISTENT SECRET ${quoteName(name)};`,
    };
  });
}

function variables(environment: Environment): AmbientSecret[] {
  return VARIABLES.filter((name) => environment.get(name) !== undefined).map((name) => ({
    kind: "variable",
    name,
    detail: `DuckDB takes ${name} when httpfs is loaded.`,
    hint: `A secret made with CREATE SECRET wins over it; unset ${name} to be rid of it.`,
  }));
}

function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false; // not there, or not for us: nobody reads it
  }
}

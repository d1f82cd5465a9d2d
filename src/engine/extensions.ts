/**
 * DuckDB extensions: found where they already are, else installed from DuckDB's repository, else
 * through pip from the Python package index.
 *
 * The wheels `duckdb-extension-NAME` carry the same signed files as DuckDB's own repository; DuckDB
 * verifies signature, version and platform of every file when it is loaded, whichever way it came.
 *
 * @module
 */
import { join } from "node:path";
import { homedir } from "node:os";
import type { DuckDBConnection } from "@duckdb/node-api";
import { ExtensionError } from "../errors.ts";
import { installWithPip } from "./pip_extensions.ts";
import { quoteLiteral } from "./sql/quote.ts";

/** The extensions that Dipper itself asks for. */
export type ExtensionName = "httpfs" | "spatial" | "aws" | (string & { readonly _?: never });

/** Where an extension was found, or how it came. */
export type ExtensionSource = "dipper" | "duckdb" | "repository" | "pip";

/** One extension, as `dipper doctor` shows it. */
export interface ExtensionState {
  readonly name: string;
  /** Path of the file; undefined where it is not installed. */
  readonly path: string | undefined;
  readonly source: ExtensionSource | undefined;
}

/** Where extensions are looked for and kept. */
export interface ExtensionPlaces {
  /** Dipper's own folder, given to DuckDB as `extension_directory`. */
  readonly own: string;
  /** DuckDB's default folder, `~/.duckdb/extensions`. */
  readonly shared: string;
  /** Such as `v1.5.5`. */
  readonly version: string;
  /** Such as `linux_amd64`. */
  readonly platform: string;
}

/** The places for the DuckDB behind `connection`; `cacheDirectory` is Dipper's own cache folder. */
export async function extensionPlaces(
  connection: DuckDBConnection,
  cacheDirectory: string,
): Promise<ExtensionPlaces> {
  const reader = await connection.runAndReadAll(
    "SELECT version(), (SELECT platform FROM pragma_platform())",
  );
  const [version, platform] = reader.getRowsJson()[0] as [string, string];
  return {
    own: ownExtensionDirectory(cacheDirectory),
    shared: join(homedir(), ".duckdb", "extensions"),
    version,
    platform,
  };
}

/** Dipper's own extension folder inside its cache folder. */
export function ownExtensionDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, "extensions");
}

/** Looks for an installed file, Dipper's folder first. */
export async function findExtension(
  places: ExtensionPlaces,
  name: ExtensionName,
): Promise<ExtensionState> {
  for (const source of ["dipper", "duckdb"] as const) {
    const path = extensionPath(places, name, source);
    if (await isFile(path)) return { name, path, source };
  }
  return { name, path: undefined, source: undefined };
}

/** The path where the file of `name` belongs. */
export function extensionPath(
  places: ExtensionPlaces,
  name: ExtensionName,
  source: "dipper" | "duckdb" = "dipper",
): string {
  const root = source === "dipper" ? places.own : places.shared;
  return join(root, places.version, places.platform, `${name}.duckdb_extension`);
}

/**
 * Loads `name`, installing it first where it is missing.
 *
 * @returns where it was found or how it came
 * @throws {ExtensionError} with the three ways to get it, when none worked
 */
export async function loadExtension(
  connection: DuckDBConnection,
  places: ExtensionPlaces,
  name: ExtensionName,
  signal?: AbortSignal,
): Promise<ExtensionSource> {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new ExtensionError(`not a name of an extension: ${JSON.stringify(name)}`);
  }
  const failures: string[] = [];
  const found = await findExtension(places, name);
  if (found.path !== undefined) {
    const failure = await tryLoad(connection, found.path);
    if (failure === undefined) return found.source!;
    failures.push(`${found.path}: ${failure}`);
  }
  const fromRepository = await tryRun(connection, `INSTALL ${name}`) ??
    await tryRun(connection, `LOAD ${name}`);
  if (fromRepository === undefined) return "repository";
  failures.push(`DuckDB's repository: ${fromRepository}`);
  const target = extensionPath(places, name);
  const fromPip = await installWithPip(name, places.version, target, signal) ??
    await tryLoad(connection, target);
  if (fromPip === undefined) return "pip";
  failures.push(`pip: ${fromPip}`);
  throw missing(places, name, failures);
}

function missing(places: ExtensionPlaces, name: string, failures: string[]): ExtensionError {
  const version = places.version.replace(/^v/, "");
  return new ExtensionError(
    `DuckDB's extension "${name}" ${places.version} for ${places.platform} could not be had:\n` +
      failures.map((failure) => `  - ${failure}`).join("\n"),
    {
      hint: `Any one of these helps. 1: go online once, so that DuckDB fetches it. ` +
        `2: python3 -m pip download --no-deps duckdb-extension-${name}==${version}, then run ` +
        `again with pip able to find it. 3: copy ${name}.duckdb_extension (${places.version}, ` +
        `${places.platform}) to ${extensionPath(places, name)}`,
    },
  );
}

function tryLoad(connection: DuckDBConnection, path: string): Promise<string | undefined> {
  return tryRun(connection, `LOAD ${quoteLiteral(path)}`);
}

async function tryRun(connection: DuckDBConnection, sql: string): Promise<string | undefined> {
  try {
    await connection.run(sql);
    return undefined;
  } catch (error) {
    return firstLine(error);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0];
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw new ExtensionError(`${path} cannot be read`, { cause: error });
  }
}

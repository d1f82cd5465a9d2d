/**
 * What the engine is made of on this machine, for `dipper doctor`.
 *
 * @module
 */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { type DipperError, isDipperError } from "../errors.ts";
import {
  type ExtensionName,
  type ExtensionPlaces,
  extensionPlaces,
  type ExtensionState,
  findExtension,
  loadExtension,
} from "./extensions.ts";
import { quoteLiteral } from "./sql/quote.ts";

/** What was found. */
export interface EngineInspection {
  /** Such as `v1.5.5`. */
  readonly version: string;
  /** Such as `linux_amd64`. */
  readonly platform: string;
  readonly extensions: readonly InspectedExtension[];
}

/** An extension, and whether it is any use. */
export interface InspectedExtension extends ExtensionState {
  /** `loaded`: it works. `found`: its file is here. `missing`: fetched when it is first needed. */
  readonly status: "loaded" | "found" | "missing" | "failed";
  readonly error?: DipperError;
}

/** Extensions that statements ask for by themselves. */
const OPTIONAL: readonly ExtensionName[] = ["spatial", "aws"];

/**
 * Starts an engine, loads httpfs as every query over `s3://` does (installing it where it is
 * missing), and looks for the files of the others.
 */
export async function inspectEngine(
  cacheDirectory: string,
  signal?: AbortSignal,
): Promise<EngineInspection> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const places = await extensionPlaces(connection, cacheDirectory);
    await connection.run(`SET extension_directory = ${quoteLiteral(places.own)}`);
    const httpfs = await loadEssential(connection, places, "httpfs", signal);
    const others = await Promise.all(OPTIONAL.map(async (name): Promise<InspectedExtension> => {
      const state = await findExtension(places, name);
      return { ...state, status: state.path === undefined ? "missing" : "found" };
    }));
    return {
      version: places.version,
      platform: places.platform,
      extensions: [httpfs, ...others],
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function loadEssential(
  connection: DuckDBConnection,
  places: ExtensionPlaces,
  name: ExtensionName,
  signal: AbortSignal | undefined,
): Promise<InspectedExtension> {
  try {
    const source = await loadExtension(connection, places, name, signal);
    return { ...await findExtension(places, name), source, status: "loaded" };
  } catch (error) {
    if (!isDipperError(error, "extension")) throw error;
    return { ...await findExtension(places, name), status: "failed", error };
  }
}

/** A DuckDB whose httpfs is pointed at a gateway, as a session points it there. */
import { DuckDBInstance, type Json } from "@duckdb/node-api";
import {
  extensionPlaces,
  loadExtension,
  ownExtensionDirectory,
} from "../../../src/engine/extensions.ts";
import type { IssuedKey } from "../../../src/gateway/keys.ts";
import { readSettings } from "../../../src/settings.ts";

export interface Duck extends Disposable {
  /** Runs a statement; its rows. */
  run(sql: string): Promise<Record<string, Json>[]>;
}

/** How DuckDB is opened. */
export interface DuckOptions {
  /** Of DuckDB, which are its requests in flight. */
  readonly threads?: number;
  /** Besides httpfs. */
  readonly extensions?: readonly string[];
}

/** @param options a number: its threads */
export async function openDuck(
  endpoint: string,
  key: IssuedKey,
  options: number | DuckOptions = 16,
): Promise<Duck> {
  const { threads = 16, extensions = [] } = typeof options === "number"
    ? { threads: options }
    : options;
  const { cacheDirectory } = readSettings();
  const instance = await DuckDBInstance.create(":memory:", {
    extension_directory: ownExtensionDirectory(cacheDirectory),
    secret_directory: "/nonexistent/secrets",
    threads: String(threads),
  });
  const connection = await instance.connect();
  const places = await extensionPlaces(connection, cacheDirectory);
  for (const name of ["httpfs", ...extensions]) await loadExtension(connection, places, name);
  const settings = {
    s3_endpoint: new URL(endpoint).host,
    s3_url_style: "path",
    s3_region: "us-east-1",
    s3_access_key_id: key.accessKeyId,
    s3_secret_access_key: key.secretAccessKey,
  };
  for (const [name, value] of Object.entries(settings)) {
    await connection.run(`SET SESSION ${name} = '${value}'`);
  }
  await connection.run("SET SESSION s3_use_ssl = false; SET GLOBAL http_proxy = ''");
  return {
    run: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    [Symbol.dispose]() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

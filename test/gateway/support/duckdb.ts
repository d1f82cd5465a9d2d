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

/** @param threads of DuckDB, which are its requests in flight */
export async function openDuck(
  endpoint: string,
  key: IssuedKey,
  threads = 16,
): Promise<Duck> {
  const { cacheDirectory } = readSettings();
  const instance = await DuckDBInstance.create(":memory:", {
    extension_directory: ownExtensionDirectory(cacheDirectory),
    secret_directory: "/nonexistent/secrets",
    threads: String(threads),
  });
  const connection = await instance.connect();
  await loadExtension(connection, await extensionPlaces(connection, cacheDirectory), "httpfs");
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

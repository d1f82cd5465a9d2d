/**
 * DuckDB's httpfs by itself: node-api, the extension, the keys, and nothing of Dipper between.
 *
 *     deno run -A bench/contenders/httpfs.ts THREADS|default [spatial]
 *
 * @module
 */
import { DuckDBInstance } from "@duckdb/node-api";
import {
  extensionPlaces,
  loadExtension,
  ownExtensionDirectory,
} from "../../src/engine/extensions.ts";
import { quoteLiteral } from "../../src/engine/sql/quote.ts";
import { readSettings } from "../../src/settings.ts";
import { answerQuestions } from "./protocol.ts";

const [threads, spatial] = Deno.args;
const { cacheDirectory } = readSettings();
const instance = await DuckDBInstance.create(":memory:", {
  extension_directory: ownExtensionDirectory(cacheDirectory),
  ...(threads === "default" ? {} : { threads }),
});
const connection = await instance.connect();
const places = await extensionPlaces(connection, cacheDirectory);
await loadExtension(connection, places, "httpfs");
if (spatial === "spatial") await loadExtension(connection, places, "spatial");
const endpoint = new URL(Deno.env.get("AWS_ENDPOINT_URL_S3")!);
await connection.run(
  `CREATE SECRET (TYPE s3, KEY_ID ${quoteLiteral(Deno.env.get("AWS_ACCESS_KEY_ID")!)}, ` +
    `SECRET ${quoteLiteral(Deno.env.get("AWS_SECRET_ACCESS_KEY")!)}, REGION 'us-east-1', ` +
    `ENDPOINT ${quoteLiteral(endpoint.host)}, URL_STYLE 'path', USE_SSL false)`,
);
await answerQuestions(async ({ sql }) => (await connection.runAndReadAll(sql)).getRowsJson());
connection.closeSync();
instance.closeSync();

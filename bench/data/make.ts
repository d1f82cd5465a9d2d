/**
 * Makes the data of the bench, once.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import {
  extensionPlaces,
  loadExtension,
  ownExtensionDirectory,
} from "../../src/engine/extensions.ts";
import { quoteLiteral } from "../../src/engine/sql/quote.ts";
import { readSettings } from "../../src/settings.ts";
import { DATA_VERSION, type DataFile, dataFiles } from "./files.ts";
import { differing, factsOf, type FileFacts, type Manifest, readManifest } from "./manifest.ts";

/** Where data are, and who is told what is done. */
export interface DataPlaces {
  /** Becomes the bucket. */
  readonly folder: string;
  readonly manifest: string;
  readonly say: (text: string) => void;
}

/** Makes what is missing or not as it was made; gives the manifest. */
export async function provideData({ folder, manifest: path, say }: DataPlaces): Promise<Manifest> {
  const known = await readManifest(path, DATA_VERSION);
  const wanted = dataFiles();
  const wrong = known === undefined
    ? wanted.map((file) => file.path)
    : await differing(folder, known);
  if (known !== undefined && wrong.length === 0) return known;
  say(`making ${wrong.length} files of data in ${folder}`);
  await makeFiles(folder, wanted.filter((file) => wrong.includes(file.path)), say);
  const files: Record<string, FileFacts> = {};
  for (const file of wanted) files[file.path] = (await factsOf(join(folder, file.path)))!;
  const manifest = { version: DATA_VERSION, files };
  await Deno.writeTextFile(path, JSON.stringify(manifest, null, 1));
  return manifest;
}

async function makeFiles(
  folder: string,
  files: readonly DataFile[],
  say: (text: string) => void,
): Promise<void> {
  const { cacheDirectory } = readSettings();
  const instance = await DuckDBInstance.create(":memory:", {
    extension_directory: ownExtensionDirectory(cacheDirectory),
  });
  const connection = await instance.connect();
  try {
    const places = await extensionPlaces(connection, cacheDirectory);
    await loadExtension(connection, places, "spatial");
    for (const { path, select, options } of files) {
      const target = join(folder, path);
      await Deno.mkdir(dirname(target), { recursive: true });
      await Deno.remove(target).catch(ignoreMissing);
      const began = performance.now();
      await connection.run(`COPY (${select}) TO ${quoteLiteral(target)} (${options})`);
      const seconds = (performance.now() - began) / 1000;
      if (seconds > 1) say(`  ${path}: ${seconds.toFixed(1)} s`);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

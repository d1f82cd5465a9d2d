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
import { type DataFile, dataFiles, recipeOf } from "./files.ts";
import { factsOf, isAsMade, type MadeFile, readManifest } from "./manifest.ts";

/** Where data are, and who is told what is done. */
export interface DataPlaces {
  /** Becomes the bucket. */
  readonly folder: string;
  readonly manifest: string;
  readonly say: (text: string) => void;
}

/** Makes what is missing or not as it was made. */
export async function provideData({ folder, manifest: path, say }: DataPlaces): Promise<void> {
  const manifest: Record<string, MadeFile> = { ...await readManifest(path) };
  const missing: DataFile[] = [];
  for (const file of dataFiles()) {
    if (!await isAsMade(folder, file.path, recipeOf(file), manifest)) missing.push(file);
  }
  if (missing.length === 0) return;
  say(`making ${missing.length} files of data in ${folder}`);
  await makeFiles(folder, missing, say);
  for (const file of missing) {
    const facts = await factsOf(join(folder, file.path));
    if (facts === undefined) throw new Error(`${file.path} was made and is not there`);
    manifest[file.path] = { ...facts, recipe: recipeOf(file) };
  }
  await Deno.writeTextFile(path, JSON.stringify(manifest, null, 1));
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

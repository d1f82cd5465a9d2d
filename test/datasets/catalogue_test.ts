import assert from "node:assert/strict";
import { type DatasetKind, datasetNamed, datasets, datasetUrl } from "../../datasets/catalogue.ts";
import { readDataset } from "../../datasets/loader.ts";
import { datasetsReadme } from "../../datasets/readme.ts";
import { isDipperError } from "../../src/errors.ts";

const HERE = new URL("../../datasets/", import.meta.url);

Deno.test("each file is the one that the catalogue describes", async () => {
  for (const dataset of datasets) {
    assert.equal((await readDataset(dataset)).length, dataset.bytes, dataset.name);
  }
});

Deno.test("a file that was changed is refused", async () => {
  await assert.rejects(
    readDataset({ ...datasetNamed("airlines"), sha256: "0".repeat(64) }),
    (error) => isDipperError(error, "unreadable_file"),
  );
});

Deno.test("no file is without an entry, and the repository stays small", async () => {
  const files = await filesUnder(new URL("data/", HERE));
  assert.deepEqual(files.toSorted(), datasets.map(({ key }) => key).toSorted());
  assert.ok(datasets.every(({ bytes }) => bytes < 10e6));
  assert.ok(datasets.reduce((sum, { bytes }) => sum + bytes, 0) < 25e6);
});

Deno.test("every kind is there, and every entry says where it comes from", () => {
  const kinds: DatasetKind[] = [
    "csv",
    "csv.gz",
    "jsonl",
    "parquet",
    "geoparquet",
    "geojson",
    "flatgeobuf",
    "geopackage",
    "netcdf-3",
    "netcdf-4",
    "geotiff",
  ];
  assert.deepEqual([...new Set(datasets.map(({ kind }) => kind))].toSorted(), kinds.toSorted());
  assert.equal(new Set(datasets.map(({ name }) => name)).size, datasets.length);
  for (const dataset of datasets) {
    for (const url of [dataset.originUrl, dataset.licenceUrl]) assert.match(url, /^https:\/\//);
    for (const text of [dataset.origin, dataset.licence, dataset.transformation]) assert.ok(text);
    assert.match(dataset.source.version, /^\d/);
  }
});

Deno.test("the files begin as their kinds do", async () => {
  const magic: Partial<Record<DatasetKind, string>> = {
    parquet: "PAR1",
    geoparquet: "PAR1",
    "csv.gz": "\x1f\x8b",
    flatgeobuf: "fgb",
    geopackage: "SQLite format 3",
    "netcdf-3": "CDF\x01",
    "netcdf-4": "\x89HDF",
    geotiff: "II*",
  };
  for (const dataset of datasets) {
    const begin = String.fromCharCode(...(await Deno.readFile(datasetUrl(dataset))).slice(0, 16));
    assert.ok(begin.startsWith(magic[dataset.kind] ?? ""), dataset.name);
  }
});

Deno.test("the README's table is made from the catalogue", async () => {
  assert.equal(await Deno.readTextFile(new URL("README.md", HERE)), datasetsReadme(datasets));
});

Deno.test("an unknown name is answered with those that there are", () => {
  assert.throws(() => datasetNamed("flight"), /no dataset called flight/);
});

async function filesUnder(folder: URL, path = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) {
      found.push(...await filesUnder(new URL(`${entry.name}/`, folder), `${path}${entry.name}/`));
    } else {
      found.push(path + entry.name);
    }
  }
  return found;
}

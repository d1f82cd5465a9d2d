/**
 * The text of `datasets/README.md`, made from the catalogue.
 *
 * @module
 */
import { formatBytes } from "../src/show/human.ts";
import type { Dataset } from "./catalogue.ts";

/** Markdown that `deno fmt` leaves as it is. */
export function datasetsReadme(datasets: readonly Dataset[]): string {
  const total = datasets.reduce((sum, dataset) => sum + dataset.bytes, 0);
  return `<!-- deno-fmt-ignore-file -->
# Datasets

Small real datasets, one or more of each kind, that the demo, the notebook and the tests put in a
bucket: ${datasets.length} files, ${
    formatBytes(total)
  }. [catalogue.json](catalogue.json) holds all of this for
programs; \`deno run -A scripts/make_datasets.ts\` makes the files again from the named packages.

| key | kind | size | rows | what it is |
| --- | --- | ---: | ---: | --- |
${datasets.map(tableRow).join("\n")}

## Where they came from

${datasets.map(provenance).join("\n\n")}

## Attribution

- Contains public sector information licensed under the Open Government Licence: © British Crown
  copyright, the Met Office (the netCDF files, as carried by iris-sample-data).
- Made with Natural Earth, free vector and raster map data.
- Earthquakes and Landsat imagery courtesy of the U.S. Geological Survey.
- Penguins: Gorman KB, Williams TD, Fraser WR (2014). Ecological sexual dimorphism and environmental
  variability within a community of Antarctic penguins (genus Pygoscelis). PLoS ONE 9(3): e90081.
- The packages' own terms: vega-datasets is under the BSD 3-Clause licence, world-atlas under the
  ISC licence, geopandas under the BSD 3-Clause licence, localtileserver under the MIT licence.
`;
}

function tableRow(dataset: Dataset): string {
  const rows = dataset.rows === null ? "–" : dataset.rows.toLocaleString("en-US");
  const size = formatBytes(dataset.bytes);
  return `| [${dataset.key}](data/${dataset.key}) | ${dataset.kind} | ${size} | ${rows} | ${dataset.description} |`;
}

function provenance(dataset: Dataset): string {
  const { source } = dataset;
  return `### ${dataset.name}

- Key: \`${dataset.key}\`
- Collected by: [${dataset.origin}](${dataset.originUrl})
- Licence: [${dataset.licence}](${dataset.licenceUrl})
- Taken from: \`${source.file}\` in ${source.package} ${source.version} (${source.registry})
- Changes: ${dataset.transformation}
- SHA-256: \`${dataset.sha256}\``;
}

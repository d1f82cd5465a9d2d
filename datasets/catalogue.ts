/**
 * The datasets that come with Dipper: what each is, where it came from, and under which licence.
 *
 * @module
 */
import { NotFoundError } from "../src/errors.ts";
import catalogue from "./catalogue.json" with { type: "json" };

/** What the bytes are. */
export type DatasetKind =
  | "csv"
  | "csv.gz"
  | "jsonl"
  | "parquet"
  | "geoparquet"
  | "geojson"
  | "flatgeobuf"
  | "geopackage"
  | "netcdf-3"
  | "netcdf-4"
  | "geotiff";

/** One file of the catalogue. */
export interface Dataset {
  /** Short and unique, such as `flights`. */
  readonly name: string;
  /** Key in a bucket, and path under `datasets/data/`. */
  readonly key: string;
  readonly kind: DatasetKind;
  /** Media type that it is stored with. */
  readonly contentType: string;
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
  /** Rows or features; null for arrays and images. */
  readonly rows: number | null;
  readonly description: string;
  /** Where the file was taken from: a package of a public registry, and the path inside it. */
  readonly source: {
    readonly registry: "npm" | "PyPI";
    readonly package: string;
    readonly version: string;
    readonly file: string;
  };
  /** Who collected it. */
  readonly origin: string;
  readonly originUrl: string;
  readonly licence: string;
  readonly licenceUrl: string;
  /** What was done to the source's file; `none` when it is the same bytes. */
  readonly transformation: string;
}

/** All of them, in the order of the catalogue. */
export const datasets: readonly Dataset[] = catalogue as readonly Dataset[];

/**
 * The dataset called `name`.
 *
 * @throws {NotFoundError} with the names that there are
 */
export function datasetNamed(name: string): Dataset {
  const found = datasets.find((dataset) => dataset.name === name);
  if (found !== undefined) return found;
  const names = datasets.map((dataset) => dataset.name);
  throw new NotFoundError("key", `there is no dataset called ${name}`, {
    hint: `There are ${names.join(", ")}.`,
    nearest: names,
  });
}

/** Where the file of `dataset` is, in a checkout or beside an installed package. */
export function datasetUrl(dataset: Dataset): URL {
  return new URL(`./data/${dataset.key}`, import.meta.url);
}

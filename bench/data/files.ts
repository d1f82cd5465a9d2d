/**
 * The files of the bench: names, contents and how they are written.
 *
 * @module
 */
import { createHash } from "node:crypto";
import * as rows from "./tables.ts";

/** A file, or files that are made by one statement each. */
export interface DataFile {
  /** Below the bucket. */
  readonly path: string;
  /** What it holds. */
  readonly select: string;
  /** What stands behind `COPY … TO … (`. */
  readonly options: string;
}

/** Rows in a row group, DuckDB's own default. */
export const ROW_GROUP = 122_880;

const PARQUET = `FORMAT parquet, ROW_GROUP_SIZE ${ROW_GROUP}, COMPRESSION snappy`;
const CSV = "FORMAT csv, HEADER true";

/** Rows of `big.parquet`: 66 row groups. */
export const BIG_ROWS = 8_000_000;
export const MANY_FILES = 200;
export const SMALL_FILES = 2000;
export const STATIONS = 500;
const MANY_ROWS = 55_000;
const SMALL_ROWS = 500;
const CSV_ROWS = 3_000_000;
const GZIP_ROWS = 1_000_000;
/** A year of days. */
const STATION_ROWS = 365;
const FIELDS = 650_000;
const POINTS = 3_000_000;

/** Changes when the file would: one made by another recipe is made again. */
export function recipeOf({ select, options }: DataFile): string {
  return createHash("sha256").update(`${select}\n${options}`).digest("hex").slice(0, 16);
}

/** Names all data of the bench together. */
export function dataVersion(): string {
  const recipes = dataFiles().map((file) => `${file.path} ${recipeOf(file)}`);
  return createHash("sha256").update(recipes.join("\n")).digest("hex").slice(0, 16);
}

/** Every file of the bench. */
export function dataFiles(): DataFile[] {
  return [
    { path: "big.parquet", select: rows.measurements(0, BIG_ROWS), options: PARQUET },
    ...numbered(MANY_FILES, (index) => ({
      path: `many/part=${index}/data.parquet`,
      select: rows.measurements(index * MANY_ROWS, (index + 1) * MANY_ROWS),
      options: PARQUET,
    })),
    ...numbered(SMALL_FILES, (index) => ({
      path: `small/${String(index).padStart(4, "0")}.parquet`,
      select: rows.measurements(index * SMALL_ROWS, (index + 1) * SMALL_ROWS),
      options: PARQUET,
    })),
    { path: "readings.csv", select: rows.readings(0, CSV_ROWS), options: CSV },
    {
      path: "readings.csv.gz",
      select: rows.readings(0, GZIP_ROWS),
      options: `${CSV}, COMPRESSION gzip`,
    },
    ...numbered(STATIONS, (index) => ({
      path: `stations/${String(index).padStart(3, "0")}.csv`,
      select: rows.station(index, STATION_ROWS),
      options: CSV,
    })),
    { path: "orders.parquet", select: rows.orders(0, 3_000_000), options: PARQUET },
    { path: "customers.parquet", select: rows.customers(0, 200_000), options: PARQUET },
    {
      path: "fields.gpkg",
      select: rows.fields(FIELDS),
      options: `FORMAT gdal, DRIVER 'GPKG', SRS 'EPSG:4326', GEOMETRY_TYPE 'POLYGON'`,
    },
    {
      path: "fields.fgb",
      select: rows.fields(FIELDS),
      options: `FORMAT gdal, DRIVER 'FlatGeobuf', SRS 'EPSG:4326', GEOMETRY_TYPE 'POLYGON'`,
    },
    { path: "points.parquet", select: rows.points(POINTS), options: PARQUET },
  ];
}

function numbered(count: number, file: (index: number) => DataFile): DataFile[] {
  return Array.from({ length: count }, (_, index) => file(index));
}

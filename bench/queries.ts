/**
 * The questions that every contender is asked.
 *
 * @module
 */

/** The groups that the targets speak of. */
export type Suite = "parquet" | "text" | "geospatial";

/** A question. */
export interface BenchQuery {
  /** Short name, as `--only` and the tables use it. */
  readonly name: string;
  readonly suite: Suite;
  /** What it stands for. */
  readonly title: string;
  /** As every DuckDB runs it. polars has its own form, by name, in `contenders/polars_queries.py`. */
  readonly sql: string;
  /** Objects and listings whose state one request each may validate when all is cached. */
  readonly validations: number;
  /** Why polars cannot be asked. */
  readonly notPolars?: string;
  /** Beside the list that the targets are about: measured, not judged. */
  readonly isExtra?: true;
  /** Among the few of `--quick`. */
  readonly isQuick?: true;
}

const BIG = "'s3://bench/big.parquet'";
const MANY = "read_parquet('s3://bench/many/*/*.parquet', hive_partitioning = true)";

export const QUERIES: readonly BenchQuery[] = [
  {
    name: "count",
    suite: "parquet",
    title: "count(*)",
    sql: `SELECT count(*) FROM ${BIG}`,
    validations: 1,
    isQuick: true,
  },
  {
    name: "one-column",
    suite: "parquet",
    title: "average of 1 column of 13",
    sql: `SELECT avg(temperature) FROM ${BIG}`,
    validations: 1,
    isQuick: true,
  },
  {
    name: "group-by",
    suite: "parquet",
    title: "group by, 3 columns",
    sql:
      `SELECT category, avg(temperature), sum(amount) FROM ${BIG} GROUP BY ALL ORDER BY category`,
    validations: 1,
    isQuick: true,
  },
  {
    name: "range",
    suite: "parquet",
    title: "range of ids",
    sql: `SELECT count(*), avg(pressure) FROM ${BIG} WHERE id BETWEEN 4000000 AND 4050000`,
    validations: 1,
  },
  {
    name: "one-row",
    suite: "parquet",
    title: "one row by id, all columns",
    sql: `SELECT * FROM ${BIG} WHERE id = 5123456`,
    validations: 1,
    isQuick: true,
  },
  {
    name: "limit",
    suite: "parquet",
    title: "limit 10, all columns",
    sql: `SELECT * FROM ${BIG} LIMIT 10`,
    validations: 1,
  },
  {
    name: "top",
    suite: "parquet",
    title: "top 5, all columns",
    sql: `SELECT * FROM ${BIG} ORDER BY amount DESC LIMIT 5`,
    validations: 1,
  },
  {
    name: "wide",
    suite: "parquet",
    title: "6 wide columns, all rows",
    sql:
      `SELECT sum(temperature), sum(pressure), sum(humidity), sum(wind), max(amount), max(code) ` +
      `FROM ${BIG}`,
    validations: 1,
    isQuick: true,
  },
  {
    name: "many-count",
    suite: "parquet",
    title: "count(*), 200 files in hive folders",
    sql: `SELECT count(*) FROM ${MANY}`,
    validations: 201,
    isQuick: true,
  },
  {
    name: "many-group",
    suite: "parquet",
    title: "group by folder, 200 files",
    sql: `SELECT part, avg(temperature) FROM ${MANY} GROUP BY part ORDER BY part`,
    validations: 201,
    isQuick: true,
  },
  {
    name: "small",
    suite: "parquet",
    title: "2,000 small files",
    sql: `SELECT count(*), sum(amount) FROM 's3://bench/small/*.parquet'`,
    validations: 2001,
  },
  {
    name: "join",
    suite: "parquet",
    title: "join of two files",
    sql: `SELECT segment, count(*), sum(price) FROM 's3://bench/orders.parquet' ` +
      `JOIN 's3://bench/customers.parquet' USING (customer_id) GROUP BY segment ORDER BY segment`,
    validations: 2,
  },
  {
    name: "csv-group",
    suite: "text",
    title: "group by over a CSV file",
    sql:
      `SELECT kind, count(*), avg(value) FROM 's3://bench/readings.csv' GROUP BY kind ORDER BY kind`,
    validations: 1,
    isQuick: true,
  },
  {
    name: "csv-limit",
    suite: "text",
    title: "limit 5 of a CSV file",
    sql: `SELECT * FROM 's3://bench/readings.csv' LIMIT 5`,
    validations: 1,
    isQuick: true,
  },
  {
    name: "stations",
    suite: "text",
    title: "500 CSV files, columns drift",
    sql: `SELECT count(*), sum(rain), sum(wind), sum(snow), sum(temperature) ` +
      `FROM read_csv('s3://bench/stations/*.csv', union_by_name = true)`,
    validations: 501,
  },
  {
    name: "stations-told",
    suite: "text",
    title: "500 CSV files, columns told",
    sql: `SELECT count(*), sum(rain), sum(wind), sum(snow), sum(temperature) FROM read_csv(` +
      `'s3://bench/stations/*.csv', union_by_name = true, sample_size = 20, types = ` +
      `{'rain': 'DOUBLE', 'wind': 'DOUBLE', 'snow': 'DOUBLE', 'temperature': 'DOUBLE'})`,
    validations: 501,
    isExtra: true,
  },
  {
    name: "csv-gzip",
    suite: "text",
    title: "group by over a gzipped CSV file",
    sql: `SELECT kind, count(*), avg(value) FROM 's3://bench/readings.csv.gz' ` +
      `GROUP BY kind ORDER BY kind`,
    validations: 1,
  },
  {
    name: "flatgeobuf",
    suite: "geospatial",
    title: "ST_Read of a FlatGeobuf",
    sql: `SELECT count(*), sum(area) FROM ST_Read('s3://bench/fields.fgb')`,
    validations: 1,
    notPolars: "polars reads no FlatGeobuf",
  },
  {
    name: "geopackage",
    suite: "geospatial",
    title: "ST_Read of a GeoPackage",
    sql: `SELECT count(*), sum(area) FROM ST_Read('s3://bench/fields.gpkg')`,
    validations: 1,
    notPolars: "polars reads no GeoPackage",
    isQuick: true,
  },
  {
    name: "geoparquet",
    suite: "geospatial",
    title: "box of a GeoParquet",
    sql: `SELECT count(*), sum(value) FROM 's3://bench/points.parquet' ` +
      `WHERE bbox.xmin <= 12 AND bbox.xmax >= 5 AND bbox.ymin <= 52 AND bbox.ymax >= 46 ` +
      `AND ST_Intersects(geometry, ST_MakeEnvelope(5, 46, 12, 52))`,
    validations: 1,
  },
];

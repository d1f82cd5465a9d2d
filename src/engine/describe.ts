/**
 * What a file in a bucket holds, from the few bytes that say so.
 *
 * @module
 */
import { NotFoundError, UnsupportedError } from "../errors.ts";
import { explainFailure } from "../objects/explain.ts";
import { headObject } from "../objects/head.ts";
import type { Report } from "./report.ts";
import { chunkRows } from "./result.ts";
import type { Runner, RunnerEnvironment, RunOptions } from "./runner.ts";
import { quoteLiteral } from "./sql/quote.ts";
import type { Row } from "./values/types.ts";
import { formatS3Uri, isS3Uri, parseS3Uri } from "../store/uri.ts";

/** Kinds of files that Dipper knows by name. */
export type FileFormat = "parquet" | "csv" | "json" | "spatial";

/** A column of a file. */
export interface DescribedColumn {
  readonly name: string;
  /** SQL type that it is read as. */
  readonly type: string;
}

/** What a file, or a pattern of files, holds. */
export interface Description {
  readonly uri: string;
  readonly format: FileFormat;
  readonly columns: readonly DescribedColumn[];
  /** Rows, where the format says without reading them all. */
  readonly rows: number | undefined;
  /** Files that the address names. */
  readonly files: number;
  /** Bytes of those files, as stored. */
  readonly bytes: number | undefined;
  /** Row groups of Parquet files. */
  readonly rowGroups: number | undefined;
  /** Coordinate reference system of spatial data, such as `EPSG:4326` or `OGC:CRS84`. */
  readonly crs: string | undefined;
  /** How it is read in SQL. */
  readonly sql: string;
  readonly report: Report;
}

const ENDINGS: readonly (readonly [RegExp, FileFormat])[] = [
  [/\.(geo)?(parquet|pq)$/i, "parquet"],
  [/\.(csv|tsv|txt|csv\.gz|tsv\.gz|csv\.zst|tsv\.zst)$/i, "csv"],
  [/\.(json|jsonl|ndjson)(\.(gz|zst))?$/i, "json"],
  [/\.(geojson|fgb|gpkg|shp|kml|gml)$/i, "spatial"],
];

const READERS: Readonly<Record<FileFormat, string>> = {
  parquet: "read_parquet",
  csv: "read_csv",
  json: "read_json",
  spatial: "ST_Read",
};

/** Describes `uri`. */
export async function describe(
  runner: Runner,
  environment: RunnerEnvironment,
  uri: string,
  options: RunOptions,
): Promise<Omit<Description, "report">> {
  if (isS3Uri(uri)) parseS3Uri(uri);
  const target = folderPattern(uri);
  const format = formatOf(target);
  const sql = `FROM ${READERS[format]}(${quoteLiteral(target)})`;
  const rows = (text: string) => allRows(runner, text, options);
  const columns = (await rows(`DESCRIBE ${sql}`)).map((row) => ({
    name: String(row.column_name),
    type: String(row.column_type),
  }));
  const files = await filesOf(environment, rows, target, options);
  return {
    uri: target,
    format,
    columns,
    ...files,
    ...await formatFacts(rows, format, target),
    sql: `SELECT * ${sql}`,
  };
}

type Rows = (sql: string) => Promise<Row[]>;

async function formatFacts(
  rows: Rows,
  format: FileFormat,
  uri: string,
): Promise<Pick<Description, "rows" | "rowGroups" | "crs">> {
  const at = quoteLiteral(uri);
  if (format === "parquet") {
    const [facts] = await rows(
      `SELECT sum(num_rows)::BIGINT AS n, sum(num_row_groups)::BIGINT AS groups
       FROM parquet_file_metadata(${at})`,
    );
    const geo = await rows(
      `SELECT decode(value) AS value FROM parquet_kv_metadata(${at}) WHERE key = 'geo' LIMIT 1`,
    );
    return {
      rows: Number(facts.n),
      rowGroups: Number(facts.groups),
      crs: geoParquetCrs(geo[0]?.value),
    };
  }
  if (format !== "spatial") return { rows: undefined, rowGroups: undefined, crs: undefined };
  const [layer] = await rows(
    `SELECT layer.feature_count AS n,
            layer.geometry_fields[1].crs.auth_name || ':' || layer.geometry_fields[1].crs.auth_code
              AS crs
     FROM (SELECT unnest(layers) AS layer FROM ST_Read_Meta(${at})) LIMIT 1`,
  );
  const count = Number(layer?.n ?? -1);
  return {
    rows: count < 0 ? undefined : count,
    rowGroups: undefined,
    crs: typeof layer?.crs === "string" ? layer.crs : undefined,
  };
}

/** GeoParquet 1.1, "Column metadata": a missing `crs` means OGC:CRS84. */
function geoParquetCrs(metadata: unknown): string | undefined {
  if (typeof metadata !== "string") return undefined;
  const { primary_column: primary, columns } = JSON.parse(metadata) as {
    primary_column: string;
    columns: Record<string, { crs?: { id?: { authority: string; code: string | number } } | null }>;
  };
  const crs = columns[primary]?.crs;
  if (crs === undefined) return "OGC:CRS84";
  return crs?.id === undefined ? undefined : `${crs.id.authority}:${crs.id.code}`;
}

async function filesOf(
  environment: RunnerEnvironment,
  rows: Rows,
  uri: string,
  options: RunOptions,
): Promise<Pick<Description, "files" | "bytes">> {
  if (isS3Uri(uri) && !/[*?[{]/.test(uri)) {
    const location = parseS3Uri(uri);
    const store = await environment.stores.storeFor(location.bucket, options.signal);
    try {
      const { size } = await headObject(store, location, { signal: options.signal });
      return { files: 1, bytes: size };
    } catch (error) {
      throw await explainFailure(store, error, options.signal);
    }
  }
  const [{ n, size }] = await rows(
    `SELECT count(*) AS n, sum(size)::BIGINT AS size
     FROM read_blob(${quoteLiteral(uri)})`,
  );
  return { files: Number(n), bytes: size === null ? undefined : Number(size) };
}

async function allRows(runner: Runner, sql: string, options: RunOptions): Promise<Row[]> {
  const result = await runner.open(sql, undefined, options, "materialized");
  const rows: Row[] = [];
  for (let chunk = await result.next(); chunk !== undefined; chunk = await result.next()) {
    rows.push(...chunkRows(chunk, result.columns));
  }
  return rows;
}

/** `s3://b/folder/` stands for the Parquet files below it. */
function folderPattern(uri: string): string {
  return uri.endsWith("/") ? `${uri}**/*.parquet` : uri;
}

function formatOf(uri: string): FileFormat {
  const format = ENDINGS.find(([pattern]) => pattern.test(uri))?.[1];
  if (format !== undefined) return format;
  if (isS3Uri(uri) && parseS3Uri(uri).key === "") {
    throw new NotFoundError("key", `${uri} is a bucket, not a file`, {
      uri,
      hint: `list it with dipper ls ${formatS3Uri(parseS3Uri(uri))}`,
    });
  }
  throw new UnsupportedError(`the kind of ${uri} cannot be told from its name`, {
    uri,
    hint: "known endings: .parquet .csv .tsv .txt .json .jsonl .ndjson (with .gz or .zst), " +
      ".geojson .fgb .gpkg .shp; for others name the reader in SQL: read_csv('s3://…')",
  });
}

/**
 * Where the result of a query goes, and in which form.
 *
 * @module
 */
import { UnsupportedError, UsageError } from "../errors.ts";
import { formatS3Uri, parseS3Uri, type S3Location } from "../store/uri.ts";

/** What a result can be written as. */
export type CopyFormat = "parquet" | "csv" | "json" | "geoparquet";

/** What to do when something is at the target. */
export type IfExists = "error" | "overwrite" | "append";

/** Where and how to write. */
export interface CopyTarget {
  readonly location: S3Location;
  readonly format: CopyFormat;
  /** Whether the target is a folder of objects; its key then ends in a slash. */
  readonly isFolder: boolean;
  readonly partitionBy: readonly string[];
  readonly ifExists: IfExists;
  /** Codec of the format, such as `zstd`. */
  readonly compression: string | undefined;
}

/** What a person may say of a target. */
export interface TargetOptions {
  /** By the address's ending when nothing is said, else `parquet`. */
  readonly format?: CopyFormat;
  /** Columns to make hive folders of: `year=2013/…`. */
  readonly partitionBy?: readonly string[];
  /** `error` (default); `overwrite`: the old objects go when the new ones are there; `append`. */
  readonly ifExists?: IfExists;
  /** Codec: for Parquet `snappy`, `zstd` (default), `gzip`, `lz4_raw`, `brotli`, `uncompressed`;
   * for CSV and JSON `gzip`, `zstd`, `none`. */
  readonly compression?: string;
}

const ENDINGS: readonly (readonly [RegExp, CopyFormat])[] = [
  [/\.geo\.?parquet$/i, "geoparquet"],
  [/\.(parquet|pq)$/i, "parquet"],
  [/\.(csv|tsv|txt)(\.(gz|zst))?$/i, "csv"],
  [/\.(json|jsonl|ndjson)(\.(gz|zst))?$/i, "json"],
];

const FORMATS = new Set<string>(["parquet", "csv", "json", "geoparquet"]);
const MODES = new Set<string>(["error", "overwrite", "append"]);

/**
 * Understands a target.
 *
 * @throws {UsageError} when address and options do not go together
 */
export function copyTarget(uri: string, options: TargetOptions): CopyTarget {
  const { partitionBy = [], ifExists = "error" } = options;
  const location = parseS3Uri(uri);
  const ending = ENDINGS.find(([pattern]) => pattern.test(location.key))?.[1];
  const format = options.format ?? ending ?? "parquet";
  if (!FORMATS.has(format)) {
    throw new UsageError(`cannot write the format ${JSON.stringify(format)}`, {
      hint: `formats: ${[...FORMATS].join(", ")}`,
    });
  }
  if (!MODES.has(ifExists)) {
    throw new UsageError(`ifExists cannot be ${JSON.stringify(ifExists)}`, {
      hint: `one of ${[...MODES].join(", ")}`,
    });
  }
  if (format === "json" && partitionBy.length > 0) {
    throw new UnsupportedError("DuckDB cannot write JSON in hive folders", {
      hint: "partition as parquet or csv, or write each part's JSON by a query of its own",
    });
  }
  if (ifExists === "overwrite" && location.key === "") {
    throw new UsageError(`${uri} is a whole bucket, which is not overwritten`, {
      hint: "give a folder in it, such as s3://bucket/folder/",
    });
  }
  const isFolder = partitionBy.length > 0 || location.key === "" || location.key.endsWith("/") ||
    ending === undefined;
  if (!isFolder && ifExists === "append") {
    throw new UsageError(`${uri} is one object, and an object cannot be appended to`, {
      hint: "give a folder, such as s3://bucket/folder/, for a new object in it at each append",
    });
  }
  const key = isFolder && location.key !== "" && !location.key.endsWith("/")
    ? `${location.key}/`
    : location.key;
  return {
    location: { bucket: location.bucket, key },
    format,
    isFolder,
    partitionBy,
    ifExists,
    compression: options.compression,
  };
}

/** The address of a target, a folder's with its slash. */
export function targetUri(target: CopyTarget): string {
  return formatS3Uri(target.location);
}

/** Name ending of an object that holds `target`'s format. */
export function endingOf(target: CopyTarget): string {
  if (target.format === "geoparquet") return "parquet";
  const packed = target.format === "parquet" ? undefined : target.compression?.toLowerCase();
  if (packed === "gzip") return `${target.format}.gz`;
  return packed === "zstd" ? `${target.format}.zst` : target.format;
}

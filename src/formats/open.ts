/**
 * The reader for an object, by its name and its first bytes.
 *
 * @module
 */
import { UnsupportedError } from "../errors.ts";
import { bounded } from "../range/range.ts";
import { type RangeSource, readBuffer, type ReadOptions } from "../range/source.ts";
import type { CsvOptions } from "./csv/options.ts";
import { CsvReader } from "./csv/reader.ts";
import { type ParquetOptions, ParquetReader } from "./parquet/reader.ts";
import type { FormatName, FormatReader } from "./reader.ts";

/** How to open an object as rows. */
export interface OpenFormatOptions {
  /** By default the one that the object's name says, or else its first bytes. */
  readonly format?: FormatName;
  readonly csv?: CsvOptions;
  readonly parquet?: ParquetOptions;
  readonly signal?: AbortSignal;
}

/**
 * A reader for `source`. Nothing is read where the name says the format; else its first bytes.
 *
 * @throws {UnsupportedError} for a format that has no reader
 * @throws {UsageError} for options that cannot be
 */
export async function openFormat(
  source: RangeSource,
  options: OpenFormatOptions = {},
): Promise<FormatReader> {
  const format = options.format ?? formatOfName(source.uri) ??
    await formatOfBytes(source, { signal: options.signal });
  return format === "parquet"
    ? new ParquetReader(source, options.parquet)
    : new CsvReader(source, options.csv);
}

const NAMES: readonly (readonly [RegExp, FormatName])[] = [
  [/\.(geo)?(parquet|pq)$/i, "parquet"],
  [/\.(csv|tsv|tab)(\.(gz|gzip|bgz|zst|zstd))?$/i, "csv"],
];

/** What the name of an object says; undefined where it says nothing. */
export function formatOfName(uri: string): FormatName | undefined {
  return NAMES.find(([pattern]) => pattern.test(uri))?.[1];
}

/** Formats by their first bytes that are known and have no reader. */
const KNOWN: readonly (readonly [magic: string, name: string])[] = [
  ["ARROW1", "an Arrow file"],
  ["\x89HDF\r\n\x1a\n", "an HDF5 or netCDF-4 file"],
  ["CDF\x01", "a netCDF-3 file"],
  ["CDF\x02", "a netCDF-3 file"],
  ["CDF\x05", "a netCDF-3 file"],
  ["II*\0", "a TIFF file"],
  ["MM\0*", "a TIFF file"],
  ["II+\0", "a BigTIFF file"],
  ["fgb", "a FlatGeobuf file"],
  ["SQLite format 3\0", "an SQLite or GeoPackage file"],
  ["PK\x03\x04", "a ZIP archive"],
  ["Obj\x01", "an Avro file"],
  ["ORC", "an ORC file"],
  ["%PDF", "a PDF file"],
  ["GRIB", "a GRIB file"],
];

const HEAD = 512;

async function formatOfBytes(source: RangeSource, options: ReadOptions): Promise<FormatName> {
  const { uri } = source;
  const head = await readBuffer(source, bounded(0, Math.min(HEAD, source.size)), {
    ...options,
    kind: "index",
  });
  const start = Array.from(head.subarray(0, 16), (byte) => String.fromCharCode(byte)).join("");
  if (start.startsWith("PAR1") || start.startsWith("PARE")) return "parquet";
  const known = KNOWN.find(([magic]) => start.startsWith(magic));
  const what = known?.[1] ?? (/^\s*[[{]/.test(start) ? "a JSON file" : undefined);
  const isCompressed = start.startsWith("\x1f\x8b") || start.startsWith("\x28\xb5\x2f\xfd");
  const isWide = start.startsWith("\xff\xfe") || start.startsWith("\xfe\xff");
  if (what === undefined && (isCompressed || isWide || !head.includes(0))) return "csv";
  throw new UnsupportedError(`${uri} is ${what ?? "of no format that has a reader"}`, {
    uri,
    hint: "Parquet and CSV files can be read. If it is one of them, say so with `format`.",
  });
}

/**
 * Which columns are geometries, and in which coordinate reference system.
 *
 * @see https://geoparquet.org/releases/v1.1.0/ GeoParquet
 * @see https://github.com/apache/parquet-format/blob/master/Geospatial.md Parquet's own types
 * @see https://geoarrow.org/extension-types GeoArrow 0.2
 * @module
 */
import { extensionMetadata } from "../arrow_types.ts";
import type { LogicalType, ParquetMetadata } from "./metadata.ts";
import type { ColumnNode } from "./schema.ts";

const CRS84 = { crs: "OGC:CRS84", crs_type: "authority_code" };

/** The extension metadata of each column that holds well-known binary, by the column's name. */
export function geometryColumns(
  { keyValues }: Pick<ParquetMetadata, "keyValues">,
  columns: readonly ColumnNode[],
): ReadonlyMap<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  const described = geoParquetColumns(keyValues.get("geo"));
  for (const column of columns) {
    if (column.kind !== "leaf" || column.element.type !== "BYTE_ARRAY") continue;
    const { logical } = column.element;
    if (logical?.kind === "geometry" || logical?.kind === "geography") {
      found.set(column.name, wkb(logicalMetadata(logical, keyValues)));
    } else if (isWkb(described[column.name])) {
      found.set(column.name, wkb(geoParquetMetadata(described[column.name] as GeoColumn)));
    }
  }
  return found;
}

/** One entry of GeoParquet's `columns`, as far as it is used. */
interface GeoColumn {
  readonly encoding?: unknown;
  readonly crs?: unknown;
  readonly edges?: unknown;
}

/** Metadata that cannot be read makes no geometries: the column is then a BLOB. */
function geoParquetColumns(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  try {
    const { columns } = JSON.parse(text) as { columns?: unknown };
    return typeof columns === "object" && columns !== null
      ? columns as Record<string, unknown>
      : {};
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return {};
    throw error;
  }
}

function isWkb(column: unknown): column is GeoColumn {
  if (typeof column !== "object" || column === null) return false;
  const { encoding } = column as GeoColumn;
  return typeof encoding === "string" && encoding.toUpperCase() === "WKB";
}

function geoParquetMetadata({ crs, edges }: GeoColumn): Record<string, unknown> {
  const reference = crs === undefined ? CRS84 : crs === null ? {} : { crs, crs_type: "projjson" };
  return edges === "spherical" ? { ...reference, edges } : reference;
}

const ALGORITHMS = ["spherical", "vincenty", "thomas", "andoyer", "karney"];

function logicalMetadata(
  logical: Extract<LogicalType, { kind: "geometry" | "geography" }>,
  keyValues: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const reference = crsMetadata(logical.crs, keyValues);
  if (logical.kind === "geometry") return reference;
  return { ...reference, edges: ALGORITHMS[logical.algorithm] ?? "spherical" };
}

function crsMetadata(
  crs: string | undefined,
  keyValues: ReadonlyMap<string, string>,
): Record<string, unknown> {
  if (crs === undefined || crs === "") return CRS84;
  if (crs.startsWith("srid:")) return { crs: crs.slice("srid:".length), crs_type: "srid" };
  const definition = crs.startsWith("projjson:")
    ? keyValues.get(crs.slice("projjson:".length)) ?? crs
    : crs;
  if (/^[A-Za-z]+:\w+$/.test(definition)) return { crs: definition, crs_type: "authority_code" };
  try {
    return { crs: JSON.parse(definition), crs_type: "projjson" };
  } catch {
    // Any other text, such as WKT 2: GeoArrow says nothing about its kind then.
    return { crs: definition };
  }
}

function wkb(metadata: Record<string, unknown>): Map<string, string> {
  return extensionMetadata("geoarrow.wkb", JSON.stringify(metadata));
}
